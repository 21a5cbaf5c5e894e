import { asSluiceError } from '../../domain/errors.ts'
import type { FailureSurvey } from '../../domain/failure.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { QueueSystem } from '../../systems/system.ts'
import { Alarm } from '../alarm.ts'
import { type Connection, mastersOfCluster } from '../redis/connection.ts'
import { ahead } from '../search/ahead.ts'
import { type MeteredReader, meteredReader } from '../search/metered-reader.ts'
import { placesIn, type WalkPlace } from '../search/places.ts'
import { FailureTally } from './failure-tally.ts'

export interface SurveyQuestion {
  readonly connections: readonly Pick<Connection, 'id' | 'profile' | 'reader' | 'masters'>[]
  /** The queues that are known of a connection. */
  queues(connectionId: string): readonly QueueRef[] | Promise<readonly QueueRef[]>
  readonly systems: readonly QueueSystem[]
  /** Share of one core of each Redis that it may take, in percent. */
  readonly budget: number
  readonly signal?: AbortSignal
}

/**
 * Jobs of a round trip. Redis does nothing else while it reads one: where it is to be spared, they are smaller, at the
 * price of more of them.
 */
const chunkOf = (budget: number) => (budget < 50 ? 100 : 500)
const everyMs = 250
/** Groups that are shown at the end; while it reads fewer of them, with fewer samples, so that an event stays small. */
const mostGroups = 500
const samplesAtEnd = 50
const groupsMeanwhile = 100
const samplesMeanwhile = 3

/**
 * All failed jobs of all queues, by the signature of their error, told at most 4 times a second while they are read, and
 * once at the end. Reads each connection at the same time, one failed state after another, within the budget. Memory does
 * not grow with the jobs. Never rejects: a queue or a connection that cannot be read is a sentence in `problems`. Ends
 * early, with what it has, when the signal aborts.
 */
export async function* surveyFailures(question: SurveyQuestion): AsyncGenerator<FailureSurvey, void, void> {
  const end = new AbortController()
  const { signal } = question
  const until = signal ? AbortSignal.any([signal, end.signal]) : end.signal
  const alarm = new Alarm()
  const survey = new Survey(question, until, () => alarm.ring())
  const over = survey.run()
  try {
    let last = performance.now() - everyMs / 2 // the first one soon: small dead letters are all read by then
    for (;;) {
      const due = last + everyMs - performance.now()
      if (due > 0 && !survey.isOver) {
        await alarm.sleep(due)
        continue
      }
      last = performance.now()
      yield survey.told()
      if (survey.toldAll) return
      if (!survey.isOver) await alarm.sleep(null)
    }
  } finally {
    end.abort()
    await over
  }
}

/** How far a connection is. */
interface Part {
  readonly reader: MeteredReader
  places: { place: WalkPlace; behind: number; total: number }[]
}

class Survey {
  isOver = false
  /** Whether what was told last is the end of it. */
  toldAll = false
  readonly #began = performance.now()
  readonly #tally = new FailureTally(Date.now())
  readonly #problems = new Set<string>()
  readonly #parts: Part[] = []

  constructor(
    private readonly question: SurveyQuestion,
    private readonly until: AbortSignal,
    private readonly changed: () => void,
  ) {}

  async run(): Promise<void> {
    await Promise.all(this.question.connections.map((connection) => this.#survey(connection)))
    this.isOver = true
    this.changed()
  }

  told(): FailureSurvey {
    this.toldAll = this.isOver
    const [groups, samples] = this.isOver ? [mostGroups, samplesAtEnd] : [groupsMeanwhile, samplesMeanwhile]
    const result = this.#tally.result(groups, samples)
    const { groupCount } = this.#tally
    const problems = [...this.#problems]
    if (this.isOver && groupCount > mostGroups)
      problems.push(`Only the largest ${mostGroups} of ${groupCount} groups are shown.`)
    const sumOf = (of: (part: Part) => number) => this.#parts.reduce((sum, part) => sum + of(part), 0)
    return {
      status: this.isOver ? (this.question.signal?.aborted ? 'cancelled' : 'done') : 'running',
      groups: result.groups,
      groupCount,
      scanned: this.#tally.count,
      total: sumOf(({ places }) => places.reduce((sum, { total }) => sum + total, 0)),
      bytesRead: sumOf(({ reader }) => reader.bytes),
      redisMs: sumOf(({ reader }) => reader.redisMs),
      elapsedMs: performance.now() - this.#began,
      trendFrom: result.span.from,
      trendTo: result.span.to,
      problems,
    }
  }

  async #survey(connection: SurveyQuestion['connections'][number]): Promise<void> {
    const { id, profile, reader } = connection
    const { queues, systems, budget } = this.question
    const part: Part = { reader: meteredReader(reader, { budget, signal: this.until }), places: [] }
    this.#parts.push(part)
    try {
      const isFailed = (state: WalkPlace['state']) => state.kind === 'failed' && state.uncounted !== true
      const masters = mastersOfCluster(connection)
      const { places, problems } = await placesIn(part.reader, systems, await queues(id), isFailed, masters)
      for (const { queue, problem } of problems) this.#problems.add(`${queue.name} of ${profile.name}: ${problem}`)
      part.places = places.map((place) => ({ place, behind: 0, total: place.count }))
      for (const one of part.places) await this.#walk(id, profile.name, part, one)
    } catch (error) {
      if (!this.until.aborted) this.#problems.add(`${profile.name}: ${asSluiceError(error).message}`)
    }
  }

  async #walk(connectionId: string, profile: string, { reader }: Part, part: Part['places'][number]): Promise<void> {
    const { system, queue, state } = part.place
    const place = { connectionId, queue, state: state.id }
    try {
      for await (const step of ahead(
        system.scan(reader, queue, state.id, { chunk: chunkOf(this.question.budget), payloads: false }),
      )) {
        for (const job of step.jobs) this.#tally.add(place, job)
        part.behind = step.behind
        part.total = step.total
        this.changed()
        this.until.throwIfAborted()
      }
    } catch (error) {
      const { code, message } = asSluiceError(error)
      // Where the connection is gone the others would fail alike: one sentence is enough.
      if (this.until.aborted || code === 'CONNECTION_LOST') throw error
      this.#problems.add(`${queue.name} (${state.label}) of ${profile}: ${message}`)
    }
  }
}
