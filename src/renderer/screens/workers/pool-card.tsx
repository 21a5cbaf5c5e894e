import { useMutation } from '@tanstack/react-query'
import { Mail, MessageSquare, Play, Square, X } from 'lucide-react'
import type { PoolStatus } from '../../../domain/pool.ts'
import { orpc } from '../../api/client.ts'
import { EnvironmentTag } from '../../components/environment-tag.tsx'
import { useConnection } from '../../state/connections.ts'
import { Badge, type Tone } from '../../ui/badge.tsx'
import { Button, IconButton } from '../../ui/button.tsx'
import { classNames } from '../../ui/class-names.ts'
import { formatCompact, formatCount } from '../../ui/format.ts'
import { RedisText } from '../../ui/redis-text.tsx'
import { RelativeTime } from '../../ui/time.tsx'

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
  onChoose(): void
}

/** One pool with its live numbers. Choosing it narrows the messages below to its own. */
export function PoolCard({ pool, chosen, onChoose }: PoolCardProps) {
  const { config, state, mode } = pool
  const connection = useConnection(config.connectionId)
  const start = useMutation(orpc.pools.start.mutationOptions())
  const stop = useMutation(orpc.pools.stop.mutationOptions())
  const remove = useMutation(orpc.pools.remove.mutationOptions())
  const rests = state === 'stopped' || state === 'failed'
  const Icon = config.handler === 'email' ? Mail : MessageSquare
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
        className="flex min-w-0 flex-1 flex-col gap-1.5 rounded-lg px-3 pt-2.5 text-start"
        title="Show its messages below"
      >
        <span className="flex w-full min-w-0 items-center gap-2">
          <Icon size={14} className="shrink-0 text-faint" aria-hidden />
          <RedisText text={config.queueName} truncate className="flex-1 font-semibold" />
          <Badge
            tone={mode === 'live' ? 'warn' : 'neutral'}
            title={
              mode === 'live'
                ? 'Messages go to real people through the provider'
                : 'No provider key is set: messages are only rendered'
            }
          >
            {mode === 'live' ? 'live' : 'dev'}
          </Badge>
          <Badge tone={states[state].tone}>{states[state].label}</Badge>
        </span>
        <span className="flex w-full items-center gap-2 text-sm text-muted">
          {connection !== undefined && (
            <>
              <RedisText text={connection.profile.name} truncate />
              <EnvironmentTag environment={connection.profile.environment} />
            </>
          )}
          <span className="ml-auto shrink-0 text-faint">
            {rests ? 'stopped' : 'started'} <RelativeTime at={pool.since} />
          </span>
        </span>
        <span className="mt-0.5 grid w-full grid-cols-[1fr_1.4fr_1fr_1fr_1fr] gap-1">
          <Figure label="a min" value={pool.donePerMinute} />
          <Figure label={`of ${config.concurrency} busy`} value={pool.active} />
          <Figure label="done" value={pool.done} />
          <Figure label="retried" value={pool.retried} tone={pool.retried > 0 ? 'text-warn' : undefined} />
          <Figure label="dead" value={pool.dead} tone={pool.dead > 0 ? 'text-bad' : undefined} />
        </span>
      </button>
      <div className="flex min-h-9 items-center gap-2 px-3 pt-1 pb-2">
        <p
          className={classNames('min-w-0 flex-1 truncate text-sm', pool.problem === null ? 'text-faint' : 'text-warn')}
          title={pool.problem ?? undefined}
        >
          {pool.problem ??
            (pool.recovered > 0 ? `${formatCount(pool.recovered)} left by a dead worker, recovered` : '')}
        </p>
        {rests ? (
          <>
            <IconButton
              label="Forget this pool"
              icon={<X size={14} aria-hidden />}
              disabled={remove.isPending}
              onClick={() => remove.mutate({ id: pool.id })}
            />
            <Button
              size="small"
              icon={<Play size={12} aria-hidden />}
              busy={start.isPending}
              onClick={() => start.mutate(config)}
            >
              Start again
            </Button>
          </>
        ) : (
          <Button
            size="small"
            icon={<Square size={11} aria-hidden />}
            busy={stop.isPending || state === 'draining'}
            onClick={() => stop.mutate({ id: pool.id })}
          >
            Stop
          </Button>
        )}
      </div>
    </li>
  )
}

function Figure({ label, value, tone }: { label: string; value: number; tone?: string }) {
  return (
    <span className="flex min-w-0 flex-col">
      <span className={classNames('font-semibold', value === 0 ? 'text-faint' : tone)} title={formatCount(value)}>
        {formatCompact(value)}
      </span>
      <span className="truncate text-xs text-faint">{label}</span>
    </span>
  )
}
