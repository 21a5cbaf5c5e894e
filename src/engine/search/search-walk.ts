import { asSluiceError } from '../../domain/errors.ts'
import { rememberedSignatures } from '../../domain/failure.ts'
import type { JobDetail, JobSummary } from '../../domain/job.ts'
import { filterIn } from '../../domain/job-filter/filter-in.ts'
import { matcherOf } from '../../domain/job-filter/match.ts'
import type { JobFilter } from '../../domain/job-filter/parse.ts'
import { queueKey } from '../../domain/queue.ts'
import { type FoundJob, mostShown, type SearchProgress, type SearchQuestion } from '../../domain/search.ts'
import type { QueueSystem, ScannedJob, State } from '../../systems/system.ts'
import { inParallel } from '../in-parallel.ts'
import type { FrozenSet } from '../operations/frozen-set.ts'
import { type Connection, mastersOfCluster } from '../redis/connection.ts'
import { ahead } from './ahead.ts'
import { Candidate } from './candidate.ts'
import { type MeteredReader, meteredReader } from './metered-reader.ts'
import { factsOf, placesIn, type WalkPlace } from './places.ts'

/** Jobs of a round trip: some hundred KB, so that Redis never works long for one. */
const walkChunk = 500
/** Queues that are asked for an id at a time. */
const asksAtOnce = 8

export interface SearchPlan {
  readonly question: SearchQuestion
  /** Null finds every job. */
  readonly filter: JobFilter | null
  readonly connection: Pick<Connection, 'profile' | 'reader' | 'masters'>
  readonly systems: readonly QueueSystem[]
  queues(): Promise<readonly FoundJob['queue'][]>
  readonly set: FrozenSet
  readonly signal: AbortSignal
  /** Called whenever there is something to tell. */
  changed(): void
}

/** A place, what its jobs still have to be asked (true: nothing), and how far the walk is there. */
interface Leg extends WalkPlace {
  readonly filter: JobFilter | true
  behind: number
  total: number
}

/**
 * Looks for jobs: asks for an id where the filter is one, then walks the places. What it finds goes into the set, the first
 * of it also into `fresh`. Reads only. Each place costs what its `scan` costs.
 */
export class SearchWalk {
  /** Found and not yet shown. */
  fresh: FoundJob[] = []
  status: SearchProgress['status'] = 'running'
  /** Resolves when the ids were asked for, or that failed; never rejects. */
  readonly asked: Promise<void>
  readonly #began = performance.now()
  readonly #problems = new Set<string>()
  readonly #reader: MeteredReader
  readonly #askedIds = new Set<string>()
  readonly #signatureOf = rememberedSignatures()
  #legs: Leg[] = []
  #shown = 0
  #elapsedMs: number | null = null
  #isAsked: () => void = () => {}

  constructor(private readonly plan: SearchPlan) {
    const { connection, question, signal } = plan
    this.#reader = meteredReader(connection.reader, { budget: question.budget, signal })
    this.asked = new Promise((resolve) => (this.#isAsked = resolve))
  }

  get progress(): SearchProgress {
    const { set } = this.plan
    return {
      id: set.id,
      status: this.status,
      scanned: this.#legs.reduce((sum, { behind }) => sum + behind, 0),
      total: this.#legs.reduce((sum, { total }) => sum + total, 0),
      matches: set.count,
      matchedBytes: set.bytes,
      bytesRead: this.#reader.bytes,
      redisMs: this.#reader.redisMs,
      elapsedMs: this.#elapsedMs ?? performance.now() - this.#began,
      places: set.places.map(({ queue, state, count }) => ({ queue, state, count })),
      problems: [...this.#problems],
    }
  }

  /** Does all of it, and seals the set. Never rejects. */
  async run(): Promise<void> {
    let ended: SearchProgress['status'] = 'done'
    try {
      await this.#findPlaces()
      await this.#askForIds()
      this.#isAsked()
      for (const leg of this.#legs) await this.#walk(leg)
    } catch (error) {
      ended = this.plan.signal.aborted ? 'cancelled' : 'failed'
      if (ended === 'failed') this.#problem(this.plan.connection.profile.name, error)
    }
    try {
      await this.plan.set.seal()
    } catch (error) {
      ended = 'failed'
      this.#problem('What was found', error)
    }
    this.status = ended
    this.#elapsedMs = performance.now() - this.#began
    this.#isAsked()
    this.plan.changed()
  }

  #problem(what: string, error: unknown): void {
    this.#problems.add(`${what}: ${asSluiceError(error).message}`)
  }

  /** Throws what ends all of it; the trouble of one queue is a sentence. */
  #queueProblem(what: string, error: unknown): void {
    const { code } = asSluiceError(error)
    if (this.plan.signal.aborted || endsAll.includes(code)) throw error
    this.#problem(what, error)
  }

  async #findPlaces(): Promise<void> {
    const { question, systems, filter } = this.plan
    // A queue that is named is looked into, even where it was not discovered (yet).
    const queues = question.queue === null ? await this.plan.queues() : [question.queue]
    const masters = mastersOfCluster(this.plan.connection)
    const wants = (state: WalkPlace['state']) => this.#wants(state)
    const { places, problems } = await placesIn(this.#reader, systems, queues, wants, masters)
    for (const { queue, problem } of problems) this.#problems.add(`${queue.name}: ${problem}`)
    this.#legs = places.flatMap((place) => {
      const open = filter === null ? true : filterIn(filter, factsOf(place))
      return open === false ? [] : [{ ...place, filter: open, behind: 0, total: place.count }]
    })
    this.plan.changed()
  }

  /** Whether the question is about this state. */
  #means({ id, kind }: State): boolean {
    const { state: named, kinds } = this.plan.question
    return (named === null || named === id) && (kinds.length === 0 || kinds.includes(kind))
  }

  /** Whether the state is to be walked: one that costs work to see is only where it is named. */
  #wants(state: State): boolean {
    return this.#means(state) && (state.uncounted !== true || this.plan.question.state !== null)
  }

  /** 1 round trip for each queue whose system can tell where an id is, and 1 for each that has it. */
  async #askForIds(): Promise<void> {
    const asks = new Map<string, { leg: Leg; id: string }>()
    for (const leg of this.#legs) {
      const asked = leg.system.find && idAskedFor(leg.filter)
      if (!asked) continue
      asks.set(queueKey(leg.queue), { leg, id: asked.id })
      // An id stands for one job of a queue: there is nothing left to walk for.
      if (asked.only) leg.behind = leg.total
    }
    await inParallel([...asks.values()], ({ leg, id }) => this.#ask(leg, id), asksAtOnce)
  }

  async #ask({ system, queue }: Leg, id: string): Promise<void> {
    try {
      const at = await system.find?.(this.#reader, queue, id)
      const state = system.states.find((one) => one.id === at?.state)
      if (!at || state === undefined || !this.#means(state)) return
      const open = this.plan.filter && filterIn(this.plan.filter, factsOf({ system, queue, state }))
      if (open === null || typeof open === 'boolean' || idAskedFor(open)?.id !== id) return
      const job = await system.job(this.#reader, queue, at.state, at.ref, false)
      if (job === null) return
      this.#askedIds.add(idKey(queue, id))
      await this.plan.set.add({ queue, state: at.state }, [at.ref], job.bytes)
      this.#show({ queue, state: at.state, job: { ...rowOf(job), ref: at.ref } })
      this.plan.changed()
    } catch (error) {
      this.#queueProblem(queue.name, error)
    }
  }

  async #walk(leg: Leg): Promise<void> {
    if (leg.behind > 0 && leg.behind >= leg.total) return
    const { system, queue, state, filter } = leg
    const matches = filter === true ? () => true : matcherOf(filter, Date.now(), this.#signatureOf)
    try {
      for await (const step of ahead(
        system.scan(this.#reader, queue, state.id, { chunk: walkChunk, payloads: true }),
      )) {
        await this.#take(leg, step.jobs, matches)
        leg.behind = step.behind
        leg.total = step.total
        this.plan.changed()
        this.plan.signal.throwIfAborted()
      }
      leg.behind = leg.total
    } catch (error) {
      this.#queueProblem(`${queue.name} (${state.label})`, error)
    }
  }

  async #take({ queue, state }: Leg, jobs: readonly ScannedJob[], matches: (job: Candidate) => boolean): Promise<void> {
    const refs: string[] = []
    let bytes = 0
    for (const job of jobs) {
      const candidate = new Candidate(job)
      if (!matches(candidate)) continue
      if (this.#askedIds.size > 0 && this.#askedIds.has(idKey(queue, candidate.id ?? ''))) continue
      refs.push(job.ref)
      bytes += job.bytes
      if (this.#shown < mostShown) this.#show({ queue, state: state.id, job: candidate.summary })
    }
    await this.plan.set.add({ queue, state: state.id }, refs, bytes)
  }

  #show(found: FoundJob): void {
    this.#shown++
    this.fresh.push(found)
  }
}

/** Errors after which no queue can be read, or nothing can be kept. */
const endsAll: readonly string[] = ['CONNECTION_LOST', 'NOT_OPEN', 'AUTH_FAILED', 'DISK_FAILED']

const idKey = (queue: FoundJob['queue'], id: string) => `${queueKey(queue)}\n${id}`

/** The id that a filter asks for, and whether it asks for nothing else. */
function idAskedFor(filter: JobFilter | true): { id: string; only: boolean } | null {
  if (filter === true) return null
  if (filter.kind === 'text') return { id: filter.text, only: false }
  const isId = filter.kind === 'compare' && filter.path.length === 1 && filter.path[0] === 'id'
  return isId && filter.operator === '=' && filter.value !== 'missing' ? { id: filter.value, only: true } : null
}

/** The row of a job without what only its detail has. */
function rowOf({ payload: _payload, fields: _fields, timeline: _timeline, ...rest }: JobDetail): JobSummary {
  const { failures: _failures, logs: _logs, result: _result, family: _family, ...row } = rest
  return row
}
