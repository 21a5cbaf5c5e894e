import { useQuery } from '@tanstack/react-query'
import { orpc } from '../../api/client.ts'
import { errorSentence } from '../../api/error-text.ts'
import { ConnectionDot } from '../../components/connection-dot.tsx'
import { EnvironmentTag } from '../../components/environment-tag.tsx'
import { QueueName } from '../../components/queue-name.tsx'
import type { Connection } from '../../state/connections.ts'
import { Badge } from '../../ui/badge.tsx'
import { formatCounted } from '../../ui/format.ts'
import { Notice } from '../../ui/notice.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { RelativeTime } from '../../ui/time.tsx'
import { TellButton } from './tell-button.tsx'

const refreshMs = 5_000
/** Rows drawn for each connection. */
const mostRows = 300

/** Everyone who serves a queue, as Redis itself knows them. */
export function OtherWorkers({ connections }: { connections: readonly Connection[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: whoever has no mouse scrolls it with the keys
    <section aria-label="Workers by connection" tabIndex={0} className="min-h-0 flex-1 overflow-y-auto pb-4">
      {connections.map((connection) => (
        <ConnectionWorkers key={connection.profile.id} connection={connection} />
      ))}
    </section>
  )
}

function ConnectionWorkers({ connection }: { connection: Connection }) {
  const { profile, status } = connection
  const { data, error, isPending } = useQuery(
    orpc.workers.list.queryOptions({
      input: { connectionId: profile.id },
      enabled: status.status === 'ready',
      refetchInterval: refreshMs,
    }),
  )
  const ready = status.status === 'ready'
  return (
    <section aria-label={profile.name}>
      <h3 className="sticky top-0 flex h-8 items-center gap-2 border-b border-line bg-sunken px-3">
        <ConnectionDot status={status} />
        <RedisText text={profile.name} className="font-semibold" />
        <EnvironmentTag environment={profile.environment} />
        {data !== undefined && (
          <span className="ml-auto text-sm font-normal text-faint">{formatCounted(data.workers.length, 'worker')}</span>
        )}
      </h3>
      {!ready && data === undefined && (
        <p className="px-3 py-2 text-muted">Redis is not reachable at the moment, so its workers cannot be seen.</p>
      )}
      {ready && isPending && <SkeletonRows rows={3} />}
      {error !== null && (
        <Notice tone="warn" flush>
          {errorSentence(error)}
        </Notice>
      )}
      {data?.problem != null && (
        <Notice tone="info" flush>
          {data.problem}
        </Notice>
      )}
      {data?.workers.length === 0 && data.problem === null && (
        <p className="px-3 py-2 text-muted">
          Nobody is connected who waits for jobs of these queues. If jobs wait, start their workers.
        </p>
      )}
      {data !== undefined && data.workers.length > 0 && (
        <table className="@container w-full table-fixed">
          <thead className="sr-only">
            <tr>
              <th>Queue</th>
              <th>Worker</th>
              <th>Address</th>
              <th>Since</th>
            </tr>
          </thead>
          <tbody>
            {data.workers.slice(0, mostRows).map((worker) => (
              <tr
                key={`${worker.queue.system} ${worker.queue.prefix} ${worker.queue.name} ${worker.id}`}
                className="h-7 border-b border-line/60 hover:bg-hover"
              >
                <td className="w-64 px-3 @max-[900px]:w-44">
                  <QueueName queue={worker.queue} />
                </td>
                <td className="px-2">
                  <span className="flex items-center gap-2">
                    <RedisText text={worker.id} truncate mono />
                    {worker.ours && <Badge tone="accent">this desktop</Badge>}
                    {worker.status !== undefined && (
                      <Badge tone={worker.status === 'running' ? 'good' : 'warn'}>{worker.status}</Badge>
                    )}
                    {worker.detail !== undefined && (
                      <RedisText text={worker.detail} truncate className="min-w-0 text-sm text-muted" />
                    )}
                    {worker.commands?.map((command) => (
                      <TellButton key={command} connection={connection} worker={worker} command={command} />
                    ))}
                  </span>
                </td>
                <td className="w-44 px-2 text-muted @max-[900px]:hidden">
                  {worker.address === null ? '–' : <RedisText text={worker.address} truncate mono />}
                </td>
                <td className="w-28 px-3 text-end text-sm text-faint">
                  {worker.since === null ? '–' : <RelativeTime at={worker.since} />}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {data !== undefined && data.workers.length > mostRows && (
        <p className="px-3 py-1.5 text-sm text-faint">and {data.workers.length - mostRows} more</p>
      )}
    </section>
  )
}
