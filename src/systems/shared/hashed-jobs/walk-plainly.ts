import type { Command, Reader, Reply } from '../../handles.ts'
import { isWrongType, itemsOf } from './replies.ts'
import { largePayload, stepBytes } from './walk.lua.ts'
import {
  type Asked,
  hashOf,
  placesIn,
  rangeName,
  type Stretch,
  startIn,
  type WalkedRow,
  type WalkSource,
} from './walk-source.ts'

/**
 * A stretch of a walk for a user who may not run scripts, or in a cluster where the hashes lie in other slots: 3 round
 * trips. The same as `walkLua` but for the moment: a job that changes between the reads is told as it was last.
 */
export async function readPlainly(reader: Reader, source: WalkSource, asked: Asked): Promise<Stretch | null> {
  const { key } = source
  const { from, to, payloads } = asked
  const reply = await (source.from === 'tail'
    ? reader.call('LRANGE', key, -to - 1, -from - 1)
    : reader.call(rangeName(source), key, from, to, 'WITHSCORES'))
  const places = source.from === 'tail' ? listed(reply) : placesIn(reply)
  const passed = startIn(places, asked)
  if (passed === null) return null
  const jobs = places.slice(passed)
  if (jobs.length === 0) return { passed, rows: [] }
  const names = source.fields.map(([name]) => name)
  const perJob = source.locks ? 3 : 2
  const replies = await reader.pipeline(
    jobs.flatMap(({ id }): Command[] => {
      const hash = hashOf(source, id)
      const reads: Command[] = [
        ['HSTRLEN', hash, source.payload],
        ['HMGET', hash, ...names],
      ]
      return source.locks ? [...reads, ['EXISTS', Buffer.concat([hash, Buffer.from(':lock')])]] : reads
    }),
  )
  const refused = replies.find((each) => each instanceof Error && !isWrongType(each))
  if (refused instanceof Error) throw refused
  const rows: WalkedRow[] = []
  let bytes = 0
  for (const [i, { id, score }] of jobs.entries()) {
    const [size, values, lock] = replies.slice(i * perJob, (i + 1) * perJob)
    const length = typeof size === 'number' ? size : -1
    if (payloads && rows.length > 0 && (length > largePayload || bytes + length > stepBytes)) break
    bytes += Math.max(0, length)
    rows.push({ id, score, size: length, locked: lock === 1, payload: null, values: cut(source, values) })
    if (payloads && length > largePayload) break
  }
  return { passed, rows: payloads ? await withPayloads(reader, source, rows) : rows }
}

function listed(reply: Reply) {
  return itemsOf(reply)
    .flatMap((id) => (Buffer.isBuffer(id) ? [{ id, score: null }] : []))
    .reverse()
}

function cut({ fields }: WalkSource, reply: Reply | undefined): (Buffer | null)[] {
  const values = itemsOf(reply)
  return fields.map(([, limit], i) => {
    const value = values[i]
    return Buffer.isBuffer(value) ? value.subarray(0, limit) : null
  })
}

async function withPayloads(reader: Reader, source: WalkSource, rows: readonly WalkedRow[]): Promise<WalkedRow[]> {
  const wanted = rows.filter(({ size }) => size > 0 && size <= largePayload)
  if (wanted.length === 0) return [...rows]
  const replies = await reader.pipeline(wanted.map(({ id }): Command => ['HGET', hashOf(source, id), source.payload]))
  const payloads = new Map(wanted.map((row, i) => [row, replies[i]]))
  return rows.map((row) => {
    const payload = payloads.get(row)
    return { ...row, payload: Buffer.isBuffer(payload) ? payload : null }
  })
}
