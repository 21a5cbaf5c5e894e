import type { Reply } from '../handles.ts'
import { itemsOf, stringOf } from '../shared/hashed-jobs/replies.ts'
import type { Reading } from '../system.ts'

/** Major versions whose keys and scripts Sluice knows. */
const oldest = 5
const newest = 6

/**
 * What `HMGET P:Q:meta paused version` says of a queue. `version` is `bullmq:6.7.0`, written by Queue objects alone: a
 * queue that has only workers has none, which is no reason to doubt it. Libraries built on BullMQ write a name of their
 * own before the colon, and keep more than it does. `marker` is true where wait holds the marker of BullMQ up to 4.
 */
export function statusOf(
  reply: Reply | undefined,
  marker: boolean,
): Required<Pick<Reading, 'paused' | 'version' | 'readOnly'>> {
  const [paused, stored] = itemsOf(reply)
  const [, library, version] = /^([^:]*):(\d[^:]*)$/.exec(stringOf(stored) ?? '') ?? []
  const major = Number.parseInt(version ?? '', 10)
  const known = version === undefined || (library === 'bullmq' && major >= oldest && major <= newest)
  const readOnly = !known
    ? `${library === 'bullmq' ? 'BullMQ' : library} ${version} wrote here, which this Sluice does not know: it only reads.`
    : marker
      ? 'BullMQ 4 or older wrote here, which this Sluice does not know: it only reads.'
      : null
  return { paused: Buffer.isBuffer(paused), version: version ?? null, readOnly }
}
