import { useMutation } from '@tanstack/react-query'
import { ListChecks, Mail, MessageSquare, Pause, Play, Square, Webhook, X } from 'lucide-react'
import { useState } from 'react'
import type { HandlerId, PoolStatus } from '../../../domain/pool.ts'
import { orpc } from '../../api/client.ts'
import { CheckQueueDialog } from '../../components/check-queue-dialog.tsx'
import { EnvironmentTag } from '../../components/environment-tag.tsx'
import { useConnection } from '../../state/connections.ts'
import { Badge, type Tone } from '../../ui/badge.tsx'
import { Button, IconButton } from '../../ui/button.tsx'
import { classNames } from '../../ui/class-names.ts'
import { RedisText } from '../../ui/redis-text.tsx'
import { RelativeTime } from '../../ui/time.tsx'
import { isPaused, poolSentences } from './pool-card.model.ts'
import { PoolFigures } from './pool-figures.tsx'

const states: Record<PoolStatus['state'], { label: string; tone: Tone }> = {
  starting: { label: 'starting', tone: 'accent' },
  running: { label: 'running', tone: 'good' },
  draining: { label: 'finishing its jobs', tone: 'warn' },
  stopped: { label: 'stopped', tone: 'neutral' },
  failed: { label: 'failed', tone: 'bad' },
}

const icons = { email: Mail, sms: MessageSquare, http: Webhook } as const satisfies Record<HandlerId, unknown>

interface PoolCardProps {
  pool: PoolStatus
  chosen: boolean
  onChoose(): void
}

/** One pool with its live numbers. Choosing it narrows the messages below to its own. */
export function PoolCard({ pool, chosen, onChoose }: PoolCardProps) {
  const { config, state, mode } = pool
  const connection = useConnection(config.connectionId)
  const [checking, setChecking] = useState(false)
  const rests = state === 'stopped' || state === 'failed'
  const shown = isPaused(pool) ? { label: 'paused', tone: 'warn' as const } : states[state]
  const Icon = icons[config.handler]
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
        title="Show its messages below"
      >
        <span className="flex w-full min-w-0 items-center gap-2">
          <Icon size={14} className="shrink-0 text-faint" aria-hidden />
          <RedisText text={config.queueName} truncate className="flex-1 font-semibold" />
          <Badge tone={mode === 'live' ? 'warn' : 'neutral'} title={modeWords(pool)}>
            {mode === 'live' ? 'live' : 'dev'}
          </Badge>
          <Badge tone={shown.tone}>{shown.label}</Badge>
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
      <div className="flex items-center gap-2 px-3 pt-1 pb-2">
        <Button
          size="small"
          look="ghost"
          className="-ml-2"
          icon={<ListChecks size={13} aria-hidden />}
          onClick={() => setChecking(true)}
        >
          Check this queue
        </Button>
        <span className="flex-1" />
        {rests ? <RestingActions pool={pool} /> : <RunningActions pool={pool} />}
      </div>
      {checking && (
        <CheckQueueDialog
          connectionId={config.connectionId}
          queue={{ system: config.system, prefix: config.queuePrefix, name: config.queueName }}
          onClose={() => setChecking(false)}
        />
      )}
    </li>
  )
}

function modeWords({ mode, config }: PoolStatus): string {
  if (mode === 'dev') return 'No provider key is set: messages are only rendered'
  if (config.handler === 'http') return 'Calls go out to real servers'
  return 'Messages go to real people through the provider'
}

function RunningActions({ pool }: { pool: PoolStatus }) {
  const pause = useMutation(orpc.pools.pause.mutationOptions())
  const resume = useMutation(orpc.pools.resume.mutationOptions())
  const stop = useMutation(orpc.pools.stop.mutationOptions())
  const { id, state } = pool
  return (
    <>
      {isPaused(pool) ? (
        <Button
          size="small"
          icon={<Play size={12} aria-hidden />}
          busy={resume.isPending}
          title="Let all pools of this queue go on"
          onClick={() => resume.mutate({ id })}
        >
          Resume
        </Button>
      ) : (
        <Button
          size="small"
          icon={<Pause size={12} aria-hidden />}
          busy={pause.isPending}
          disabled={state !== 'running'}
          title="Begin no more jobs of this queue, in no pool"
          onClick={() => pause.mutate({ id })}
        >
          Pause
        </Button>
      )}
      <Button
        size="small"
        icon={<Square size={11} aria-hidden />}
        busy={stop.isPending || state === 'draining'}
        onClick={() => stop.mutate({ id })}
      >
        Stop
      </Button>
    </>
  )
}

function RestingActions({ pool: { id, config } }: { pool: PoolStatus }) {
  const start = useMutation(orpc.pools.start.mutationOptions())
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
        onClick={() => start.mutate(config)}
      >
        Start again
      </Button>
    </>
  )
}
