import { ListChecks } from 'lucide-react'
import { useState } from 'react'
import type { JobRecord } from '../../../domain/job-record.ts'
import type { PoolStatus } from '../../../domain/pool.ts'
import { queueKey } from '../../../domain/queue.ts'
import { client } from '../../api/client.ts'
import { errorSentence } from '../../api/error-text.ts'
import { useStream } from '../../api/use-stream.ts'
import { useQueueSample } from '../../state/telemetry.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { formatCount } from '../../ui/format.ts'
import { Notice } from '../../ui/notice.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { EndedJob, RunningJob } from './job-record-rows.tsx'
import { noJobSentence, queueOf } from './pool-words.model.ts'

interface Jobs {
  running: JobRecord[]
  ended: JobRecord[]
}

/** What a pool does now, and what became of what it did last. */
export function PoolJobs({ pool }: { pool: PoolStatus }) {
  const [jobs, setJobs] = useState<Jobs | null>(null)
  const state = useStream(pool.id, (signal) => client.pools.jobs({ id: pool.id }, { signal }), setJobs)
  const works = pool.state === 'running' || pool.state === 'draining' || pool.state === 'starting'
  return (
    <>
      {state.phase === 'failed' && (
        <Notice tone="warn" flush>
          {errorSentence(state.error)}
        </Notice>
      )}
      {jobs === null ? (
        state.phase !== 'failed' && <SkeletonRows rows={8} rowHeight={44} />
      ) : jobs.running.length + jobs.ended.length === 0 ? (
        <EmptyState icon={<ListChecks size={20} />} title={works ? 'No job yet' : 'No job was done'}>
          <WhyNone pool={pool} works={works} />
        </EmptyState>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: whoever has no mouse scrolls it with the keys
        <section aria-label="Jobs of this pool" tabIndex={0} className="min-h-0 flex-1 overflow-y-auto pb-4">
          <Heading count={jobs.running.length} of={pool.active}>
            Running
          </Heading>
          {jobs.running.length === 0 && <p className="px-3 py-2 text-muted">Nothing at the moment.</p>}
          <ul aria-label="Running jobs">
            {jobs.running.map((record) => (
              <RunningJob key={record.key} record={record} />
            ))}
          </ul>
          <Heading count={jobs.ended.length}>Ended</Heading>
          {jobs.ended.length === 0 && <p className="px-3 py-2 text-muted">None of them has ended yet.</p>}
          <ul aria-label="Ended jobs">
            {jobs.ended.map((record) => (
              <EndedJob key={record.key} record={record} />
            ))}
          </ul>
        </section>
      )}
    </>
  )
}

/** Why there is no job to see, and what to do about it. */
function WhyNone({ pool: { config, paused }, works }: { pool: PoolStatus; works: boolean }) {
  const sample = useQueueSample(config.connectionId, queueKey(queueOf(config)))
  return noJobSentence({ works, paused, waiting: sample === undefined ? null : (sample.kinds.waiting ?? 0) })
}

/** `of` says how many there are where not all are listed. */
function Heading({ count, of = count, children }: { count: number; of?: number; children: string }) {
  return (
    <h3 className="sticky top-0 z-10 flex h-7 items-center gap-1.5 border-b border-line bg-sunken px-3 text-sm font-medium text-muted">
      {children}
      <span className="font-normal text-faint">
        {of > count && count >= 100 ? `${formatCount(count)} of ${formatCount(of)}` : formatCount(count)}
      </span>
    </h3>
  )
}
