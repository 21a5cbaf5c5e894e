import { isUtf8 } from 'node:buffer'
import { readFields, scalarText, timeOf } from '../../../domain/json-text.ts'
import type { Reader, Reply } from '../../handles.ts'
import type { Fates, TrashSlot } from '../../system.ts'
import { digestLua, digestOf } from './digest.ts'
import type { Rewrite } from './rewrite.ts'
import { buffersOf, chunkBytes, numberOf } from './seen.ts'
import { trashKeys } from './trash-entry.ts'

/** Where jobs of a system go once they run again. */
export interface Ways {
  /** The list that they were put into. */
  readonly waiting: string
  /** Where they are while they run, and while they wait for their next try: sets, sorted sets or lists. */
  readonly underWay: readonly string[]
  /** The list of what failed, newest last; null where the system keeps none in Redis. */
  readonly failed: string | null
  /** With which bytes a failed job runs again: two that come to the same are the same job. */
  readonly rewrite: Rewrite
  /** Top-level fields that name a job, and those that say when it failed. */
  readonly idFields: readonly string[]
  readonly failedAtFields: readonly string[]
}

/** Elements of a place that are looked at, and scripts that look through what waits. */
const looked = 1000
/** Clocks of workers are not that of Redis, ms. A failure too many holds a canary; one too few lets it go on. */
const clockDrift = 60_000
const mostScans = 5

/** The last elements of a list, a sorted set or a set: at most ARGV[1], and 1 MB of them. */
const lastLua = `
local key, kind, most = KEYS[1], redis.call('TYPE', KEYS[1]).ok, tonumber(ARGV[1])
local out, bytes = {}, 0
local function add(chunk, from, to, step)
  for i = from, to, step do
    bytes = bytes + #chunk[i]
    if #out >= most or #out > 0 and bytes > ${chunkBytes} then return true end
    out[#out + 1] = chunk[i]
  end
end
if kind == 'list' or kind == 'zset' then
  local at = 1
  while #out < most do
    local chunk = redis.call(kind == 'list' and 'LRANGE' or 'ZRANGE', key, -at - 49, -at)
    if #chunk == 0 or add(chunk, #chunk, 1, -1) or #chunk < 50 then break end
    at = at + 50
  end
elseif kind == 'set' then
  local cursor = '0'
  repeat
    local reply = redis.call('SSCAN', key, cursor, 'COUNT', 50)
    cursor = reply[1]
  until add(reply[2], 1, #reply[2], 1) or cursor == '0'
end
return out`

/** Which of the fingerprints a list has, from an index down (-1: the last), 4,000 elements or 8 MB: [index to go on, ...]. */
const amongLua = `${digestLua}
if redis.call('TYPE', KEYS[1]).ok ~= 'list' then return { -1 } end
local wanted = {}
for i = 2, #ARGV do wanted[ARGV[i]] = true end
local at, seen, bytes, out = tonumber(ARGV[1]), 0, 0, { -1 }
if at < 0 then at = redis.call('LLEN', KEYS[1]) - 1 end
while at >= 0 and seen < 4000 and bytes < 8000000 do
  local from = math.max(0, at - 49)
  local chunk = redis.call('LRANGE', KEYS[1], from, at)
  for _, v in ipairs(chunk) do
    local print = digest(v)
    if wanted[print] then
      out[#out + 1] = print
      wanted[print] = nil
    end
    bytes = bytes + #v
  end
  seen, at = seen + #chunk, from - 1
end
out[1] = at
return out`

/**
 * 5 to 10 round trips, whatever the length: what became of a sample of the jobs that ran again, spread over all. One is found
 * again by its id, or by its bytes but for what a failure adds. What failed before the entry began is another failure.
 * Where more waits than is looked at, a job that is not found counts as waiting.
 */
export async function fatesOfElements(reader: Reader, trash: TrashSlot, most: number, ways: Ways): Promise<Fates> {
  const { entry } = trashKeys(trash)
  const note = await reader.call('HMGET', entry, 'kind', 'at', 'next')
  const [kind, at, next] = Array.isArray(note) ? note.map((field) => (field === null ? '' : String(field))) : []
  const jobs = await sampleOf(reader, trash, kind ?? '', Number(next ?? 0), most, ways)
  const fates = { waiting: 0, succeeded: 0, failed: 0 }
  if (jobs.length === 0) return fates

  const since = Number(at ?? 0)
  const [failures = null, ...others] = await reader.pipeline(
    [ways.failed ?? '', ...ways.underWay].map((key) => ['EVAL', lastLua, 1, key, looked]),
  )
  const failed = sightingOf(
    elementsOf(failures).filter((bytes) => ways.failed !== null && failedSince(bytes, since, ways)),
    ways,
  )
  const underWay = sightingOf(others.flatMap(elementsOf), ways)
  let open = jobs.filter((job) => {
    const state = underWay(job) ? 'waiting' : failed(job) ? 'failed' : null
    if (state !== null) fates[state]++
    return state === null
  })

  let from = -1
  for (let scans = 0; open.length > 0 && scans < mostScans; scans++) {
    const reply = await reader.call('EVAL', amongLua, 1, ways.waiting, from, ...open.map(({ print }) => print))
    const [further, ...found] = Array.isArray(reply) ? reply : []
    const prints = new Set(found.map(String))
    fates.waiting += open.filter(({ print }) => prints.has(print)).length
    open = open.filter(({ print }) => !prints.has(print))
    from = numberOf(further)
    if (from < 0) break
  }
  if (open.length === 0) return fates
  // One that failed and waits for its next try has other bytes, and the same id.
  const again = sightingOf(elementsOf(await reader.call('EVAL', lastLua, 1, ways.waiting, looked)), ways)
  for (const job of open) fates[from >= 0 || again(job) ? 'waiting' : 'succeeded']++
  return fates
}

/** A job that ran again: its id, where it has one, and the fingerprint of the bytes with which it ran. */
interface Ran {
  readonly id: string | null
  readonly print: string
}

async function sampleOf(
  reader: Reader,
  trash: TrashSlot,
  kind: string,
  next: number,
  most: number,
  ways: Ways,
): Promise<Ran[]> {
  const { items, data } = trashKeys(trash)
  const parked = kind === 'retried'
  const key = parked ? data : items
  const total = parked ? next : numberOf(await reader.call('LLEN', key))
  const count = Math.min(total, most)
  const places = Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * total) / count))
  const found = buffersOf(await reader.pipeline(places.map((place) => ['LINDEX', key, place])))
  return found.flatMap((bytes): Ran[] => {
    if (parked) {
      const again = ways.rewrite(bytes)
      return again === null ? [] : [{ id: idOf(again, ways), print: digestOf(again) }]
    }
    const match = /^[^:=]*:([0-9a-f]{40}):/.exec(bytes.subarray(0, 100).toString('latin1'))
    if (match === null) return []
    return [{ id: idOf(bytes.subarray(match[0].length), ways), print: match[1] as string }]
  })
}

/** Says whether a job is among these elements. */
function sightingOf(elements: readonly Buffer[], ways: Ways): (job: Ran) => boolean {
  const ids = new Set<string>()
  const prints = new Set<string>()
  for (const bytes of elements) {
    const id = idOf(bytes, ways)
    if (id !== null) ids.add(id)
    prints.add(digestOf(bytes))
    const again = ways.rewrite(bytes)
    if (again !== null) prints.add(digestOf(again))
  }
  return ({ id, print }) => prints.has(print) || (id !== null && ids.has(id))
}

function idOf(bytes: Buffer, { idFields }: Ways): string | null {
  if (!isUtf8(bytes)) return null
  const fields = readFields(bytes.toString('utf8'), idFields)
  for (const name of idFields) {
    const id = scalarText(fields[name])
    if (id !== null && id !== '') return `${name}:${id}`
  }
  return null
}

function failedSince(bytes: Buffer, since: number, { failedAtFields }: Ways): boolean {
  if (!isUtf8(bytes)) return true
  const fields = readFields(bytes.toString('utf8'), failedAtFields)
  const times = failedAtFields.map((name) => timeOf(fields[name])).filter((time) => time !== null)
  return times.length === 0 || Math.max(...times) >= since - clockDrift
}

const elementsOf = (reply: Reply): Buffer[] => (Array.isArray(reply) ? buffersOf(reply) : [])
