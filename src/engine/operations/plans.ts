import { randomUUID } from 'node:crypto'
import { SluiceError } from '../../domain/errors.ts'
import type { OperationRun, Plan, PlanQuestion, RunQuestion } from '../../domain/operation.ts'
import { changerOf } from '../../domain/payload-change/apply.ts'
import { type QueueRef, queueKey } from '../../domain/queue.ts'
import { systemOf } from '../../systems/registry.ts'
import { neverUndone } from '../journal/sentence.ts'
import type { Connection } from '../redis/connection.ts'
import type { Searches } from '../search/searches.ts'
import type { Trash } from '../trash/trash.ts'
import type { BulkRuns } from './bulk-runs.ts'
import { createFrozenSet, type FrozenSet } from './frozen-set.ts'
import {
  ableAt,
  type Doing,
  doingOf,
  isBackwards,
  isUndoable,
  type JobsSpec,
  type PlannedPlace,
  requireWhole,
} from './jobs-spec.ts'
import { copierAt, jobsKind } from './jobs-work.ts'
import { estimateOf } from './plan-estimate.ts'
import { type Sampled, sampleOf } from './plan-sample.ts'
import { scriptOf } from './plan-script.ts'
import { type QueueFacts, walkWarningsOf, warningsOf } from './plan-warnings.ts'
import { type SelectedPlace, selectedOf } from './selected.ts'

/** Plans of actions over many jobs: made, kept for an hour, and run once. */
export interface Plans {
  /** Throws INVALID_INPUT for a question that lacks something, NOT_FOUND for a search that is gone, NOT_OPEN, DISK_FAILED. */
  plan(question: PlanQuestion): Promise<Plan>
  /**
   * Throws NOT_FOUND for a plan that is too old or ran, CONFIRMATION_NEEDED without the count or the reason, READ_ONLY,
   * UNSUPPORTED where nothing can be done, or the trash has no room.
   */
  run(question: RunQuestion): Promise<OperationRun>
  close(): Promise<void>
}

export interface PlansOptions {
  /** Where the sets of refs are. */
  readonly folder: string
  readonly searches: Pick<Searches, 'set'>
  readonly trash: Trash
  readonly runs: BulkRuns
  /** Throws NOT_OPEN. */
  connection(id: string): Connection
  /** What is known of a queue; null where nothing is. */
  facts(connectionId: string, queue: QueueRef): QueueFacts | null
}

interface KeptPlan {
  readonly plan: Plan
  readonly spec: JobsSpec
  readonly doing: Doing
  readonly set: FrozenSet
}

const goodForMs = 3_600_000
/** More removed jobs than this want their count typed. */
const mostUntyped = 1000
/** From here on a walk that freezes a state is told of. */
const longWalk = 100_000
const megabyte = 1024 * 1024

export function createPlans(options: PlansOptions): Plans {
  const { folder, searches, trash, runs, connection, facts } = options
  const kept = new Map<string, KeptPlan>()

  /** Where an action ends up: a copy changes the connection that it goes into. */
  const target = ({ into, connectionId }: PlanQuestion) => connection(into ?? connectionId)

  async function forget(id: string): Promise<void> {
    const old = kept.get(id)
    kept.delete(id)
    await old?.set.close(true)
  }

  async function planned(question: PlanQuestion, open: Connection, id: string, set: FrozenSet): Promise<KeptPlan> {
    const at = Date.now()
    const key = randomUUID()
    const base = { question, setId: id, at, key }
    const selected = await selectedOf(open, question.selection, searches)
    const ables = selected.map((place) => {
      const able = ableAt(question, place)
      if (able !== true || question.action !== 'copy') return able
      const copier = copierAt(base, place, open.profile.name)
      return 'problem' in copier ? copier.problem : true
    })
    const places: PlannedPlace[] = []
    const counts: number[] = []
    let walked = 0
    for (const [i, place] of selected.entries()) {
      const { queue, state } = place
      const whole = place.frozen !== null && doingOf(question, queue).whole
      let { count } = place
      let number: number | null = null
      if (ables[i] === true && !whole) {
        if (place.frozen !== null) walked += count
        const added = await freezeInto(set, place)
        count = added
        number = added === 0 ? null : set.places.length - 1
      }
      counts.push(count)
      if (ables[i] === true && count > 0) {
        const backwards = isBackwards(question, queue)
        places.push({ queue, state, count, frozen: whole ? place.frozen : null, set: number, backwards })
      }
    }
    await set.seal()
    const spec: JobsSpec = { ...base, places }
    const sampled = await sampleOf(open, spec, set)
    const work = await jobsKind({ folder, connection })(spec, id)
    const script = await scriptOf(open, spec, work.places, sampled).finally(() => work.close?.(false))
    const doing = doingOf(question, (selected[0] as SelectedPlace).queue) // a selection has at least one place
    const count = places.reduce((sum, place) => sum + place.count, 0)
    const bytes = bytesOf(selected, ables, count, sampled)
    const inTrash = await trashOf(open, question, places, bytes.value)
    const plan: Plan = {
      ...{ id, question, at, count, bytes, script },
      places: selected.map(({ queue, state }, i) => ({ queue, state, count: counts[i] ?? 0, able: ables[i] ?? true })),
      sample: sampled.rows,
      estimateMs: estimateOf(spec, sampled.msEach),
      undo: undoable(question, doing, places),
      trash: inTrash,
      typeCount: mustType(question, doing, count),
      warnings: [
        ...warningsOf(
          places,
          doing.action === 'retry' || doing.action === 'edit' || doing.action === 'promote',
          (queue) => facts(question.connectionId, queue),
        ),
        ...(await walkWarningsOf(open.reader, question, places)),
        ...repeated(question),
        ...(walked > longWalk ? [`${walked.toLocaleString('en')} jobs were read to fix which ones are meant.`] : []),
        ...(inTrash !== null && !inTrash.fits ? [noRoom] : []),
      ],
    }
    return { plan, spec, doing, set }
  }

  async function trashOf(
    open: Connection,
    question: PlanQuestion,
    places: readonly PlannedPlace[],
    bytes: number,
  ): Promise<Plan['trash']> {
    if (!places.some(({ queue }) => isUndoable(doingOf(question, queue), queue))) return null
    const used = await trash.used(open.id)
    const limit = open.profile.trashLimitMb * megabyte
    const fits = used + bytes <= limit
    const here = trash.canKeepHere === true ? ['computer'] : []
    return { bytes, used, limit, fits, places: [...(fits ? ['redis'] : []), ...here, 'none'] }
  }

  function mustType(question: PlanQuestion, { action }: Doing, count: number): boolean {
    const production = target(question).profile.environment === 'production'
    if (action === 'purge') return true
    if (action === 'remove') return production || count > mostUntyped
    return action === 'copy' && production
  }

  return {
    async plan(question) {
      for (const [id, { plan }] of kept) if (Date.now() - plan.at > goodForMs) await forget(id)
      requireWhole(question)
      if (question.change !== null) {
        const change = changerOf(question.change)
        if (typeof change !== 'function') throw new SluiceError('INVALID_INPUT', change.problem)
      }
      const open = connection(question.connectionId)
      target(question)
      const id = randomUUID()
      const set = await createFrozenSet(folder, id)
      try {
        const made = await planned(question, open, id, set)
        kept.set(id, made)
        return made.plan
      } catch (error) {
        await set.close(true)
        throw error
      }
    },
    async run({ planId, typedCount, reason, pace, canary, trash: to }) {
      const known = kept.get(planId)
      if (known === undefined || Date.now() - known.plan.at > goodForMs) {
        throw new SluiceError('NOT_FOUND', 'That plan is too old, or was run already: make it again.')
      }
      const { plan, spec, doing, set } = known
      const { question } = plan
      const open = target(question)
      open.writer() // READ_ONLY, while it is locked
      if (plan.count === 0) throw new SluiceError('UNSUPPORTED', 'There is no job for it to act on.')
      const forGood = to === 'none' && plan.trash !== null
      if ((plan.typeCount || forGood) && typedCount !== plan.count) {
        throw new SluiceError('CONFIRMATION_NEEDED', `Type the number of jobs, ${plan.count}, to go on.`)
      }
      if (open.profile.environment === 'production' && (reason ?? '').trim() === '') {
        throw new SluiceError('CONFIRMATION_NEEDED', 'Say why: this is production.')
      }
      if (plan.trash !== null && !plan.trash.places.includes(to)) {
        throw new SluiceError('UNSUPPORTED', to === 'redis' ? noRoom : String(trash.canKeepHere))
      }
      kept.delete(planId)
      await set.close(false)
      const queues = new Set(spec.places.map(({ queue }) => queueKey(queue)))
      const [first] = spec.places
      const { states } = systemOf((first as PlannedPlace).queue.system) // the count is not 0
      return runs.begin(
        {
          ...{ kind: 'jobs', spec, action: doing.action, connectionId: open.id, reason, pace, canary, trash: to },
          queue: queues.size === 1 && first !== undefined ? first.queue : null,
          stateLabel: spec.places.length === 1 ? (states.find(({ id }) => id === first?.state)?.label ?? '') : '',
          places: spec.places.map(({ queue, state }) => ({ queue, state })),
          ...{ total: plan.count, steerable: true },
        },
        planId,
      )
    },
    async close() {
      for (const id of [...kept.keys()]) await forget(id)
    },
  }
}

const noRoom = 'The trash has no room for these jobs: keep them on this computer, or remove them for good.'

/** Adds the refs of a place to a set; returns how many. */
async function freezeInto(set: FrozenSet, place: SelectedPlace): Promise<number> {
  let count = 0
  for await (const refs of place.refs(500)) {
    await set.add(place, refs, count === 0 ? (place.bytes ?? 0) : 0)
    count += refs.length
  }
  return count
}

function bytesOf(
  selected: readonly SelectedPlace[],
  ables: readonly (true | string)[],
  count: number,
  { bytesEach }: Sampled,
): Plan['bytes'] {
  const able = selected.filter((_, i) => ables[i] === true)
  const known = able.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0)
  if (able.every(({ bytes }) => bytes !== null)) return { value: known, estimated: false }
  return { value: Math.round(count * (bytesEach ?? 0)), estimated: true }
}

function undoable(question: PlanQuestion, { action }: Doing, places: readonly PlannedPlace[]): Plan['undo'] {
  if (places.length > 0 && places.every(({ queue }) => isUndoable(doingOf(question, queue), queue))) return true
  return neverUndone(action)
}

/** Jobs that a selection names more than once: they are acted on once. */
function repeated({ selection }: PlanQuestion): string[] {
  if (selection.type !== 'refs') return []
  const again = selection.places.reduce((sum, { refs }) => sum + refs.length - new Set(refs).size, 0)
  if (again === 0) return []
  return [
    again === 1
      ? '1 job is named twice: it is acted on once.'
      : `${again} jobs are named twice: each is acted on once.`,
  ]
}
