import { useMutation } from '@tanstack/react-query'
import { Gauge, Pause, Play } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import type { OperationRun } from '../../../domain/operation.ts'
import { orpc } from '../../api/client.ts'
import { QueueName } from '../../components/queue-name.tsx'
import { UnlockDialog } from '../../components/unlock-dialog.tsx'
import { isLocked, useConnection } from '../../state/connections.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { formatCount } from '../../ui/format.ts'
import { Meter } from '../../ui/meter.tsx'
import { Notice } from '../../ui/notice.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { PaceForm } from './pace-form.tsx'
import { canaryWords, progressWords, runShare, runTitle } from './run-words.model.ts'

const statusTags: Partial<Record<OperationRun['status'], { tone: 'warn' | 'accent'; text: string }>> = {
  paused: { tone: 'warn', text: 'paused' },
  watching: { tone: 'accent', text: 'canary' },
  held: { tone: 'warn', text: 'held' },
}

/** A run that has not ended: how far it is, and how to steer it. */
export function RunCard({ run }: { run: OperationRun }) {
  const { id, status, problem, cancelled, steerable, pace } = run
  const connection = useConnection(run.connectionId)
  const [asking, setAsking] = useState<'pace' | 'unlock' | null>(null)
  const input = { id }
  const pause = useMutation(orpc.operations.pause.mutationOptions())
  const resume = useMutation(orpc.operations.resume.mutationOptions())
  const cancel = useMutation(orpc.operations.cancel.mutationOptions())
  const tag = statusTags[status]
  const canary = canaryWords(run)
  const words = progressWords(run)
  const stands = status === 'paused' || status === 'held'
  const locked = connection !== undefined && isLocked(connection)
  return (
    <li className="px-2.5 py-2">
      <RunHeading run={run} connectionName={connection?.profile.name ?? null}>
        {tag !== undefined && <Badge tone={tag.tone}>{tag.text}</Badge>}
        {run.resumed && <Badge title="Begun before Sluice was started; it went on where it was.">resumed</Badge>}
      </RunHeading>
      <Meter
        share={runShare(run)}
        label="Progress"
        valueText={words}
        tone={stands || problem !== null ? 'bg-warn' : 'bg-accent'}
        className="mt-2 block! w-full"
      />
      <p className="mt-1.5 flex items-baseline gap-2 text-sm text-muted" role="status">
        <span className="min-w-0 flex-1">{run.total === null ? 'Beginning…' : words}</span>
        {pace !== null && <span className="shrink-0 text-faint">at most {formatCount(pace)}/s</span>}
      </p>
      {canary !== null && <p className="mt-0.5 text-sm text-pretty">{canary}</p>}
      {problem !== null && (
        <div className="mt-1.5 text-sm">
          <Notice
            tone="warn"
            action={
              locked ? (
                <Button size="small" onClick={() => setAsking('unlock')}>
                  Unlock…
                </Button>
              ) : undefined
            }
          >
            <RedisText text={problem} className="wrap-anywhere" />
          </Notice>
        </div>
      )}
      {asking === 'pace' && <PaceForm run={run} onClose={() => setAsking(null)} />}
      <div className="mt-2 flex items-center gap-1.5">
        {steerable &&
          (stands || status === 'watching' ? (
            <Button
              size="small"
              icon={<Play size={12} aria-hidden />}
              busy={resume.isPending}
              disabled={cancelled}
              onClick={() => resume.mutate(input)}
            >
              {status === 'paused' ? 'Resume' : 'Go on anyway'}
            </Button>
          ) : null)}
        {steerable && !stands && (
          <Button
            size="small"
            icon={<Pause size={12} aria-hidden />}
            busy={pause.isPending}
            disabled={cancelled}
            onClick={() => pause.mutate(input)}
          >
            Pause
          </Button>
        )}
        {steerable && asking !== 'pace' && (
          <Button
            size="small"
            look="ghost"
            icon={<Gauge size={12} aria-hidden />}
            disabled={cancelled}
            onClick={() => setAsking('pace')}
          >
            Pace
          </Button>
        )}
        <span className="flex-1" />
        <Button size="small" disabled={cancelled} busy={cancel.isPending} onClick={() => cancel.mutate(input)}>
          {cancelled ? 'Stopping…' : 'Cancel'}
        </Button>
      </div>
      {asking === 'unlock' && connection !== undefined && (
        <UnlockDialog connection={connection} onClose={() => setAsking(null)} />
      )}
    </li>
  )
}

interface RunHeadingProps {
  run: OperationRun
  connectionName: string | null
  children?: ReactNode
}

/** What it does to which queue of which connection. */
function RunHeading({ run, connectionName, children }: RunHeadingProps) {
  return (
    <>
      <div className="flex min-w-0 items-center gap-1.5">
        <span className="shrink-0 font-medium">{runTitle(run)}</span>
        {run.queue !== null && (
          <span className="min-w-0 shrink">
            <QueueName queue={run.queue} icon={false} />
          </span>
        )}
        <span className="flex-1" />
        {children}
      </div>
      <p className="flex min-w-0 gap-1.5 text-sm text-faint">
        {run.stateLabel !== '' && <span className="shrink-0">{run.stateLabel}</span>}
        {run.stateLabel !== '' && connectionName !== null && <span aria-hidden>·</span>}
        {connectionName !== null && <RedisText text={connectionName} truncate />}
      </p>
    </>
  )
}
