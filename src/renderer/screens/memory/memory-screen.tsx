import { useQuery } from '@tanstack/react-query'
import { MemoryStick } from 'lucide-react'
import type { ReactNode } from 'react'
import type { ConnectionStatus } from '../../../domain/profile.ts'
import type { RedisStats } from '../../../domain/sample.ts'
import { orpc } from '../../api/client.ts'
import { errorSentence } from '../../api/error-text.ts'
import { isOnItsWay } from '../../components/connection-dot.tsx'
import { isOpen, useConnection } from '../../state/connections.ts'
import { useConnectionTelemetry, useRedisStats } from '../../state/telemetry.ts'
import { Button } from '../../ui/button.tsx'
import { classNames } from '../../ui/class-names.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { formatBytes, formatCount, formatDuration, formatPercent } from '../../ui/format.ts'
import { Notice } from '../../ui/notice.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { MemoryChart } from './memory-chart.tsx'
import { QueueMemory } from './queue-memory.tsx'

const historyMs = 10_000

/** What the Redis of one connection holds and how that changed. */
export function MemoryScreen({ connectionId }: { connectionId: string | null }) {
  const connection = useConnection(connectionId)
  if (connectionId === null || connection === undefined) return null
  if (!isOpen(connection)) {
    return (
      <EmptyState icon={<MemoryStick size={20} />} title="This connection is closed">
        Open it, and its memory is measured from then on.
      </EmptyState>
    )
  }
  return <OpenMemory connectionId={connectionId} status={connection.status} />
}

function OpenMemory({ connectionId, status }: { connectionId: string; status: ConnectionStatus }) {
  const ready = status.status === 'ready'
  const redis = useRedisStats(connectionId)
  const problem = useConnectionTelemetry(connectionId)?.redisProblem
  const history = useQuery(
    orpc.redis.memoryHistory.queryOptions({ input: { connectionId }, refetchInterval: ready ? historyMs : false }),
  )
  return (
    <div className="@container min-h-0 flex-1 overflow-y-auto">
      <div className="mx-auto flex max-w-6xl flex-col gap-5 p-5">
        {problem != null && <Notice tone="info">{problem}</Notice>}
        {redis?.policyCanEvictQueues && (
          <Notice tone="bad">
            <strong className="font-semibold text-bad">Jobs can be lost.</strong> Under {redis.maxmemoryPolicy} Redis
            deletes keys of any kind when memory runs out, whole queues among them, and nothing tells their workers. Set
            it to noeviction, in redis.conf and now:{' '}
            <code className="font-mono text-sm" data-selectable="">
              CONFIG SET maxmemory-policy noeviction
            </code>
          </Notice>
        )}
        {problem == null && (redis !== null || isOnItsWay(status)) && <KeyFigures redis={redis} />}
        <section aria-labelledby="memory-course">
          <div className="mb-2 flex items-baseline gap-4">
            <h2 id="memory-course" className="font-semibold">
              Memory over time
            </h2>
            <span className="flex items-center gap-1.5 text-sm text-muted">
              <span className="h-0.5 w-3 bg-accent" aria-hidden /> data
            </span>
            <span className="flex items-center gap-1.5 text-sm text-muted">
              <span className="w-3 border-t border-dashed border-faint" aria-hidden /> process (RSS)
            </span>
          </div>
          <div className="h-[220px]">
            {history.isPending ? (
              <Skeleton className="size-full" />
            ) : history.isError ? (
              <Notice
                tone="warn"
                action={
                  <Button size="small" onClick={() => void history.refetch()}>
                    Try again
                  </Button>
                }
              >
                {errorSentence(history.error)}
              </Notice>
            ) : history.data.length < 2 ? (
              <p className="flex h-full items-center justify-center rounded-md border border-dashed border-line text-muted">
                {ready
                  ? 'The course begins now; the first points come within a minute.'
                  : 'The course begins when Redis can be reached.'}
              </p>
            ) : (
              <MemoryChart points={history.data} limit={redis?.maxMemoryBytes ?? 0} />
            )}
          </div>
        </section>
        <QueueMemory connectionId={connectionId} />
      </div>
    </div>
  )
}

function KeyFigures({ redis }: { redis: RedisStats | null }) {
  const limited = redis !== null && redis.maxMemoryBytes > 0
  return (
    <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-lg border border-line bg-line @min-[560px]:grid-cols-4">
      <Figure label="Used" value={redis && formatBytes(redis.usedMemoryBytes)}>
        {limited
          ? `${formatPercent(redis.usedMemoryBytes / redis.maxMemoryBytes)} of ${formatBytes(redis.maxMemoryBytes)}`
          : 'no limit is set'}
      </Figure>
      <Figure label="Peak" value={redis && formatBytes(redis.peakMemoryBytes)}>
        since it started{redis && `, ${formatDuration(redis.uptimeSeconds * 1000)} ago`}
      </Figure>
      <Figure
        label="Fragmentation"
        value={redis?.fragmentation.toFixed(2)}
        warn={redis !== null && redis.fragmentation > 1.5 && redis.usedMemoryBytes > 2 ** 26}
      >
        {redis !== null && redis.fragmentation < 1 ? 'below 1: it may be swapping' : 'process to data'}
      </Figure>
      <Figure label="Policy" value={redis?.maxmemoryPolicy} warn={redis?.policyCanEvictQueues === true}>
        {redis?.policyCanEvictQueues ? 'can delete whole queues' : 'queues are safe from eviction'}
      </Figure>
      <Figure label="Keys" value={redis && formatCount(redis.keys)}>
        {redis && `${formatCount(redis.expiredKeys)} expired so far`}
      </Figure>
      <Figure
        label="Evicted"
        value={redis && formatCount(redis.evictedKeys)}
        warn={redis !== null && redis.evictedKeys > 0}
      >
        keys deleted for want of memory
      </Figure>
      <Figure label="Clients" value={redis && formatCount(redis.clients)}>
        {redis && `${formatCount(redis.blockedClients)} wait for a job`}
      </Figure>
      <Figure label="Commands" value={redis && `${formatCount(redis.opsPerSecond)}/s`}>
        {redis && `Redis ${redis.version}, ${redis.role === 'slave' ? 'replica' : redis.role}`}
      </Figure>
    </dl>
  )
}

interface FigureProps {
  label: string
  /** Null while it is on its way. */
  value: string | null | undefined
  warn?: boolean
  children: ReactNode
}

function Figure({ label, value, warn, children }: FigureProps) {
  return (
    <div className="flex min-w-0 flex-col bg-canvas px-3 py-2">
      <dt className="text-xs text-faint">{label}</dt>
      <dd className={classNames('truncate text-lg font-semibold', warn && 'text-bad')}>
        {value ?? <Skeleton className="my-1 h-3 w-20" />}
      </dd>
      <dd className="truncate text-xs text-muted">{value == null ? '\u00a0' : children}</dd>
    </div>
  )
}
