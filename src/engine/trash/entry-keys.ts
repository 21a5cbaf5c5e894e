import { SluiceError } from '../../domain/errors.ts'
import type { Command, Reader, Writer } from '../../systems/handles.ts'
import { systemOf } from '../../systems/registry.ts'
import type { JournalRecord } from '../journal/journal-line.ts'
import { trashTtlOf } from '../journal/journal-line.ts'

/** Keys that are asked how large they are; of an entry that has more, the others count as their average. */
const mostMeasured = 64
/** Keys that are counted; of an entry that has more, the others count as one for each job. */
const mostCounted = 2000
/** Keys that are removed in one round trip. */
const keysAtOnce = 500

/**
 * The keys of the trash entry of an action, chunk by chunk, the entry itself last. Throws UNSUPPORTED where the system
 * cannot tell, INTERNAL for a key that is none of the trash: nothing may be moved or removed by such a list.
 */
export async function* keysOfEntry(reader: Reader, { begun }: JournalRecord): AsyncGenerator<string[], void, void> {
  const { queue, trash, action } = begun
  if (queue === null || trash === null) throw new SluiceError('UNSUPPORTED', 'This left nothing in the trash.')
  const { label, write } = systemOf(queue.system)
  if (write?.trashKeys === undefined) {
    throw new SluiceError('UNSUPPORTED', `The trash of ${label} queues can be neither moved nor emptied.`)
  }
  for await (const keys of write.trashKeys(reader, queue, { key: trash, ttlMs: trashTtlOf(action) })) {
    const strange = keys.find((key) => key !== trash && !key.startsWith(`${trash}:`))
    if (strange !== undefined) throw new SluiceError('INTERNAL', `${strange} is no key of the trash.`)
    yield keys
  }
}

/** Which of the entries are in Redis: 1 round trip. */
export async function areThere(reader: Reader, records: readonly JournalRecord[]): Promise<boolean[]> {
  const replies = await reader.pipeline(records.map(({ begun }): Command => ['EXISTS', begun.trash ?? '']))
  return replies.map((reply) => {
    if (reply instanceof Error) throw reply
    return reply === 1
  })
}

/** Memory of an entry in Redis, estimated from its first keys: 2 round trips or a few more. Null where it cannot be told. */
export async function bytesOfEntry(reader: Reader, record: JournalRecord): Promise<number | null> {
  const measured: string[] = []
  let count = 0
  try {
    for await (const keys of keysOfEntry(reader, record)) {
      measured.push(...keys.slice(0, mostMeasured - measured.length))
      count += keys.length
      if (count < mostCounted) continue
      count = Math.max(count, record.ended?.done ?? 0)
      break
    }
    const replies = await reader.pipeline(measured.map((key): Command => ['MEMORY', 'USAGE', key]))
    const sizes = replies.filter((reply) => typeof reply === 'number')
    if (sizes.length === 0) return null
    const sum = sizes.reduce((total, size) => total + size, 0)
    return measured.length === count ? sum : Math.round((sum / sizes.length) * count)
  } catch (error) {
    if (error instanceof SluiceError && ['UNSUPPORTED', 'INTERNAL', 'NO_PERMISSION'].includes(error.code)) return null
    throw error
  }
}

/** Removes keys in the background of Redis, in order: 1 round trip for 500. */
export async function unlink(writer: Writer, keys: AsyncIterable<readonly string[]>): Promise<void> {
  for await (const chunk of keys) {
    for (let from = 0; from < chunk.length; from += keysAtOnce) {
      const replies = await writer.pipeline(chunk.slice(from, from + keysAtOnce).map((key): Command => ['UNLINK', key]))
      const refused = replies.find((reply) => reply instanceof Error)
      if (refused !== undefined) throw refused
    }
  }
}
