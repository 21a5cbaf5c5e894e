import {
  ClipboardCheck,
  Copy,
  Ellipsis,
  Eraser,
  FileUp,
  Hash,
  Link2,
  ListChecks,
  Lock,
  Plus,
  RotateCcw,
  Search,
  TriangleAlert,
} from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { Link } from 'wouter'
import { linkText } from '../../../domain/link-text.ts'
import { backlog, type Kind, noKinds, type QueueRef, queueKey, type StateInfo } from '../../../domain/queue.ts'
import { errorSentence } from '../../api/error-text.ts'
import { navigate } from '../../app/hash-location.ts'
import { routes } from '../../app/routes.ts'
import { whyNot } from '../../components/action-guard.model.ts'
import { canBeChecked } from '../../components/check-queue.model.ts'
import { CheckQueueDialog } from '../../components/check-queue-dialog.tsx'
import { DepthBar } from '../../components/depth-bar.tsx'
import { GuardedButton } from '../../components/guarded-button.tsx'
import { usePlan } from '../../components/plan/use-plan.ts'
import { useBreaches, usePolicy } from '../../components/policy-breaches.ts'
import { unusualPrefix } from '../../components/queue-name.tsx'
import { SystemIcon, systemLabel } from '../../components/system-label.tsx'
import { ImportDialog } from '../../components/transfer/import-dialog.tsx'
import type { Connection } from '../../state/connections.ts'
import { useQueueHistory, useQueueSample } from '../../state/telemetry.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { classNames } from '../../ui/class-names.ts'
import { copyText } from '../../ui/copy-text.ts'
import { formatCompact, formatCount, formatDuration, formatRate } from '../../ui/format.ts'
import { Menu } from '../../ui/menu.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { Sparkline } from '../../ui/sparkline.tsx'
import { toast } from '../../ui/toast.tsx'
import { PauseButton } from './pause-button.tsx'
import { PolicyDialog } from './policy-dialog.tsx'
import { PolicyLine } from './policy-line.tsx'

interface QueueHeaderProps {
  connection: Connection
  queue: QueueRef
  /** The states of its system; undefined while they are being read. */
  states: readonly StateInfo[] | undefined
  /** The state that is shown. */
  info: StateInfo | undefined
  /** The state that new jobs go to. */
  entrance: StateInfo | undefined
  onAdd(): void
  /** Asks for the id of a job; null where jobs cannot be found by one. */
  onFind: (() => void) | null
}

/** Which queue this is, how it does now, and what can be done with the whole of it. */
export function QueueHeader({ connection, queue, states, info, entrance, onAdd, onFind }: QueueHeaderProps) {
  const sample = useQueueSample(connection.profile.id, queueKey(queue))
  const reason = (state: StateInfo | undefined, action: 'retry' | 'purge' | 'add') => whyNot(connection, state, action)
  const label = info?.label ?? 'jobs'
  const prefix = unusualPrefix(queue)
  const plan = usePlan()
  const askAll = (action: 'retry' | 'remove') =>
    info !== undefined &&
    plan({
      connectionId: connection.profile.id,
      action,
      selection: { type: 'all', places: [{ queue, state: info.id }] },
      attempts: 'keep',
      to: null,
      into: null,
      at: null,
      change: null,
      redaction: [],
    })
  const copy = (text: string) => void copyText(text).catch((error: unknown) => toast.error(errorSentence(error)))
  const [importing, setImporting] = useState(false)
  const [checking, setChecking] = useState(false)
  const [editingPolicy, setEditingPolicy] = useState(false)
  const policy = usePolicy(connection.profile.id, queueKey(queue))
  const breaches = useBreaches(connection.profile.id, queueKey(queue))
  return (
    <header className="@container shrink-0 border-b border-line px-3 pt-2 pb-2">
      <div className="flex h-7 items-center gap-2">
        <SystemIcon system={queue.system} size={16} />
        <h2 className="flex min-w-0 items-baseline gap-2">
          <RedisText text={queue.name} truncate selectable className="text-lg font-semibold" />
          <span className="shrink-0 text-sm text-faint">
            {systemLabel(queue.system)}
            {sample?.version != null && <> {sample.version}</>}
          </span>
          {prefix !== null && (
            <RedisText text={prefix} mono truncate className="max-w-40 text-faint @max-[640px]:hidden" />
          )}
        </h2>
        {sample?.paused && <Badge tone="warn">paused</Badge>}
        <span className="flex-1" />
        {entrance?.actions.pause === true && (
          <PauseButton connection={connection} queue={queue} paused={sample?.paused ?? false} />
        )}
        <GuardedButton
          icon={<Plus size={14} aria-hidden />}
          reason={reason(entrance, 'add')}
          keys="n"
          hint="Add a job"
          onClick={onAdd}
        >
          Add job
        </GuardedButton>
        <Menu
          trigger={
            <Button
              look="ghost"
              aria-label="More for this queue"
              className="px-1.5!"
              icon={<Ellipsis size={16} aria-hidden />}
            />
          }
          entries={[
            {
              label: `Retry all (${label})…`,
              icon: <RotateCcw size={14} aria-hidden />,
              unavailable: reason(info, 'retry') ?? undefined,
              onChoose: () => askAll('retry'),
            },
            {
              label: `Purge ${label}…`,
              icon: <Eraser size={14} aria-hidden />,
              danger: true,
              unavailable: reason(info, 'purge') ?? undefined,
              onChoose: () => askAll('remove'),
            },
            'separator',
            {
              label: 'Find jobs…',
              icon: <Search size={14} aria-hidden />,
              onChoose: () =>
                navigate(
                  routes.search(connection.profile.id, {
                    queue: queueKey(queue),
                    ...(info !== undefined && { state: info.id }),
                  }),
                ),
            },
            ...(onFind === null
              ? []
              : [
                  {
                    label: 'Find a job by its id…',
                    icon: <Hash size={14} aria-hidden />,
                    keys: 'f',
                    onChoose: onFind,
                  },
                ]),
            {
              label: 'Import jobs…',
              icon: <FileUp size={14} aria-hidden />,
              unavailable: reason(entrance, 'add') ?? undefined,
              onChoose: () => setImporting(true),
            },
            'separator',
            ...(canBeChecked(queue)
              ? [
                  {
                    label: 'Check this queue…',
                    icon: <ListChecks size={14} aria-hidden />,
                    onChoose: () => setChecking(true),
                  },
                ]
              : []),
            {
              label: policy === undefined ? 'Set a policy…' : 'Edit the policy…',
              icon: <ClipboardCheck size={14} aria-hidden />,
              onChoose: () => setEditingPolicy(true),
            },
            {
              label: 'Copy the name',
              icon: <Copy size={14} aria-hidden />,
              onChoose: () => copy(queue.name),
            },
            {
              label: 'Copy a link to here',
              icon: <Link2 size={14} aria-hidden />,
              onChoose: () => copy(linkText({ connectionId: connection.profile.id, queue, state: info?.id ?? null })),
            },
          ]}
        />
      </div>
      <Figures connectionId={connection.profile.id} queue={queue} late={breaches.some(({ what }) => what === 'wait')} />
      {policy !== undefined && <PolicyLine policy={policy} breaches={breaches} onEdit={() => setEditingPolicy(true)} />}
      {sample?.readOnly != null && (
        <p className="mt-1 flex items-start gap-1.5 text-warn">
          <Lock size={14} className="mt-[3px] shrink-0" aria-hidden />
          <RedisText text={sample.readOnly} />
        </p>
      )}
      {sample?.problem != null && (
        <p className="mt-1 flex items-start gap-1.5 text-bad">
          <TriangleAlert size={14} className="mt-[3px] shrink-0" aria-hidden />
          <RedisText text={sample.problem} />
        </p>
      )}
      {editingPolicy && (
        <PolicyDialog
          connectionId={connection.profile.id}
          queue={queue}
          policy={policy}
          breaches={breaches}
          states={states}
          onClose={() => setEditingPolicy(false)}
        />
      )}
      {importing && <ImportDialog connection={connection} queue={queue} onClose={() => setImporting(false)} />}
      {checking && (
        <CheckQueueDialog connectionId={connection.profile.id} queue={queue} onClose={() => setChecking(false)} />
      )}
    </header>
  )
}

const unknown = <span className="text-faint">–</span>

interface FiguresProps {
  connectionId: string
  queue: QueueRef
  /** The next job waits longer than the policy allows. */
  late: boolean
}

function Figures({ connectionId, queue, late }: FiguresProps) {
  const key = queueKey(queue)
  const sample = useQueueSample(connectionId, key)
  const points = useQueueHistory(connectionId, key)
  const counts: Record<Kind, number> = { ...noKinds(), ...sample?.kinds }
  const toRun = backlog(counts)
  const least = sample?.ratesExact === false ? '≥' : ''
  const rateTitle =
    least === '' ? undefined : 'At least: seen from changes of depth, because this system keeps no counters'
  const rate = (value: number | null | undefined) =>
    value == null ? unknown : `${value === 0 ? '' : least}${formatRate(value)}`
  return (
    <dl className="mt-1 flex h-6 items-center gap-5 overflow-hidden">
      <div className="flex items-center gap-2">
        <dt className="sr-only">Depth by kind</dt>
        <dd className="flex w-28">
          <DepthBar counts={counts} className="flex-1" />
        </dd>
      </div>
      <Figure label="To run" width="min-w-11" title={formatCount(toRun)}>
        {sample === undefined ? unknown : formatCompact(toRun)}
      </Figure>
      <Figure label="Failed" width="min-w-9" title={formatCount(counts.failed)}>
        <span className={counts.failed > 0 ? 'font-medium text-bad' : 'text-faint'}>
          {formatCompact(counts.failed)}
        </span>
      </Figure>
      <Figure label="In/min" width="min-w-11" title={rateTitle}>
        {rate(sample?.inPerMinute)}
      </Figure>
      <Figure label="Out/min" width="min-w-11" title={rateTitle}>
        {rate(sample?.outPerMinute)}
      </Figure>
      <Figure
        label="Oldest"
        width="min-w-14"
        title={
          sample?.oldestAtLeast ? 'At least: so long this job was seen at the head' : 'Age of the job that runs next'
        }
      >
        {sample?.oldestAgeMs == null ? (
          unknown
        ) : (
          <span className={late ? 'font-medium text-warn' : undefined}>
            {sample.oldestAtLeast && '≥'}
            {formatDuration(sample.oldestAgeMs)}
          </span>
        )}
      </Figure>
      <Figure
        label="Drain"
        width="min-w-14"
        hide="@max-[760px]:hidden"
        title="Time until the backlog is gone at the present rates"
      >
        {sample?.drainMs != null ? (
          formatDuration(sample.drainMs)
        ) : toRun > 0 ? (
          <span className="text-warn">never</span>
        ) : (
          unknown
        )}
      </Figure>
      <Figure label="Workers" width="min-w-6" hide="@max-[860px]:hidden">
        {sample?.workers == null ? (
          unknown
        ) : sample.workers === 0 && toRun > 0 ? (
          <Link
            href={routes.section('workers', connectionId)}
            className="text-warn hover:underline"
            title="Jobs wait and nobody works on them"
          >
            0
          </Link>
        ) : (
          sample.workers
        )}
      </Figure>
      <div className="ml-auto shrink-0 @max-[960px]:hidden">
        <Sparkline values={points.map(([, depth]) => depth)} label="Jobs still to run, over the last minutes" />
      </div>
    </dl>
  )
}

interface FigureProps {
  label: string
  width: string
  title?: string
  hide?: string
  children: ReactNode
}

function Figure({ label, width, title, hide, children }: FigureProps) {
  return (
    <div className={classNames('flex shrink-0 items-baseline gap-1.5', hide)} title={title}>
      <dt className="text-xs text-faint">{label}</dt>
      <dd className={classNames('whitespace-nowrap', width)}>{children}</dd>
    </div>
  )
}
