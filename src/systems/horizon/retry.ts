import { randomUUID } from 'node:crypto'
import { SluiceError } from '../../domain/errors.ts'
import type { AttemptsChoice } from '../../domain/job.ts'
import { readFields } from '../../domain/json-text.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Arg, Command, Reader, Reply, Writer } from '../handles.ts'
import { digestOf } from '../shared/elements/digest.ts'
import { chunkBytes, numbersOf } from '../shared/elements/seen.ts'
import { describeRemoved, trashKeys } from '../shared/elements/trash-entry.ts'
import { renewedBytes } from '../shared/laravel-payloads/copy.ts'
import { tagsOf } from '../shared/laravel-payloads/payload.ts'
import { inOneSlot } from '../shared/one-slot.ts'
import type { Frozen, Run, StepOutcome, TrashSlot } from '../system.ts'
import { findPrefixes } from './database.ts'
import { parseRef, refOf } from './decode.ts'
import { keyOf, laravelKeys } from './keys.ts'
import { retriesOf, retriesText, withRetry } from './retried.ts'
import { retryScript } from './retry-script.ts'

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
 * 3 round trips and 1 script per 25 jobs or 1 MB: each failed job is run again as a new job with all its attempts, and
 * stays where it is, with a note. One whose retry is under way, or went well, is refused; one whose retry failed is not.
 */
export async function retry(
  writer: Writer,
  queue: QueueRef,
  state: string,
  refs: readonly string[],
  _attempts: AttemptsChoice,
  trash: TrashSlot,
): Promise<StepOutcome> {
  const jobs: Job[] = []
  const refused: StepOutcome['refused'] = []
  for (const ref of new Set(refs)) {
    const parsed = parseRef(ref)
    if (parsed) jobs.push({ ref, ...parsed })
    else refused.push({ ref, reason: 'This does not name a job of this state.' })
  }
  const outcome = { done: 0, missing: 0, refused }
  const context = await contextOf(writer, queue, state, trash)
  for (let from = 0; from < jobs.length; ) {
    const { came, ...step } = await retryChunk(writer, queue, jobs.slice(from, from + atOnce), context, null)
    outcome.done += step.done
    outcome.missing += step.missing
    outcome.refused.push(...step.refused)
    from += came
  }
  return outcome
}

/**
 * The same for all that had failed at a moment and were not retried yet, oldest first: 1 round trip per 25 more. What
 * cannot be retried is told in one line, by its reason and how many there are. The entry of the trash knows how far it
 * came, because a retried job stays among the failed ones.
 */
export async function retryAll(
  writer: Writer,
  queue: QueueRef,
  state: string,
  frozen: Frozen,
  trash: TrashSlot,
  _attempts: AttemptsChoice,
  run: Run,
): Promise<StepOutcome> {
  const context = await contextOf(writer, queue, state, trash)
  const { entry } = trashKeys(trash)
  for (;;) {
    const so = await soFar(writer, entry)
    const behind = so.done + so.refused.reduce((sum, { count }) => sum + count, 0)
    const open = Math.max(0, frozen.count - behind)
    const outcome = { done: so.done, refused: so.refused.map(({ reason, count }) => ({ ref: 'failed', reason: `${count} jobs: ${reason}` })) } // biome-ignore format: one line
    if (behind > 0) run.progress(behind, Math.max(behind, frozen.count))
    const jobs = open === 0 ? [] : await failedAfter(writer, queue, so.passed, frozen.mark)
    if (jobs.length === 0) return { ...outcome, missing: open }
    const most = run.signal.aborted ? 0 : await run.next(Math.min(atOnce, open))
    if (most === 0) return { ...outcome, missing: 0, ...(open > 0 && { left: open }) }
    await retryChunk(writer, queue, jobs.slice(0, most), context, placeOf)
  }
}

const placeOf = ({ score, id }: Job) => `${score}:${id}`

const refusedPrefix = 'refused:'
const changed = 'It changed since it was read: look at it again.'

/** What the entry of the trash says of a retry of all: how many were done and refused, and the last job come to. */
async function soFar(reader: Reader, entry: string) {
  const fields = textsOf(await reader.call('HGETALL', entry))
  let done = 0
  let passed: Omit<Job, 'ref'> | null = null
  const refused: { reason: string; count: number }[] = []
  for (let i = 0; i < fields.length; i += 2) {
    const [name = '', value = ''] = fields.slice(i, i + 2)
    if (name === 'done') done = Number(value)
    else if (name === 'passed') passed = parseRef(value)
    else if (name.startsWith(refusedPrefix)) {
      const reason = name.slice(refusedPrefix.length)
      refused.push({ reason: reason === 'changed' ? changed : reason, count: Number(value) })
    }
  }
  return { done, passed, refused }
}

/**
 * The next failed jobs behind the one that was come to last, oldest first, of those that had failed at the moment. Scores
 * are negative times, and equal ones are in the order of their ids, which this order turns round.
 */
async function failedAfter(
  reader: Reader,
  queue: QueueRef,
  passed: Omit<Job, 'ref'> | null,
  mark: string,
): Promise<Job[]> {
  const key = keyOf(queue, 'failed_jobs')
  for (let limit = atOnce * 2; ; limit *= 4) {
    const from = passed?.score ?? '+inf'
    const flat = textsOf(await reader.call('ZREVRANGEBYSCORE', key, from, `-${mark}`, 'WITHSCORES', 'LIMIT', 0, limit))
    const jobs = flat.flatMap((id, i): Job[] => {
      const score = flat[i + 1] ?? ''
      return i % 2 === 0 ? [{ ref: refOf({ id, score }), id, score }] : []
    })
    const next = jobs.filter((job) => passed === null || isBehind(job, passed))
    if (next.length > 0 || jobs.length < limit) return next.slice(0, atOnce)
  }
}

function isBehind(job: Job, passed: Omit<Job, 'ref'>): boolean {
  const [one, other] = [Number(job.score), Number(passed.score)]
  return one < other || (one === other && Buffer.compare(Buffer.from(job.id), Buffer.from(passed.id)) < 0)
}

/** What holds for all jobs of one action: tags that are watched, and prefixes of Laravel queues that were found. */
interface Context {
  readonly trash: TrashSlot
  /** What the trash holds. */
  readonly of: string
  readonly watched: ReadonlySet<string>
  readonly prefixes: Map<string, string>
}

async function contextOf(reader: Reader, queue: QueueRef, state: string, trash: TrashSlot): Promise<Context> {
  const tags = textsOf(await reader.call('SRANDMEMBER', keyOf(queue, 'monitoring'), mostTags))
  return { trash, of: describeRemoved(queue, state), watched: new Set(tags), prefixes: new Map() }
}

/**
 * Retries the first of these jobs, as many as make 1 MB; `came` is how many. `place` names the last one where the trash is
 * to know how far this came.
 */
async function retryChunk(
  writer: Writer,
  queue: QueueRef,
  chunk: readonly Job[],
  { trash, of, watched, prefixes }: Context,
  place: ((job: Job) => string) | null,
): Promise<StepOutcome & { came: number }> {
  const outcome = { done: 0, missing: 0, refused: [] as StepOutcome['refused'], came: 0 }
  const reasons = new Map<string, number>()
  const refuse = (ref: string, reason: string, kind = reason) => {
    outcome.refused.push({ ref, reason })
    reasons.set(kind, (reasons.get(kind) ?? 0) + 1)
  }
  const [time, ...hashes] = await writer.pipeline([
    ['TIME'],
    ...chunk.map(({ id }): Command => ['HMGET', keyOf(queue, id), ...read]),
  ])
  const [seconds = '0', micros = '0'] = textsOf(time)
  const now = `${seconds}.${micros.padStart(6, '0').slice(0, 4)}`
  const ready: { job: Job; keys: string[]; args: Arg[]; name: string }[] = []
  let bytes = 0
  for (const [i, job] of chunk.entries()) {
    const [status, name, connection, displayName, payload, retriedBy] = buffersOf(hashes[i])
    bytes += payload?.length ?? 0
    if (outcome.came > 0 && bytes > chunkBytes) break
    outcome.came++
    const retries = retriesOf(retriedBy?.toString())
    const newId = randomUUID()
    if (!status || !payload || !name) refuse(job.ref, 'Its record has expired, or lacks its payload or its queue.')
    else if (status.toString() !== 'failed') refuse(job.ref, `It is ${status.toString()} now.`)
    else if (retries.some((each) => each.status !== 'failed')) {
      refuse(job.ref, `Already retried (${retriesText(retries)}).`, 'Already retried.')
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
  const last = chunk[outcome.came - 1]
  if (last === undefined || (ready.length === 0 && place === null)) return outcome
  if (ready.length > 0) await findPrefixes(writer, queue, ready.map(({ name }) => name), prefixes) // biome-ignore format: one line
  const { items, entry } = trashKeys(trash)
  const sets = ['failed_jobs', 'recent_jobs', 'pending_jobs'].map((name) => keyOf(queue, name))
  const keys = ready.flatMap(({ name, keys: [old = '', fresh = '', ...tags] }) => {
    const { list, notify } = laravelKeys(prefixes.get(name) ?? '', name)
    return [old, fresh, list, notify, ...tags]
  })
  const counted = [...reasons].flat()
  const head = [now, Number(seconds) + pendingLives, trash.ttlMs, of, place?.(last) ?? '', reasons.size, ...counted]
  const args = [...head, ...ready.flatMap((each) => each.args)]
  const codes = await inOneSlot(slotSentence, async () =>
    numbersOf(await writer.run(retryScript, [...sets, items, entry, ...keys], args)),
  )
  for (const [i, { job }] of ready.entries()) {
    if (codes[i] === 1) outcome.done++
    else if (codes[i] === -1) refuse(job.ref, changed)
    else outcome.missing++
  }
  return outcome
}

const textsOf = (reply: Reply | undefined): string[] =>
  Array.isArray(reply) ? reply.map((each) => (each instanceof Buffer ? each.toString('utf8') : '')) : []

/** Texts of a hash in order; null for one that it lacks. An error is none of them: the key has another type. */
function buffersOf(reply: Reply | undefined): (Buffer | null)[] {
  if (reply instanceof SluiceError && reply.code !== 'WRONG_TYPE') throw reply
  return Array.isArray(reply) ? reply.map((each) => (each instanceof Buffer ? each : null)) : []
}
