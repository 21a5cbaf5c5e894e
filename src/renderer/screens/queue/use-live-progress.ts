import { useState } from 'react'
import type { JobSummary } from '../../../domain/job.ts'
import type { LiveEvent } from '../../../domain/live.ts'
import { type QueueRef, queueKey } from '../../../domain/queue.ts'
import { client } from '../../api/client.ts'
import { useStream } from '../../api/use-stream.ts'
import { progressAfter } from './live-progress.model.ts'

/** What its library last told of the progress of each running job, by id; nothing while nobody follows. */
export function useLiveProgress(connectionId: string, queue: QueueRef, follow: boolean): ReadonlyMap<string, number> {
  const [progress, setProgress] = useState<ReadonlyMap<string, number>>(new Map())
  useStream(
    `progress ${connectionId} ${queueKey(queue)}`,
    follow ? (signal) => client.queues.watch({ connectionId, queue }, { signal }) : null,
    (batch: { events: LiveEvent[] }) => setProgress((before) => progressAfter(before, batch.events)),
  )
  return progress
}

/** A running job with the progress that was told since it was read; the same object where there is nothing newer. */
export function withProgress(job: JobSummary, told: ReadonlyMap<string, number>): JobSummary {
  const progress = job.id === null ? undefined : told.get(job.id)
  return progress === undefined || progress === job.progress ? job : { ...job, progress }
}
