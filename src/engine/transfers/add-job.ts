import { SluiceError } from '../../domain/errors.ts'
import type { NewJob } from '../../domain/job.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Writer } from '../../systems/handles.ts'
import type { QueueSystem } from '../../systems/system.ts'

/** Errors that are about the one job: the next may still be added. */
const aboutTheJob: readonly string[] = ['INVALID_INPUT', 'CHANGED', 'UNSUPPORTED']

/** Adds a job; null when that is done, else the reason why it was refused. Throws what is not about this one job. */
export async function addedOrRefused(
  system: QueueSystem,
  writer: Writer,
  queue: QueueRef,
  job: NewJob,
): Promise<string | null> {
  try {
    const outcome = await system.write?.add?.(writer, queue, job)
    if (outcome === undefined) return `${system.label} queues take no new jobs here.`
    return outcome.done === 1 ? null : (outcome.refused[0]?.reason ?? 'It was not added.')
  } catch (error) {
    if (error instanceof SluiceError && aboutTheJob.includes(error.code)) return error.message
    throw error
  }
}
