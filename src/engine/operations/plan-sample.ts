import { asSluiceError } from '../../domain/errors.ts'
import { jobSummarySchema, type StoredText } from '../../domain/job.ts'
import type { PlanSample } from '../../domain/operation.ts'
import { changerOf } from '../../domain/payload-change/apply.ts'
import { systemOf } from '../../systems/registry.ts'
import type { Connection } from '../redis/connection.ts'
import type { FrozenSet } from './frozen-set.ts'
import type { JobsSpec, PlannedPlace } from './jobs-spec.ts'
import { copierAt, editedBy } from './jobs-work.ts'

/** Jobs that a plan shows. */
const shown = 10
/** Characters of a payload that a plan shows. */
const longest = 16_384

export interface Sampled {
  readonly rows: PlanSample[]
  /** Bytes of an average payload; null where no job could be read. */
  readonly bytesEach: number | null
  /** How long Redis took to answer for one job, ms, the median. */
  readonly msEach: number | null
  /** Refs of one place, for the script. */
  readonly refs: { readonly place: PlannedPlace; readonly refs: string[] } | null
}

/** Reads ten jobs, spread over all that a plan means: 1 or 2 round trips a job, and one pass over the file of refs. */
export async function sampleOf(connection: Connection, spec: JobsSpec, set: FrozenSet): Promise<Sampled> {
  const total = spec.places.reduce((sum, { count }) => sum + count, 0)
  const wanted = Array.from({ length: Math.min(shown, total) }, (_, i) =>
    Math.floor((i * total) / Math.min(shown, total)),
  )
  const rows: PlanSample[] = []
  const times: number[] = []
  const byPlace = new Map<PlannedPlace, string[]>()
  let bytes = 0
  let before = 0
  for (const place of spec.places) {
    const offsets = wanted.filter((at) => at >= before && at < before + place.count).map((at) => at - before)
    before += place.count
    for (const ref of await refsAt(connection, place, set, offsets)) {
      const began = performance.now()
      const sampled = await one(connection, spec, place, ref)
      times.push(performance.now() - began)
      if (sampled === null) continue
      rows.push(sampled.row)
      bytes += sampled.row.before.bytes
      byPlace.set(place, [...(byPlace.get(place) ?? []), ref])
    }
  }
  times.sort((a, b) => a - b)
  const [first] = byPlace
  return {
    rows,
    bytesEach: rows.length === 0 ? null : bytes / rows.length,
    msEach: times[Math.floor(times.length / 2)] ?? null,
    refs: first === undefined ? null : { place: first[0], refs: first[1] },
  }
}

async function refsAt(
  { reader }: Connection,
  place: PlannedPlace,
  set: FrozenSet,
  offsets: readonly number[],
): Promise<string[]> {
  const refs: string[] = []
  if (place.set === null) {
    for (const offset of offsets) {
      const page = await systemOf(place.queue.system).page(reader, place.queue, place.state, { offset, limit: 1 })
      refs.push(...page.jobs.map(({ ref }) => ref))
    }
    return refs
  }
  const wanted = new Set(offsets)
  let at = 0
  for await (const group of set.refs(place.set, 1000)) {
    for (const ref of group) if (wanted.has(at++)) refs.push(ref)
    if (refs.length === offsets.length) break
  }
  return refs
}

async function one(
  connection: Connection,
  spec: JobsSpec,
  place: PlannedPlace,
  ref: string,
): Promise<{ row: PlanSample } | null> {
  const { queue, state } = place
  const { action, change } = spec.question
  try {
    const full = action === 'edit' || action === 'copy'
    const job = await systemOf(queue.system).job(connection.reader, queue, state, ref, full)
    if (job === null) return null
    const row: PlanSample = {
      ...{
        queue,
        state,
        job: jobSummarySchema.parse(job),
        before: cut(job.payload),
        after: null,
        problem: null,
        notes: [],
      },
    }
    if (action === 'edit' && change !== null) {
      const changer = changerOf(change, spec.at)
      const changed = typeof changer === 'function' ? editedBy(changer, job.payload) : changer
      if ('problem' in changed) return { row: { ...row, problem: changed.problem } }
      return { row: { ...row, after: cut(asStored(changed.text)), notes: [...changed.notes] } }
    }
    if (action !== 'copy') return { row }
    const copier = copierAt(spec, place, connection.profile.name)
    if ('problem' in copier) return { row: { ...row, problem: copier.problem } }
    const [item] = await copier.read(connection.reader, [ref])
    if (item === undefined || item.job === null)
      return { row: { ...row, problem: item?.problem ?? 'It is no longer there.' } }
    return { row: { ...row, after: cut(asStored(item.job.payload)), problem: item.problem, notes: item.notes } }
  } catch (error) {
    const { code, message } = asSluiceError(error)
    if (code === 'CONNECTION_LOST' || code === 'NOT_OPEN') throw error
    return { row: { ...unread(place, ref), problem: message } }
  }
}

/** A row for a job that could not be read. */
function unread({ queue, state }: PlannedPlace, ref: string): PlanSample {
  const nothing = { id: null, name: null, createdAt: null, at: null, attempts: null, maxAttempts: null, progress: null }
  const job = { ref, ...nothing, state, preview: '', bytes: 0, error: null, badges: [] }
  return { queue, state, job, before: asStored(''), after: null, problem: null, notes: [] }
}

const asStored = (text: string): StoredText => ({
  ...{ text, encoding: 'utf8' as const, bytes: Buffer.byteLength(text), truncated: false },
})

function cut(stored: StoredText): StoredText {
  return stored.text.length <= longest ? stored : { ...stored, text: stored.text.slice(0, longest), truncated: true }
}
