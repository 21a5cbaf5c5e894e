import { randomUUID } from 'node:crypto'
import { SluiceError } from '../../domain/errors.ts'
import type { AttemptsChoice } from '../../domain/job.ts'
import { readFields } from '../../domain/json-text.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Arg, Command, Reader, Reply, Script, Writer } from '../handles.ts'
import { digestLua, digestOf } from '../shared/elements/digest.ts'
import { chunkBytes, chunksOf, numberOf, numbersOf } from '../shared/elements/seen.ts'
import { renewedBytes } from '../shared/laravel-payloads/copy.ts'
import { tagsOf } from '../shared/laravel-payloads/payload.ts'
import { inOneSlot } from '../shared/one-slot.ts'
import type { Run, StepOutcome, TrashSlot } from '../system.ts'
import { findPrefixes } from './database.ts'
import { parseRef, refOf } from './decode.ts'
import { keyOf, laravelKeys } from './keys.ts'
import { retriesOf, retriesText, withRetry } from './retried.ts'

/** Jobs that are read and retried at one time. */
const atOnce = 25
/** Seconds that Horizon keeps a pending job's hash, by default. */
const pendingLives = 3600
/** Tags that are watched, at most this many. */
const mostTags = 1000

export const slotSentence =
  "The keys of this Horizon lie in different slots of the cluster, so no script can change a job's records at one time."

interface Job {
  readonly ref: string
  readonly id: string
  readonly score: string
}

/** What is read of a failed job before it is retried. */
const read = ['status', 'queue', 'connection', 'name', 'payload', 'retried_by'] as const

/**
 * Makes new jobs of failed ones, as Horizon does: new hash, its places, its end, the note in the old hash, and only then
 * the push and the wake-up, so that no worker gets a job that Horizon does not know. KEYS: failed_jobs, recent_jobs,
 * pending_jobs, then for each old hash, new hash, queue, its wake-ups, its watched tags. ARGV: float seconds,
 * when the new hashes end, then for each old id, score, digest of its payload, retried_by as read, retried_by to be, new
 * id, connection, queue, name, new payload, how many tags. Returns 1, 0 for one that left, -1 for one that changed.
 * Each place is read before anything is written: Redis undoes nothing of a script that fails half-way.
 */
const retryScript: Script = {
  name: 'horizon.retry',
  lua: `${digestLua}
local now, ends = ARGV[1], ARGV[2]
for i = 1, 3 do redis.call('ZCARD', KEYS[i]) end
local result, k, a = {}, 4, 3
while a <= #ARGV do
  local old, new, list, wake = KEYS[k], KEYS[k + 1], KEYS[k + 2], KEYS[k + 3]
  local id, newId, payload, tags = ARGV[a], ARGV[a + 5], ARGV[a + 9], tonumber(ARGV[a + 10])
  local score = redis.call('ZSCORE', KEYS[1], id)
  local was = redis.call('HMGET', old, 'status', 'payload', 'retried_by')
  local code = 1
  redis.call('LLEN', list)
  redis.call('LLEN', wake)
  for i = 1, tags do redis.call('ZCARD', KEYS[k + 3 + i]) end
  if not score or tonumber(score) ~= tonumber(ARGV[a + 1]) then code = 0
  elseif was[1] ~= 'failed' or not was[2] or digest(was[2]) ~= ARGV[a + 2] or (was[3] or '') ~= ARGV[a + 3] then code = -1
  else
    redis.call('HSET', new, 'id', newId, 'connection', ARGV[a + 6], 'queue', ARGV[a + 7], 'name', ARGV[a + 8],
      'status', 'pending', 'payload', payload, 'created_at', now, 'updated_at', now)
    redis.call('EXPIREAT', new, ends)
    redis.call('ZADD', KEYS[2], '-' .. now, newId)
    redis.call('ZADD', KEYS[3], '-' .. now, newId)
    for i = 1, tags do redis.call('ZADD', KEYS[k + 3 + i], now, newId) end
    redis.call('HSET', old, 'retried_by', ARGV[a + 4])
    redis.call('RPUSH', list, payload)
    redis.call('RPUSH', wake, '1')
  end
  result[#result + 1] = code
  k, a = k + 4 + tags, a + 11
end
return result`,
}

/**
 * 3 round trips and 1 script per 25 jobs: each failed job is run again as a new job with all its attempts, and stays
 * where it is, with a note. One whose retry is under way, or went well, is refused; one whose retry failed is not.
 */
export async function retry(
  writer: Writer,
  queue: QueueRef,
  _state: string,
  refs: readonly string[],
): Promise<StepOutcome> {
  const jobs: Job[] = []
  const refused: StepOutcome['refused'] = []
  for (const ref of new Set(refs)) {
    const parsed = parseRef(ref)
    if (parsed) jobs.push({ ref, ...parsed })
    else refused.push({ ref, reason: 'This does not name a job of this state.' })
  }
  const outcome = { done: 0, missing: 0, refused }
  const context = await contextOf(writer, queue)
  for (const chunk of chunksOf(jobs, atOnce)) add(outcome, await retryChunk(writer, queue, chunk, context))
  return outcome
}

/**
 * The same for all that failed until now and were not retried yet: 1 round trip per 1,000 ids more. What cannot be retried
 * is told in one line, by its reason and how many there are.
 */
export async function retryAll(
  writer: Writer,
  queue: QueueRef,
  _state: string,
  _trash: TrashSlot,
  _attempts: AttemptsChoice,
  run: Run,
): Promise<StepOutcome> {
  const jobs = await allFailed(writer, queue)
  const context = await contextOf(writer, queue)
  const total = { done: 0, missing: 0 }
  const reasons = new Map<string, number>()
  let behind = 0
  for (const chunk of chunksOf(jobs, atOnce)) {
    if (run.signal.aborted) break
    const { done, missing, refused } = await retryChunk(writer, queue, chunk, context)
    total.done += done
    total.missing += missing
    for (const { reason } of refused) {
      const kind = reason.startsWith('Already retried') ? 'Already retried.' : reason
      reasons.set(kind, (reasons.get(kind) ?? 0) + 1)
    }
    behind += chunk.length
    run.progress(behind, jobs.length)
  }
  const refused = Array.from(reasons, ([reason, count]) => ({ ref: 'failed', reason: `${count} jobs: ${reason}` }))
  return { ...total, refused }
}

/** Failed jobs, oldest first; a job that fails meanwhile comes behind them and is left out. */
async function allFailed(reader: Reader, queue: QueueRef): Promise<Job[]> {
  const key = keyOf(queue, 'failed_jobs')
  const count = numberOf(await reader.call('ZCARD', key))
  const jobs = new Map<string, Job>()
  for (let from = 0; from < count; from += 1000) {
    const to = Math.min(count, from + 1000) - 1
    const flat = textsOf(await reader.call('ZREVRANGE', key, from, to, 'WITHSCORES'))
    for (let i = 0; i < flat.length; i += 2) {
      const [id = '', score = ''] = flat.slice(i, i + 2)
      jobs.set(id, { ref: refOf({ id, score }), id, score })
    }
  }
  return [...jobs.values()]
}

/** What holds for all jobs of one action: tags that are watched, and prefixes of Laravel queues that were found. */
interface Context {
  readonly watched: ReadonlySet<string>
  readonly prefixes: Map<string, string>
}

async function contextOf(reader: Reader, queue: QueueRef): Promise<Context> {
  const tags = textsOf(await reader.call('SRANDMEMBER', keyOf(queue, 'monitoring'), mostTags))
  return { watched: new Set(tags), prefixes: new Map() }
}

async function retryChunk(
  writer: Writer,
  queue: QueueRef,
  chunk: readonly Job[],
  { watched, prefixes }: Context,
): Promise<StepOutcome> {
  const outcome: StepOutcome = { done: 0, missing: 0, refused: [] }
  const refuse = (ref: string, reason: string) => outcome.refused.push({ ref, reason })
  const [time, ...hashes] = await writer.pipeline([
    ['TIME'],
    ...chunk.map(({ id }): Command => ['HMGET', keyOf(queue, id), ...read]),
  ])
  const [seconds = '0', micros = '0'] = textsOf(time)
  const now = `${seconds}.${micros.padStart(6, '0').slice(0, 4)}`
  const ready: { job: Job; keys: string[]; args: Arg[]; name: string }[] = []
  for (const [i, job] of chunk.entries()) {
    const [status, name, connection, displayName, payload, retriedBy] = buffersOf(hashes[i])
    const retries = retriesOf(retriedBy?.toString())
    const newId = randomUUID()
    if (!status || !payload || !name) refuse(job.ref, 'Its record has expired, or lacks its payload or its queue.')
    else if (status.toString() !== 'failed') refuse(job.ref, `It is ${status.toString()} now.`)
    else if (retries.some((each) => each.status !== 'failed')) {
      refuse(job.ref, `Already retried (${retriesText(retries)}).`)
    } else {
      const renewed = renewedBytes(payload, Number(now) * 1000, { id: newId, of: job.id })
      if (renewed === null) {
        refuse(job.ref, 'This is no payload that a worker could run.')
        continue
      }
      const tags = (tagsOf(readFields(renewed.toString(), ['tags']).tags) ?? []).filter((tag) => watched.has(tag))
      const note = withRetry(retriedBy?.toString(), newId, Number(seconds))
      ready.push({
        job,
        name: name.toString(),
        keys: [keyOf(queue, job.id), keyOf(queue, newId), ...tags.map((tag) => keyOf(queue, tag))],
        args: [
          ...[job.id, job.score, digestOf(payload), retriedBy ?? '', note, newId],
          ...[connection ?? 'redis', name, displayName ?? '', renewed, tags.length],
        ],
      })
    }
  }
  if (ready.length === 0) return outcome
  await findPrefixes(writer, queue, ready.map(({ name }) => name), prefixes) // biome-ignore format: one line
  const sets = ['failed_jobs', 'recent_jobs', 'pending_jobs'].map((name) => keyOf(queue, name))
  for (const part of bySize(ready)) {
    const keys = part.flatMap(({ name, keys: [old = '', fresh = '', ...tags] }) => {
      const { list, notify } = laravelKeys(prefixes.get(name) ?? '', name)
      return [old, fresh, list, notify, ...tags]
    })
    const args = [now, Number(seconds) + pendingLives, ...part.flatMap((each) => each.args)]
    const codes = await inOneSlot(slotSentence, async () =>
      numbersOf(await writer.run(retryScript, [...sets, ...keys], args)),
    )
    for (const [i, { job }] of part.entries()) {
      if (codes[i] === 1) outcome.done++
      else if (codes[i] === -1) refuse(job.ref, 'It changed since it was read: look at it again.')
      else outcome.missing++
    }
  }
  return outcome
}

/** Jobs in groups whose payloads make about 1 MB. */
function bySize<T extends { args: readonly Arg[] }>(jobs: readonly T[]): T[][] {
  const groups: T[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const job of jobs) {
    const size = job.args.reduce<number>((sum, arg) => sum + (arg instanceof Buffer ? arg.length : 0), 0)
    if (bytes + size > chunkBytes) {
      groups.push([])
      bytes = 0
    }
    groups.at(-1)?.push(job)
    bytes += size
  }
  return groups
}

function add(outcome: StepOutcome, { done, missing, refused }: StepOutcome): void {
  outcome.done += done
  outcome.missing += missing
  outcome.refused.push(...refused)
}

const textsOf = (reply: Reply | undefined): string[] =>
  Array.isArray(reply) ? reply.map((each) => (each instanceof Buffer ? each.toString('utf8') : '')) : []

/** Texts of a hash in order; null for one that it lacks. An error is none of them: the key has another type. */
function buffersOf(reply: Reply | undefined): (Buffer | null)[] {
  if (reply instanceof SluiceError && reply.code !== 'WRONG_TYPE') throw reply
  return Array.isArray(reply) ? reply.map((each) => (each instanceof Buffer ? each : null)) : []
}
