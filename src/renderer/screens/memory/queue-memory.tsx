import { useQuery } from '@tanstack/react-query'
import { RefreshCw } from 'lucide-react'
import { Link } from 'wouter'
import { queueKey } from '../../../domain/queue.ts'
import { orpc } from '../../api/client.ts'
import { errorSentence } from '../../api/error-text.ts'
import { routes } from '../../app/routes.ts'
import { QueueName } from '../../components/queue-name.tsx'
import { IconButton } from '../../ui/button.tsx'
import { formatBytes, formatCompact, formatPercent } from '../../ui/format.ts'
import { Notice } from '../../ui/notice.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'

/** Rows drawn; the rest is summed up in one line. */
const mostRows = 100

/** Which queue holds how much, the largest first. */
export function QueueMemory({ connectionId }: { connectionId: string }) {
  const { data, isPending, error, refetch, isFetching } = useQuery(
    orpc.redis.memoryByQueue.queryOptions({ input: { connectionId }, staleTime: 60_000 }),
  )
  const queues = [...(data ?? [])].sort((one, other) => other.bytes - one.bytes)
  const total = queues.reduce((sum, { bytes }) => sum + bytes, 0)
  const largest = queues[0]?.bytes ?? 0
  const rest = queues.slice(mostRows)
  return (
    <section aria-labelledby="memory-queues">
      <div className="mb-1 flex items-center gap-2">
        <h2 id="memory-queues" className="font-semibold">
          Memory by queue
        </h2>
        <span className="text-sm text-faint">measured by sampling; ~ marks what is scaled from a sample</span>
        <IconButton
          label="Measure again"
          className="ml-auto"
          disabled={isFetching}
          icon={<RefreshCw size={14} aria-hidden />}
          onClick={() => void refetch()}
        />
      </div>
      {isPending && <SkeletonRows rows={6} />}
      {error !== null && <Notice tone="warn">{errorSentence(error)}</Notice>}
      {data !== undefined && queues.length === 0 && (
        <p className="rounded-md border border-dashed border-line p-6 text-center text-muted">
          No queue was found in this Redis, so there is nothing to measure.
        </p>
      )}
      {queues.length > 0 && (
        <table className="w-full table-fixed">
          <thead>
            <tr className="h-7 border-b border-line text-xs text-faint">
              <th className="w-2/5 px-2 text-start font-normal">Queue</th>
              <th className="px-2 text-start font-normal">
                <span className="sr-only">Share of the largest</span>
              </th>
              <th className="w-24 px-2 text-end font-normal">Memory</th>
              <th className="w-16 px-2 text-end font-normal">Share</th>
              <th className="w-20 px-2 text-end font-normal">Jobs</th>
              <th className="w-24 px-2 text-end font-normal">A job</th>
            </tr>
          </thead>
          <tbody>
            {queues.slice(0, mostRows).map(({ queue, bytes, jobs, estimated }) => (
              <tr key={queueKey(queue)} className="h-7 border-b border-line/60 hover:bg-hover">
                <td className="px-2">
                  <Link href={routes.queue(connectionId, queueKey(queue))} className="flex min-w-0 hover:text-accent">
                    <QueueName queue={queue} />
                  </Link>
                </td>
                <td className="px-2">
                  <div className="h-1.5 overflow-hidden rounded-full bg-line" aria-hidden>
                    <div
                      className="h-full rounded-full bg-accent"
                      style={{ width: `${largest === 0 ? 0 : (bytes / largest) * 100}%` }}
                    />
                  </div>
                </td>
                <td className="px-2 text-end">
                  {estimated && '~'}
                  {formatBytes(bytes)}
                </td>
                <td className="px-2 text-end text-muted">{total === 0 ? '0%' : formatPercent(bytes / total)}</td>
                <td className="px-2 text-end text-muted">{formatCompact(jobs)}</td>
                <td className="px-2 text-end text-muted">{jobs === 0 ? '–' : formatBytes(bytes / jobs)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {rest.length > 0 && (
        <p className="px-2 py-1.5 text-sm text-faint">
          and {rest.length} smaller ones with {formatBytes(rest.reduce((sum, { bytes }) => sum + bytes, 0))} together
        </p>
      )}
    </section>
  )
}
