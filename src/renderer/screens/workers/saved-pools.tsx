import { useMutation, useQueries } from '@tanstack/react-query'
import { Pencil, Play, X } from 'lucide-react'
import type { PoolStatus, SavedPool } from '../../../domain/pool.ts'
import { orpc } from '../../api/client.ts'
import { queryClient } from '../../api/query-client.ts'
import { whyNotWrite } from '../../components/action-guard.model.ts'
import { GuardedButton } from '../../components/guarded-button.tsx'
import { handlerLooks } from '../../components/handler-look.ts'
import { scaleWords } from '../../components/scale-form.model.ts'
import { SystemIcon } from '../../components/system-label.tsx'
import { type Connection, useConnection } from '../../state/connections.ts'
import { Badge } from '../../ui/badge.tsx'
import { IconButton } from '../../ui/button.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { toast } from '../../ui/toast.tsx'
import { restingPools } from './pool-card.model.ts'
import { handlerWords } from './pool-words.model.ts'

/** The saved pools of some connections, in the order of these. */
export function useSavedPools(connections: readonly Connection[]): readonly SavedPool[] {
  return useQueries({
    queries: connections.map(({ profile }) => orpc.pools.saved.queryOptions({ input: { connectionId: profile.id } })),
    combine: (answers) => answers.flatMap(({ data }) => data ?? []),
  })
}

interface SavedPoolsProps {
  saved: readonly SavedPool[]
  pools: readonly PoolStatus[]
  onEdit(saved: SavedPool): void
}

/** Pools that are saved and do not run. */
export function SavedPools({ saved, pools, onEdit }: SavedPoolsProps) {
  const resting = restingPools(saved, pools)
  if (resting.length === 0) return null
  return (
    <section aria-label="Saved workers" className="pt-1">
      <h3 className="pb-1 text-sm font-medium text-muted">Saved, not running</h3>
      <ul className="overflow-hidden rounded-lg border border-line bg-canvas">
        {resting.map((one) => (
          <SavedRow key={one.id} saved={one} onEdit={() => onEdit(one)} />
        ))}
      </ul>
    </section>
  )
}

function SavedRow({ saved, onEdit }: { saved: SavedPool; onEdit(): void }) {
  const { id, config, autostart } = saved
  const connection = useConnection(config.connectionId)
  const start = useMutation(orpc.pools.start.mutationOptions())
  const reload = { onSettled: () => void queryClient.invalidateQueries({ queryKey: orpc.pools.saved.key() }) }
  const save = useMutation(orpc.pools.save.mutationOptions(reload))
  const forget = useMutation(
    orpc.pools.forget.mutationOptions({
      ...reload,
      onSuccess: () =>
        toast.info(
          <>
            Forgot the saved workers of <RedisText text={config.queueName} className="wrap-anywhere" />.
          </>,
          { label: 'Undo', run: () => save.mutate({ id: null, config, autostart }) },
        ),
    }),
  )
  const { Icon } = handlerLooks[config.handler]
  return (
    <li className="flex min-w-0 items-center gap-1.5 border-b border-line/60 py-1.5 pr-2 pl-3 last:border-0">
      <div className="flex min-w-0 flex-1 flex-col">
        <div className="flex min-w-0 items-center gap-1.5">
          <SystemIcon system={config.system} />
          <RedisText text={config.queueName} truncate className="font-medium" />
          {autostart && <Badge title="Starts when its connection opens with the app">with the app</Badge>}
        </div>
        <div className="flex min-w-0 items-center gap-1.5 text-sm text-muted">
          <Icon size={13} className="shrink-0 text-faint" aria-hidden />
          <RedisText text={handlerWords(config)} truncate />
          <span className="shrink-0 text-faint">· {scaleWords(config.scale, null)}</span>
        </div>
      </div>
      <IconButton
        label="Forget these saved workers"
        icon={<X size={14} aria-hidden />}
        disabled={forget.isPending}
        onClick={() => forget.mutate({ id })}
      />
      <IconButton label="Edit" icon={<Pencil size={13} aria-hidden />} onClick={onEdit} />
      <GuardedButton
        size="small"
        icon={<Play size={12} aria-hidden />}
        reason={whyNotWrite(connection)}
        busy={start.isPending}
        onClick={() => start.mutate({ config, savedId: id })}
      >
        Start
      </GuardedButton>
    </li>
  )
}
