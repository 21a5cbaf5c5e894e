import { useQuery } from '@tanstack/react-query'
import { CircleCheck, RefreshCw, TriangleAlert } from 'lucide-react'
import type { PoolAudit } from '../../domain/pool.ts'
import type { QueueRef } from '../../domain/queue.ts'
import { orpc } from '../api/client.ts'
import { errorSentence } from '../api/error-text.ts'
import { Button } from '../ui/button.tsx'
import { classNames } from '../ui/class-names.ts'
import { Dialog } from '../ui/dialog.tsx'
import { formatCount, formatDuration } from '../ui/format.ts'
import { Notice } from '../ui/notice.tsx'
import { RedisText } from '../ui/redis-text.tsx'
import { SkeletonRows } from '../ui/skeleton.tsx'
import { ClockTime } from '../ui/time.tsx'
import { auditProblems, auditRows, auditSentence, orphanSentence } from './check-queue.model.ts'

interface CheckQueueDialogProps {
  connectionId: string
  queue: QueueRef
  onClose(): void
}

/** Counts all jobs of a queue in one instant and shows whether every one is somewhere. Changes nothing. */
export function CheckQueueDialog({ connectionId, queue, onClose }: CheckQueueDialogProps) {
  const { data, error, isFetching, dataUpdatedAt, refetch } = useQuery(
    orpc.pools.audit.queryOptions({ input: { connectionId, queue }, gcTime: 0, refetchOnWindowFocus: false }),
  )
  return (
    <Dialog
      open
      title={
        <>
          Check <RedisText text={queue.name} />
        </>
      }
      description="Counts where every job is, in one instant. Nothing is changed."
      onClose={onClose}
      footer={
        <>
          {data !== undefined && (
            <span className="mr-auto text-sm text-faint">
              counted at <ClockTime at={dataUpdatedAt} />
            </span>
          )}
          <Button icon={<RefreshCw size={13} aria-hidden />} busy={isFetching} onClick={() => void refetch()}>
            Re-check
          </Button>
          <Button look="primary" onClick={onClose}>
            Close
          </Button>
        </>
      }
    >
      {error !== null && (
        <div className="mb-2">
          <Notice tone="bad" live>
            {errorSentence(error)}
          </Notice>
        </div>
      )}
      {data !== undefined ? <Audit audit={data} /> : error === null && <SkeletonRows rows={9} rowHeight={24} />}
    </Dialog>
  )
}

function Audit({ audit }: { audit: PoolAudit }) {
  const problems = auditProblems(audit)
  const well = problems.length === 0
  const Icon = well ? CircleCheck : TriangleAlert
  return (
    <div className="flex flex-col gap-3">
      <div className={classNames('rounded-md px-3 py-2', well ? 'bg-good/10' : 'bg-bad/10')} role="status">
        <p className="flex items-center gap-2 font-semibold">
          <Icon size={16} className={classNames('shrink-0', well ? 'text-good' : 'text-bad')} aria-hidden />
          {auditSentence(audit)}
        </p>
        {!well && (
          <ul className="mt-1 list-disc pl-10 marker:text-faint">
            {problems.map((problem) => (
              <li key={problem}>
                <RedisText text={problem} selectable />
              </li>
            ))}
          </ul>
        )}
      </div>
      {audit.orphans.count > 0 && <Notice tone="warn">{orphanSentence(audit)}</Notice>}
      <Places audit={audit} />
      <Workers workers={audit.workers} />
    </div>
  )
}

function Places({ audit }: { audit: PoolAudit }) {
  return (
    <table aria-label="Where the jobs are" className="w-full">
      <tbody>
        {auditRows(audit).map(({ place, label, hint, count }) => (
          <tr key={place} className={classNames('h-6 border-b border-line/60', count === 0 && 'text-faint')}>
            <th scope="row" className="text-start font-normal">
              {label} {hint !== '' && <span className="text-sm text-faint">{hint}</span>}
            </th>
            <td className="text-end tabular-nums">{formatCount(count)}</td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr className="h-7 font-semibold">
          <th scope="row" className="text-start">
            Together
          </th>
          <td className="text-end tabular-nums">{formatCount(audit.total)}</td>
        </tr>
      </tfoot>
    </table>
  )
}

function Workers({ workers }: { workers: PoolAudit['workers'] }) {
  if (workers.length === 0) return <p className="text-muted">No pool works on this queue now.</p>
  return (
    <table aria-label="Workers of pools" className="w-full table-fixed">
      <thead>
        <tr className="h-6 border-b border-line text-start text-xs text-faint">
          <th className="text-start font-normal">Worker</th>
          <th className="w-36 text-start font-normal">Lease</th>
          <th className="w-16 text-end font-normal">Holds</th>
          <th className="w-20 text-end font-normal">On the way</th>
        </tr>
      </thead>
      <tbody>
        {workers.map(({ worker, leaseMs, held, claimed }) => (
          <tr key={worker} className="h-6 border-b border-line/60">
            <td>
              <RedisText text={worker} truncate mono />
            </td>
            <td className={leaseMs < 0 ? 'text-warn' : 'text-muted'}>
              {leaseMs < 0 ? `ran out ${formatDuration(-leaseMs)} ago` : `for ${formatDuration(leaseMs)}`}
            </td>
            <td className="text-end tabular-nums">{formatCount(held)}</td>
            <td className="text-end tabular-nums">{formatCount(claimed)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
