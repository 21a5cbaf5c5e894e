import type { JobDetail } from '../../domain/job.ts'
import type { QueueRef } from '../../domain/queue.ts'
import { detailLimit } from '../../domain/stored-text.ts'
import type { Reader, Reply } from '../handles.ts'
import { detailOf, type Field, type Sighting } from './detail.ts'
import { isStateId, keyOfState, keysOfJob, places, type StateId, stateIds } from './keys.ts'
import { fieldBytes, jobLua, logLimit, lookLimit, stackBytes } from './lua.ts'
import { clockOf } from './page.ts'
import { parseRef } from './refs.ts'
import { isWrongType, itemsOf, numberOf } from './replies.ts'

const lists = stateIds.filter((state) => places[state].type === 'list')
const sets = stateIds.filter((state) => places[state].type === 'zset')

/**
 * 1 round trip, one script that sees one moment (2 where the user may not run scripts, and then the whole hash travels).
 * O(1) but for LPOS: up to 10,000 ids from the end of each list that runs next. A job that went on since the page was
 * read is shown where it is now; null when its id is in no state any more. Bull 4.
 */
export async function job(
  reader: Reader,
  queue: QueueRef,
  state: string,
  ref: string,
  full: boolean,
): Promise<JobDetail | null> {
  const seen = parseRef(ref)
  if (seen === null || !isStateId(state)) return null
  const own = keysOfJob(queue, seen.id)
  const keys = [...Object.values(own), ...[...lists, ...sets].map((each) => keyOfState(queue, each))]
  const [reply, time] = await reader.pipeline([
    ['EVAL', jobLua, keys.length, ...keys, seen.id, full ? -1 : detailLimit, lists.length, ...lists, ...sets],
    ['TIME'],
  ])
  const sighting = Array.isArray(reply)
    ? sightingOf(reply)
    : await sightPlainly(reader, queue, seen.id, own, full ? Number.POSITIVE_INFINITY : detailLimit)
  const now = stateNow(sighting, state)
  return now === null ? null : detailOf({ queue, id: seen.id, state: now, sighting, now: clockOf(time) })
}

/** The asked state if the id is (or may be) still there, else where it is; null for nowhere. */
function stateNow({ found, unsure, fields }: Sighting, asked: StateId): StateId | null {
  if (found.has(asked)) return asked
  const [elsewhere] = found.keys()
  return elsewhere ?? (unsure && fields.length > 0 ? asked : null)
}

function sightingOf(reply: readonly Reply[]): Sighting {
  const [fields, placesFound, unsure, token, ttl, logs, logCount] = reply
  const pairs = itemsOf(placesFound)
  const found = new Map<StateId, number | null>()
  for (let i = 0; i < pairs.length; i += 2) {
    const state = String(pairs[i])
    if (isStateId(state)) found.set(state, numberOf(pairs[i + 1]))
  }
  return {
    fields: itemsOf(fields).flatMap((field): Field[] => {
      const [name, size, value] = itemsOf(field)
      return Buffer.isBuffer(name) && typeof size === 'number' && Buffer.isBuffer(value)
        ? [{ name: name.toString('utf8'), size, value }]
        : []
    }),
    wrongType: false,
    found,
    unsure: unsure === 1,
    ...sideOf(token, ttl, logs, logCount),
  }
}

/** The same by plain reads. They are not one moment: a job that moves meanwhile may be seen nowhere, so nothing is sure. */
async function sightPlainly(
  reader: Reader,
  queue: QueueRef,
  id: Buffer,
  own: ReturnType<typeof keysOfJob>,
  limit: number,
): Promise<Sighting> {
  const [hash, token, ttl, lines, count, ...searched] = await reader.pipeline([
    ['HGETALL', own.hash],
    ['GET', own.lock],
    ['PTTL', own.lock],
    ['LRANGE', own.logs, -logLimit, -1],
    ['LLEN', own.logs],
    ...lists.map((state) => ['LPOS', keyOfState(queue, state), id, 'RANK', -1, 'MAXLEN', lookLimit] as const),
    ...sets.map((state) => ['ZSCORE', keyOfState(queue, state), id] as const),
  ])
  if (hash instanceof Error && !isWrongType(hash)) throw hash
  const found = new Map<StateId, number | null>()
  for (const [i, state] of [...lists, ...sets].entries()) {
    const reply = searched[i]
    if (typeof reply === 'number') found.set(state, null)
    else if (Buffer.isBuffer(reply)) found.set(state, numberOf(reply))
  }
  const flat = itemsOf(hash)
  const fields = flat.flatMap((name, i): Field[] => {
    const value = flat[i + 1]
    if (i % 2 === 1 || !Buffer.isBuffer(name) || !Buffer.isBuffer(value)) return []
    return [{ name: name.toString('utf8'), size: value.length, value: value.subarray(0, keptOf(String(name), limit)) }]
  })
  return { fields, wrongType: hash instanceof Error, found, unsure: true, ...sideOf(token, ttl, lines, count) }
}

const keptOf = (name: string, limit: number) =>
  name === 'data' || name === 'returnvalue' ? limit : name === 'stacktrace' ? stackBytes : fieldBytes

function sideOf(
  token: Reply | undefined,
  ttl: Reply | undefined,
  logs: Reply | undefined,
  logCount: Reply | undefined,
) {
  return {
    lock: Buffer.isBuffer(token) ? { token: token.toString('utf8'), ttl: typeof ttl === 'number' ? ttl : -1 } : null,
    logs: itemsOf(logs).flatMap((line) =>
      Buffer.isBuffer(line) ? [line.subarray(0, fieldBytes).toString('utf8')] : [],
    ),
    logCount: typeof logCount === 'number' ? logCount : 0,
  }
}
