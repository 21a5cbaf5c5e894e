import { SluiceError } from '../../domain/errors.ts'
import type { JobDetail, JobPage } from '../../domain/job.ts'
import type { QueueRef } from '../../domain/queue.ts'
import { detailLimit } from '../../domain/stored-text.ts'
import type { Reader, Reply } from '../handles.ts'
import { buffersOf } from '../shared/elements/seen.ts'
import type { PageRequest } from '../system.ts'
import { detailOf, type Element, summaryOf } from './decode.ts'
import { keyOfState } from './keys.ts'
import { digestOf, script } from './lua.ts'
import { parseRef } from './refs.ts'

/** The beginning of each payload that a list row needs: enough for its fields and its preview. */
export const rowBytes = 4096
/** A set has no order to page through: at most this many members (and up to 200 more) are looked at. */
const setLimit = 1000

/** Rows come back as [index, or score of a delayed job; size; fingerprint; beginning]; the first item is the state's size. */
const listPage = script(
  'page',
  `
local rows = { redis.call('LLEN', KEYS[1]) }
local from, to, keep = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
while from <= to do
  local chunk = redis.call('LRANGE', KEYS[1], from, math.min(to, from + 19)) -- few at a time: payloads may be big
  if #chunk == 0 then break end
  for i, v in ipairs(chunk) do rows[#rows + 1] = { from + i - 1, #v, digest(v), string.sub(v, 1, keep) } end
  from = from + #chunk
end
return rows`,
)

/** A set has no order: by fingerprint, rows keep their places between two readings. */
const setPage = script(
  'set-page',
  `
local all, seen, cursor = {}, {}, '0'
repeat
  local reply = redis.call('SSCAN', KEYS[1], cursor, 'COUNT', 200)
  cursor = reply[1]
  for _, v in ipairs(reply[2]) do
    local d = digest(v)
    if not seen[d] then
      seen[d] = true
      all[#all + 1] = { -1, #v, d, string.sub(v, 1, tonumber(ARGV[3])) }
    end
  end
until cursor == '0' or #all >= ${setLimit}
table.sort(all, function(a, b) return a[3] < b[3] end)
local rows = { redis.call('SCARD', KEYS[1]) }
for i = tonumber(ARGV[1]) + 1, math.min(tonumber(ARGV[2]) + 1, #all) do rows[#rows + 1] = all[i] end
return rows`,
)

const delayedPage = script(
  'delayed-page',
  `
local rows = { redis.call('ZCARD', KEYS[1]) }
local flat = redis.call('ZRANGE', KEYS[1], ARGV[1], ARGV[2], 'WITHSCORES')
for i = 1, #flat, 2 do
  rows[#rows + 1] = { flat[i + 1], #flat[i], digest(flat[i]), string.sub(flat[i], 1, tonumber(ARGV[3])) }
end
return rows`,
)

const listFind = script(
  'find',
  `
local at, v = find(KEYS[1], tonumber(ARGV[1]), ARGV[2])
return at and { at, #v, ARGV[2], string.sub(v, 1, tonumber(ARGV[3])) } or false`,
)

const setFind = script(
  'set-find',
  `
local cursor, seen = '0', 0
repeat
  local reply = redis.call('SSCAN', KEYS[1], cursor, 'COUNT', 200)
  cursor = reply[1]
  for _, v in ipairs(reply[2]) do
    if digest(v) == ARGV[2] then return { -1, #v, ARGV[2], string.sub(v, 1, tonumber(ARGV[3])) } end
  end
  seen = seen + #reply[2]
until cursor == '0' or seen >= ${setLimit * 10}
return false`,
)

const delayedFind = script(
  'delayed-find',
  `
for _, v in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], ARGV[1], ARGV[1], 'LIMIT', 0, 1000)) do
  if digest(v) == ARGV[2] then return { ARGV[1], #v, ARGV[2], string.sub(v, 1, tonumber(ARGV[3])) } end
end
return false`,
)

const scripts = {
  waiting: { page: listPage, find: listFind },
  dead: { page: listPage, find: listFind },
  active: { page: setPage, find: setFind },
  delayed: { page: delayedPage, find: delayedFind },
}

/** What holds in one state: how to read it by script, and the plain command for users who may not run scripts. */
function scriptsOf(state: string) {
  if (state in scripts) return scripts[state as keyof typeof scripts]
  throw new SluiceError('NOT_FOUND', 'There is no such state.')
}

const text = (reply: Reply | undefined) => (reply instanceof Buffer ? reply.toString('utf8') : '')

function elementOf(row: Reply | undefined, state: string): Element | null {
  if (!Array.isArray(row)) return null
  const [place, whole, digest, bytes] = row
  if (typeof whole !== 'number' || !(bytes instanceof Buffer)) return null
  const at = typeof place === 'number' ? place : Number(text(place))
  const where = state === 'delayed' ? { index: -1, score: at } : { index: at, score: null }
  return { ...where, whole, digest: text(digest), bytes }
}

const notPermitted = (error: unknown) => error instanceof SluiceError && error.code === 'NO_PERMISSION'
const wrongType = (error: unknown) => error instanceof SluiceError && error.code === 'WRONG_TYPE'

/** Elements `from` to `to` of a state and its size: one script. */
async function readRows(
  reader: Reader,
  key: string,
  state: string,
  from: number,
  to: number,
): Promise<{ total: number; rows: Element[] }> {
  try {
    const reply = await reader.call('EVAL', scriptsOf(state).page.lua, 1, key, from, to, rowBytes)
    const [total, ...rows] = Array.isArray(reply) ? reply : []
    return { total: Number(total ?? 0), rows: rows.map((row) => elementOf(row, state)).filter((row) => row !== null) }
  } catch (error) {
    if (!notPermitted(error) || (state !== 'waiting' && state !== 'dead')) throw error
    const total = Number(await reader.call('LLEN', key))
    const elements = buffersOf(await reader.call('LRANGE', key, from, to))
    return { total, rows: elements.map((bytes, i) => elementFrom(bytes, from + i, rowBytes)) }
  }
}

/** An element that was read without a script. */
const elementFrom = (bytes: Buffer, index: number, limit: number): Element => ({
  index,
  digest: digestOf(bytes),
  bytes: bytes.subarray(0, limit),
  whole: bytes.length,
  score: null,
})

/** 1 round trip (2 for dead letters), and never more bytes than the page's rows show. */
export async function page(
  reader: Reader,
  queue: QueueRef,
  state: string,
  { offset, limit }: PageRequest,
): Promise<JobPage> {
  const key = keyOfState(queue, state)
  const summaries = (rows: readonly Element[]) => rows.map((row) => summaryOf(row, state))
  try {
    if (state !== 'dead') {
      const { total, rows } = await readRows(reader, key, state, offset, offset + limit - 1)
      const cut =
        state === 'active' && total > setLimit ? `Showing ${setLimit} of ${total}: a set cannot be paged.` : null
      return { total, offset, jobs: summaries(rows), partial: cut }
    }
    // Dead letters are shown newest first, and the newest is the tail.
    const total = Number(await reader.call('LLEN', key))
    const to = total - 1 - offset
    if (to < 0) return { total, offset, jobs: [], partial: null }
    const { rows } = await readRows(reader, key, state, Math.max(0, to - limit + 1), to)
    return { total, offset, jobs: summaries(rows.reverse()), partial: null }
  } catch (error) {
    if (!wrongType(error)) throw error
    return { total: 0, offset, jobs: [], partial: `The key ${key} has another type than this queue system uses.` }
  }
}

/** 1 round trip: reads the job where it was seen, else nearest to it. Null when it is not there any more. */
export async function job(
  reader: Reader,
  queue: QueueRef,
  state: string,
  ref: string,
  full: boolean,
): Promise<JobDetail | null> {
  const seen = parseRef(ref)
  if (seen === null) return null
  const key = keyOfState(queue, state)
  const limit = full ? Number.MAX_SAFE_INTEGER : detailLimit
  try {
    const row = await reader.call('EVAL', scriptsOf(state).find.lua, 1, key, seen.at, seen.digest, limit)
    const element = elementOf(row, state)
    return element && detailOf(element, state, key)
  } catch (error) {
    if (wrongType(error)) return null
    if (!notPermitted(error) || (state !== 'waiting' && state !== 'dead')) throw error
    const bytes = await reader.call('LINDEX', key, seen.at)
    if (!(bytes instanceof Buffer) || digestOf(bytes) !== seen.digest) return null
    return detailOf(elementFrom(bytes, seen.at, limit), state, key)
  }
}
