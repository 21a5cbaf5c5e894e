import type { JobDetail, NewJob } from '../../domain/job.ts'
import { members, setField } from '../../domain/json-text.ts'
import { changerOf } from '../../domain/payload-change/apply.ts'
import type { PayloadChange } from '../../domain/payload-change.ts'
import type { QueueRef } from '../../domain/queue.ts'
import { redactorOf } from '../../domain/redaction/redact.ts'
import type { RedactionRule } from '../../domain/redaction.ts'
import type { Reader, Writer } from '../../systems/handles.ts'
import type { QueueSystem, StepOutcome } from '../../systems/system.ts'
import { addedOrRefused } from './add-job.ts'
import { freshPayload } from './fresh-payload.ts'

/** What is copied where. `profile` is the name of the profile that it comes from; `at` the time of the run, epoch ms. */
export interface Copy {
  readonly from: { profile: string; system: QueueSystem; queue: QueueRef; state: string }
  readonly into: { system: QueueSystem; queue: QueueRef }
  readonly redaction: readonly RedactionRule[]
  readonly change: PayloadChange | null
  /** What the words are made with that take the place of values: any secret text that stays the same for the run. */
  readonly key: string
  readonly at: number
}

/** A job as it is to be added, or why it is not: plain JSON, so that a run can write it down before it adds anything. */
export interface CopyItem {
  readonly ref: string
  readonly job: NewJob | null
  /** Why it is refused; null for one that is to be added, and for one that is no longer there. */
  readonly problem: string | null
  readonly notes: string[]
}

export interface Copier {
  /** Reads each job whole from the source, redacts it and marks where it came from: 1 round trip a job. */
  read(reader: Reader, refs: readonly string[]): Promise<CopyItem[]>
  /** Adds what was read: through `add` of the target's system, job by job. Asks the same of Redis for the same items. */
  add(writer: Writer, items: readonly CopyItem[]): Promise<StepOutcome>
}

/** The member that says where a copy came from: the name of a profile, the queue, the id that the job had there, when. */
export const copiedFromField = 'sluice_copied_from'

/** Options of a job that are its own, and not of the moment at which it was added. */
const lastingOptions = ['attempts', 'backoff', 'priority', 'removeOnComplete', 'removeOnFail']

/** Systems whose jobs another one can run: Horizon only watches over Laravel's queues. */
const fits = (from: QueueSystem, into: QueueSystem) =>
  from.id === into.id || (from.id === 'horizon' && into.id === 'laravel')

/**
 * What copies jobs; or why nothing can be copied there, in a sentence. A copy is a new job: it waits, with all its
 * attempts, without the errors and the progress of the one that it was made from. It is marked in its payload with where
 * it came from; a payload that is no JSON object cannot be, which a note says. Bytes that are no text are refused.
 */
export function copierOf(copy: Copy): Copier | { problem: string } {
  const { from, into } = copy
  const add = into.system.write?.add
  if (!fits(from.system, into.system)) {
    return { problem: `Jobs of ${from.system.label} queues cannot run in ${into.system.label} queues.` }
  }
  if (add === undefined) return { problem: `${into.system.label} queues take no new jobs here.` }
  const redactor = redactorOf(copy.redaction, copy.key)
  if ('problem' in redactor) return redactor
  const changer = copy.change && changerOf(copy.change, copy.at)
  if (changer !== null && 'problem' in changer) return changer

  const itemOf = (ref: string, detail: JobDetail | null): CopyItem => {
    const refused = (problem: string): CopyItem => ({ ref, job: null, problem, notes: [] })
    if (detail === null) return { ref, job: null, problem: null, notes: [] }
    if (detail.badges.includes('no-data')) return refused('There is no payload with it.')
    if (detail.payload.encoding !== 'utf8') return refused('Its payload is not text, and would not stay as it is.')
    if (detail.payload.truncated) return refused('Its payload is too large to be read whole.')
    const fresh = freshPayload(from.system.id, from.state, detail.payload.text, copy.at)
    if (fresh === null) return refused('It is nothing that a worker could run.')
    const { payload } = redactor(fresh)
    const changed = changer === null ? { text: payload, notes: [] } : changer(payload)
    if ('problem' in changed) return refused(changed.problem)
    const marked = markedWith(changed.text, {
      profile: from.profile,
      queue: from.queue.name,
      id: detail.id,
      at: copy.at,
    })
    const notes =
      marked === null
        ? [...changed.notes, 'it is no JSON object, so it does not say where it came from']
        : changed.notes
    const adds = into.system.adds
    return {
      ref,
      job: {
        payload: marked ?? changed.text,
        name: adds?.name === true ? detail.name : null,
        options: adds?.options ? optionsOf(detail) : null,
      },
      problem: null,
      notes: [...notes],
    }
  }

  return {
    async read(reader, refs) {
      const found: CopyItem[] = []
      for (const ref of refs) {
        found.push(itemOf(ref, await from.system.job(reader, from.queue, from.state, ref, true)))
      }
      return found
    },
    async add(writer, items) {
      const outcome = { done: 0, missing: 0, refused: [] as { ref: string; reason: string }[], gone: [] as string[] }
      for (const { ref, job, problem } of items) {
        if (job === null) {
          if (problem !== null) outcome.refused.push({ ref, reason: problem })
          else {
            outcome.missing++
            outcome.gone.push(ref)
          }
          continue
        }
        const refusal = await addedOrRefused(into.system, writer, into.queue, job)
        if (refusal === null) outcome.done++
        else outcome.refused.push({ ref, reason: refusal })
      }
      return outcome
    },
  }
}

/** The payload with where it came from; null for what is no JSON object. */
function markedWith(payload: string, mark: object): string | null {
  if (!payload.trimStart().startsWith('{')) return null
  const marked = setField(payload, copiedFromField, JSON.stringify(mark))
  return members(marked).some(({ key }) => key === copiedFromField) ? marked : null
}

function optionsOf({ fields }: JobDetail): string | null {
  const stored = fields.find(({ label }) => label === 'Options')?.value
  if (stored === undefined) return null
  const lasting = members(stored).filter(({ key }) => lastingOptions.includes(key))
  if (lasting.length === 0) return null
  return `{${lasting.map(({ keyStart, valueEnd }) => stored.slice(keyStart, valueEnd)).join(',')}}`
}
