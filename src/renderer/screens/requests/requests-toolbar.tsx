import { useMutation, useQuery } from '@tanstack/react-query'
import { Ellipsis, Eraser, Plug, Plus } from 'lucide-react'
import { useState } from 'react'
import { orpc } from '../../api/client.ts'
import { useUrlState } from '../../app/url-state.ts'
import { whyNotWrite } from '../../components/action-guard.model.ts'
import { GuardedButton } from '../../components/guarded-button.tsx'
import type { Connection } from '../../state/connections.ts'
import { Button } from '../../ui/button.tsx'
import { useCommands } from '../../ui/commands.ts'
import { FilterInput } from '../../ui/filter-input.tsx'
import { formatCompact, formatCounted } from '../../ui/format.ts'
import { Menu } from '../../ui/menu.tsx'
import { Sparkline } from '../../ui/sparkline.tsx'
import { toast } from '../../ui/toast.tsx'
import { useNow } from '../../ui/use-now.ts'
import { ApiDialog, apiStatus } from './api-dialog.tsx'
import { NewRequestDialog } from './new-request-dialog.tsx'
import type { RequestStore } from './request-store.ts'

interface RequestsToolbarProps {
  connection: Connection
  filter: string
  onFilter(text: string): void
  store: RequestStore
  live: boolean
}

/** The filter, what can be done with all requests, and how lively they are. */
export function RequestsToolbar({ connection, filter, onFilter, store, live }: RequestsToolbarProps) {
  const connectionId = connection.profile.id
  const [dialog, setDialog] = useState<'new' | 'api' | null>(null)
  const [, changeUrl] = useUrlState()
  const { data: api } = useQuery(apiStatus())
  const cleanUp = useMutation(
    orpc.requests.cleanUp.mutationOptions({
      onSuccess: ({ done }) =>
        done === 0
          ? toast.info('Nothing in the list of requests has expired.')
          : toast.good(`Took ${formatCounted(done, 'expired entry', 'expired entries')} out of the list of requests.`),
    }),
  )
  const reason = whyNotWrite(connection)
  const on = api?.address != null
  useCommands([
    ...(reason === null
      ? [{ id: 'requests.new', title: 'New request', group: 'This screen', keys: 'n', run: () => setDialog('new') }]
      : []),
    { id: 'requests.api', title: 'HTTP API', group: 'This screen', run: () => setDialog('api') },
  ])
  return (
    <div className="@container flex h-10 shrink-0 items-center gap-2 border-b border-line px-3">
      <FilterInput label="Filter requests" value={filter} onChange={onFilter} className="w-64 min-w-28 shrink" />
      <GuardedButton reason={reason} icon={<Plus size={13} aria-hidden />} keys="n" onClick={() => setDialog('new')}>
        New request
      </GuardedButton>
      <Button
        icon={<Plug size={13} className={on ? 'text-good' : undefined} aria-hidden />}
        title={on ? `Listens on ${api.address}` : 'Off'}
        onClick={() => setDialog('api')}
      >
        HTTP API{on && <span className="text-good">on</span>}
      </Button>
      <Menu
        trigger={
          <Button
            look="ghost"
            aria-label="More for requests"
            className="px-1.5!"
            icon={<Ellipsis size={14} aria-hidden />}
          />
        }
        align="start"
        entries={[
          {
            label: 'Clean up expired entries',
            icon: <Eraser size={14} aria-hidden />,
            unavailable: reason ?? undefined,
            onChoose: () => cleanUp.mutate({ connectionId }),
          },
        ]}
      />
      <span className="flex-1" />
      <Updates store={store} />
      <span className="flex shrink-0 items-center gap-1.5 text-sm text-muted">
        <span
          aria-hidden
          className={live ? 'size-2 rounded-full bg-good' : 'size-2 rounded-full border-[1.5px] border-warn'}
        />
        {live ? 'Live' : 'Waiting'}
      </span>
      {dialog === 'new' && (
        <NewRequestDialog
          connectionId={connectionId}
          onMade={(hash) => {
            setDialog(null)
            changeUrl({ request: hash }, true)
          }}
          onClose={() => setDialog(null)}
        />
      )}
      {dialog === 'api' && <ApiDialog connection={connection} onClose={() => setDialog(null)} />}
    </div>
  )
}

/** Apart, because it ticks. */
function Updates({ store }: { store: RequestStore }) {
  const now = useNow()
  return (
    <span
      className="flex shrink-0 items-center gap-2 @max-[760px]:hidden"
      title="Messages that were published about requests, a second"
    >
      <Sparkline values={store.meter.course(now)} label="Updates a second, over the last minute" />
      <span className="w-11 text-end font-medium">{formatCompact(store.meter.perSecond(now))}</span>
      <span className="text-sm text-faint">updates/s</span>
    </span>
  )
}
