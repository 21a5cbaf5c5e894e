import { useMutation } from '@tanstack/react-query'
import { Ellipsis, ListChecks, Pause, Play, Save, Square, Undo2, X } from 'lucide-react'
import { useState } from 'react'
import type { PoolStatus } from '../../../domain/pool.ts'
import { orpc } from '../../api/client.ts'
import { CheckQueueDialog } from '../../components/check-queue-dialog.tsx'
import { EnvironmentTag } from '../../components/environment-tag.tsx'
import { handlerLooks } from '../../components/handler-look.ts'
import { scaleWords } from '../../components/scale-form.model.ts'
import { SystemIcon } from '../../components/system-label.tsx'
import { useConnection } from '../../state/connections.ts'
import { Badge, type Tone } from '../../ui/badge.tsx'
import { Button, IconButton } from '../../ui/button.tsx'
import { classNames } from '../../ui/class-names.ts'
import { Menu } from '../../ui/menu.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { isPaused, poolSentences } from './pool-card.model.ts'
import { PoolFigures } from './pool-figures.tsx'
import { handlerWords, isListPool, modeWords, queueOf } from './pool-words.model.ts'

const states: Record<PoolStatus['state'], { label: string; tone: Tone }> = {
  starting: { label: 'starting', tone: 'accent' },
  running: { label: 'running', tone: 'good' },
  draining: { label: 'finishing its jobs', tone: 'warn' },
  stopped: { label: 'stopped', tone: 'neutral' },
  failed: { label: 'failed', tone: 'bad' },
}

interface PoolCardProps {
  pool: PoolStatus
  chosen: boolean
  /** Says which connection it works on: where pools of several are together. */
  named: boolean
  onChoose(): void
  /** It was started again, which is a pool of another id. */
  onStarted(id: string): void
  /** Its settings are to be saved, or those that are saved are to be changed. */
  onEdit(): void
}

/** One pool with its live numbers. Choosing it shows its jobs, its output and its messages beside the list. */
export function PoolCard({ pool, chosen, named, onChoose, onStarted, onEdit }: PoolCardProps) {
  const { config, state } = pool
  const connection = useConnection(config.connectionId)
  const [checking, setChecking] = useState(false)
  const rests = state === 'stopped' || state === 'failed'
  const shown = isPaused(pool) ? { label: 'paused', tone: 'warn' as const } : states[state]
  const { Icon } = handlerLooks[config.handler]
  const mode = modeWords(pool)
  return (
    <li
      className={classNames(
        'flex min-w-0 flex-col rounded-lg border bg-canvas',
        chosen ? 'border-accent' : 'border-line',
      )}
    >
      <button
        type="button"
        aria-pressed={chosen}
        onClick={onChoose}
        className="flex min-w-0 flex-1 flex-col gap-1.5 rounded-lg px-3 pt-2.5 pb-1 text-start"
        title="Show its jobs, its output and its messages"
      >
        <span className="flex w-full min-w-0 items-center gap-2">
          <SystemIcon system={config.system} />
          <RedisText text={config.queueName} truncate className="flex-1 font-semibold" />
          {mode !== null && (
            <Badge tone={mode.label === 'live' ? 'warn' : 'neutral'} title={mode.title}>
              {mode.label}
            </Badge>
          )}
          <Badge tone={shown.tone}>{shown.label}</Badge>
        </span>
        <span className="flex w-full min-w-0 items-center gap-1.5 text-sm text-muted">
          <Icon size={13} className="shrink-0 text-faint" aria-hidden />
          <RedisText text={handlerWords(config)} truncate />
          <span className="ml-auto shrink-0 pl-1">{scaleWords(config.scale, rests ? null : pool.concurrency)}</span>
        </span>
        <PoolFigures pool={pool} />
        {poolSentences(pool).map(({ id, tone, text }) => (
          <span
            key={id}
            className={classNames('line-clamp-2 w-full text-sm', tone === 'warn' ? 'text-warn' : 'text-faint')}
            title={text}
          >
            {text}
          </span>
        ))}
      </button>
      <div className="flex items-center gap-1.5 px-3 pt-1 pb-2">
        <span className="flex min-w-0 flex-1 items-center gap-2 text-sm text-muted">
          {named && connection !== undefined && (
            <>
              <RedisText text={connection.profile.name} truncate />
              <EnvironmentTag environment={connection.profile.environment} />
            </>
          )}
        </span>
        {isListPool(config) && (
          <IconButton
            label="Check this queue"
            icon={<ListChecks size={14} aria-hidden />}
            onClick={() => setChecking(true)}
          />
        )}
        <Menu
          trigger={
            <Button
              size="small"
              look="ghost"
              aria-label="More for these workers"
              className="px-1!"
              icon={<Ellipsis size={14} aria-hidden />}
            />
          }
          entries={[
            {
              label: pool.savedId === null ? 'Save these settings…' : 'Edit the saved settings…',
              icon: <Save size={14} aria-hidden />,
              onChoose: onEdit,
            },
          ]}
        />
        {rests ? <RestingActions pool={pool} onStarted={onStarted} /> : <RunningActions pool={pool} />}
      </div>
      {checking && (
        <CheckQueueDialog
          connectionId={config.connectionId}
          queue={queueOf(config)}
          onClose={() => setChecking(false)}
        />
      )}
    </li>
  )
}

function RunningActions({ pool }: { pool: PoolStatus }) {
  const pause = useMutation(orpc.pools.pause.mutationOptions())
  const resume = useMutation(orpc.pools.resume.mutationOptions())
  const stop = useMutation(orpc.pools.stop.mutationOptions())
  const giveBack = useMutation(orpc.pools.stop.mutationOptions())
  const { id, state, active } = pool
  return (
    <>
      {isPaused(pool) ? (
        <IconButton
          label="Resume"
          icon={<Play size={13} aria-hidden />}
          disabled={resume.isPending}
          onClick={() => resume.mutate({ id })}
        />
      ) : (
        <IconButton
          label="Pause"
          icon={<Pause size={13} aria-hidden />}
          disabled={pause.isPending || state !== 'running'}
          onClick={() => pause.mutate({ id })}
        />
      )}
      {state === 'draining' && active > 0 ? (
        <Button
          size="small"
          icon={<Undo2 size={12} aria-hidden />}
          busy={giveBack.isPending}
          title="What runs goes back to its queue, and runs again later"
          onClick={() => giveBack.mutate({ id, now: true })}
        >
          Return jobs now
        </Button>
      ) : (
        <Button
          size="small"
          icon={<Square size={11} aria-hidden />}
          busy={stop.isPending || state === 'draining'}
          onClick={() => stop.mutate({ id })}
        >
          Stop
        </Button>
      )}
    </>
  )
}

function RestingActions({ pool: { id, config, savedId }, onStarted }: Pick<PoolCardProps, 'pool' | 'onStarted'>) {
  const start = useMutation(orpc.pools.start.mutationOptions({ onSuccess: (started) => onStarted(started.id) }))
  const remove = useMutation(orpc.pools.remove.mutationOptions())
  return (
    <>
      <IconButton
        label="Forget this pool"
        icon={<X size={14} aria-hidden />}
        disabled={remove.isPending}
        onClick={() => remove.mutate({ id })}
      />
      <Button
        size="small"
        icon={<Play size={12} aria-hidden />}
        busy={start.isPending}
        onClick={() => start.mutate({ config, savedId })}
      >
        Start again
      </Button>
    </>
  )
}
