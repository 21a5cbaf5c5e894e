import { SluiceError } from '../../domain/errors.ts'
import type { Outcome } from '../../domain/operation.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Reader } from '../../systems/handles.ts'
import { defaultPrefix, keysOf } from '../../systems/plain-list/keys.ts'
import { digestOf } from '../../systems/plain-list/lua.ts'
import { systemOf } from '../../systems/registry.ts'
import type { Operations } from '../operations/operations.ts'

/**
 * The answers that the helper functions of hand-built email and SMS queues used to give (get_queue_stats,
 * get_dead_letter_jobs, retry_dead_letter_job), with the same names and numbers, for scripts that knew them.
 */
const queueOf = (name: string): QueueRef => ({ system: 'plain-list', prefix: defaultPrefix, name })

/** 1 round trip for all queues: pending, processing and dead letters by queue name. */
export async function queueStats(
  reader: Reader,
  queues: readonly QueueRef[],
): Promise<Record<string, { pending: number; processing: number; dead_letter: number }>> {
  const lists = queues.filter(({ system }) => system === 'plain-list')
  const plan = systemOf('plain-list').sample(lists)
  const readings = plan.read(await reader.pipeline(plan.commands), Date.now())
  return Object.fromEntries(
    readings.map(({ queue, states }) => [
      queue.name,
      { pending: states.waiting ?? 0, processing: states.active ?? 0, dead_letter: states.dead ?? 0 },
    ]),
  )
}

/** 1 round trip: dead letters `start` to `start + limit - 1`, oldest first, as stored. */
export async function deadLetters(
  reader: Reader,
  name: string,
  start: number,
  limit: number,
): Promise<{ total: number; entries: string[] }> {
  const key = keysOf(queueOf(name)).dead
  const [total, entries] = await reader.pipeline([
    ['LLEN', key],
    ['LRANGE', key, start, start + limit - 1],
  ])
  if (total instanceof Error) throw total
  return { total: Number(total), entries: Array.isArray(entries) ? entries.map(String) : [] }
}

/** Retries the dead letter at an index as it is now, or the one with exactly this content wherever it is. */
export async function retryDeadLetter(
  reader: Reader,
  operations: Operations,
  connectionId: string,
  name: string,
  which: { index: number } | { content: string },
): Promise<Outcome> {
  const queue = queueOf(name)
  const key = keysOf(queue).dead
  const index = 'index' in which ? which.index : await reader.call('LPOS', key, Buffer.from(which.content))
  const bytes = typeof index === 'number' ? await reader.call('LINDEX', key, index) : null
  if (!(bytes instanceof Buffer)) throw new SluiceError('NOT_FOUND', `${name} has no such dead letter.`)
  return operations.retry({ connectionId, queue, state: 'dead' }, [`${index}:${digestOf(bytes)}`])
}
