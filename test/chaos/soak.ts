import type { ListSystem } from '../../src/domain/pool.ts'
import { Random } from '../../src/engine/demo/random.ts'
import { eventually } from '../pool.ts'
import { Faults, type Pace } from './faults.ts'
import { Fleet } from './fleet.ts'
import type { ChaosJob } from './job.ts'
import { Law } from './law.ts'
import { Load } from './load.ts'
import { rhythm } from './rhythm.ts'
import type { WorkerKind } from './runner-options.ts'
import { openStage, type Stage } from './stage.ts'
import { type Outcome, Tally } from './tally.ts'
import type { RunnerProgram } from './worker-process.ts'

export interface SoakOptions {
  readonly program: RunnerProgram
  readonly seed: number
  readonly worker: WorkerKind
  readonly system: ListSystem
  readonly fsync: 'everysec' | 'always'
  readonly seconds: number
  readonly pace: Pace
}

export interface SoakResult extends Outcome {
  readonly kills: number
  readonly cuts: number
  readonly freezes: number
  readonly redisKills: number
  readonly audits: number
  /** Breaches of the law of conservation, and what did not add up at the end; empty when all is well. */
  readonly breaches: readonly string[]
}

/** The request that takes jobs, which is where the connection is cut most often. */
const taking: Readonly<Record<WorkerKind, RegExp>> = { pool: /EVAL[\s\S]*:w:/, seed: /blpop/i, batch: /EVAL[\s\S]*:w:/ }
const processes = 3
/** Nothing is pushed while more jobs than this wait. */
const backlog = 1500
const leaseMs = 800
const restMs = 180_000

/**
 * Works on one queue while workers are killed and frozen, connections cut, and Redis killed and started again on its own
 * files; then lets all of it come to rest and counts. Throws when it does not come to rest.
 */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const { program, system, worker, pace } = options
  const random = new Random(options.seed)
  const stage = await openStage(system, options.fsync)
  const { url, notes, prefix, name } = stage
  const fleet = new Fleet(
    program,
    {
      ...{ kind: worker, url, notesUrl: notes.url, system, prefix, name, concurrency: 20 },
      ...{ killAt: null, hangs: false, workMs: 4, timing: { leaseMs } },
    },
    random,
  )
  const faults = new Faults(stage, fleet, random, taking[worker])
  const run = new Run(stage, worker === 'pool', random)
  const over = new AbortController()
  const timer = setTimeout(() => over.abort(), options.seconds * 1000)
  try {
    fleet.start(processes)
    await Promise.all([
      faults.run(pace, leaseMs * 1.5, over.signal),
      rhythm(random, 10, over.signal, () => run.pushAndAudit()),
    ])
    if (worker === 'pool') await run.rest()
    else await naiveRest(stage, fleet)
    await fleet.end()
    const outcome = await run.outcome()
    const breaches = await run.breaches()
    if (fleet.crashes > 0) breaches.push(`${fleet.crashes} workers ended by themselves`)
    const { cuts, redisKills } = faults
    return { ...outcome, kills: fleet.kills, cuts, freezes: fleet.stops, redisKills, audits: run.audits, breaches }
  } finally {
    clearTimeout(timer)
    over.abort()
    await stage.close()
  }
}

/** What is pushed, and whether it adds up. */
class Run {
  readonly #tally = new Tally()
  readonly #law = new Law()
  readonly #load: Load
  #waiting = 0

  constructor(
    private readonly stage: Stage,
    /** Only a pool leaves every job where an audit can see it, has priorities and delayed jobs. */
    private readonly isPool: boolean,
    private readonly random: Random,
  ) {
    this.#load = new Load(stage.system, random)
  }

  get audits(): number {
    return this.#law.checks
  }

  /** Pushes and audits in turns, so that no push is under way while it counts. */
  async pushAndAudit(): Promise<void> {
    if (this.#waiting <= backlog) await this.#push()
    const seen = await this.stage.audit()
    await this.#tally.drainNotes(this.stage.notes.client, this.stage.notesKey)
    if (seen === null) return
    if (this.isPool) this.#law.check(seen.total)
    this.#waiting = seen.places.waiting + seen.places.low
  }

  /** Resolves when every job is done or dead. */
  async rest(): Promise<void> {
    let last = ''
    const atRest = eventually(
      'all is done or dead',
      async () => {
        const seen = await this.stage.audit()
        if (seen === null) return false
        this.#law.check(seen.total)
        last = JSON.stringify(seen)
        return seen.total === seen.places.done + seen.places.dead
      },
      restMs,
    )
    await atRest.catch((error: Error) => {
      throw new Error(`${error.message}: ${last}`)
    })
  }

  /** What became of all jobs, once nobody works any more. */
  async outcome(): Promise<Outcome> {
    const { notes, notesKey, server, layout } = this.stage
    await this.#tally.drainNotes(notes.client, notesKey)
    this.#tally.countDead(await server.client.lrangeBuffer(layout.dead, 0, -1))
    return this.#tally.outcome()
  }

  async breaches(): Promise<string[]> {
    const last = this.isPool ? await this.stage.audit() : null
    return [...this.#law.breaches, ...(last?.problems ?? [])]
  }

  async #push(): Promise<void> {
    const { producer } = this.stage
    const draw = this.isPool ? this.random.next() : 1
    const jobs = this.#load.next(draw < 0.1 ? 1 : this.random.int(1, 40))
    const payloads = jobs.map(({ payload }) => payload)
    let pushed: Promise<unknown>
    if (draw < 0.1) pushed = producer.addAt(payloads[0] ?? '', Date.now() + this.random.int(0, 800))
    else if (draw < 0.2) pushed = Promise.all(payloads.map((payload) => producer.add(payload, 'high')))
    else pushed = producer.addMany(payloads, draw < 0.3 ? 'low' : undefined)
    await pushed.then(
      () => this.#confirmed(jobs),
      () => this.#unsure(jobs),
    )
  }

  #confirmed(jobs: readonly ChaosJob[]): void {
    this.#tally.confirmed(jobs)
    this.#law.confirmed(jobs.length)
  }

  #unsure(jobs: readonly ChaosJob[]): void {
    this.#tally.unsure(jobs)
    this.#law.unsure(jobs.length)
  }
}

/** Until the list is empty: then once more with a new worker, which gives back what the ones before have left. */
async function naiveRest({ server, layout }: Stage, fleet: Fleet): Promise<void> {
  for (const turn of ['those that ran', 'one more'] as const) {
    if (turn === 'one more') fleet.start(1)
    await fleet.working()
    await eventually('nothing waits', async () => (await server.client.llen(layout.waiting)) === 0, restMs)
    await fleet.end()
  }
}
