import type { ListSystem, PoolAudit } from '../../src/domain/pool.ts'
import { type Layout, layoutOf } from '../../src/engine/pool/lists/layout.ts'
import { auditQueue } from '../../src/engine/pool/lists/queue-control.ts'
import type { Connection } from '../../src/engine/redis/connection.ts'
import { eventually } from '../pool.ts'
import type { TestRedis } from '../redis.ts'
import type { ChaosJob } from './job.ts'
import { notesKey } from './notes.ts'
import type { RunnerOptions } from './runner-options.ts'
import { Tally } from './tally.ts'

/** A queue of a test of its own on a shared server, with the count of what became of its jobs. */
export class ChaosQueue {
  readonly layout: Layout
  readonly notes: string
  readonly tally = new Tally()
  pushed = 0
  readonly #redis: TestRedis
  readonly #auditor: Connection

  constructor(
    redis: TestRedis,
    auditor: Connection,
    readonly system: ListSystem,
    readonly name: string,
  ) {
    this.layout = layoutOf(system, 'chaos:', name)
    this.notes = notesKey(this.layout.base)
    this.#redis = redis
    this.#auditor = auditor
  }

  async push(...jobs: readonly ChaosJob[]): Promise<void> {
    await this.#redis.client.rpush(this.layout.waiting, ...jobs.map(({ payload }) => payload))
    this.tally.confirmed(jobs)
    this.pushed += jobs.length
  }

  /** What a worker process for this queue is told. */
  runner(changes: Partial<RunnerOptions> = {}): RunnerOptions {
    return {
      ...{ kind: 'pool', url: this.#redis.url, notesUrl: this.#redis.url, system: this.system, prefix: 'chaos:' },
      ...{ name: this.name, concurrency: 2, killAt: null, hangs: false, workMs: 0 },
      ...changes,
    }
  }

  audit(): Promise<PoolAudit> {
    return auditQueue(this.#auditor.reader, this.layout)
  }

  /** The tries that the handlers noted so far, as `ok ID` or `failed ID`. */
  tries(): Promise<string[]> {
    return this.#redis.client.lrange(this.notes, 0, -1)
  }

  /** Resolves when all jobs are done or dead; the sum of all places stays what was pushed meanwhile, or it throws. */
  async rest(): Promise<void> {
    let seen: PoolAudit | null = null
    await eventually(`all jobs of ${this.name} are done or dead`, async () => {
      seen = await this.audit()
      if (seen.total !== this.pushed) throw new Error(`${seen.total} of ${this.pushed}: ${JSON.stringify(seen)}`)
      return seen.places.done + seen.places.dead === this.pushed
    })
  }

  /** The counters that Redis keeps, in words. */
  async stats(): Promise<string> {
    const stats = await this.#redis.client.hgetall(this.layout.stats)
    return Object.entries(stats)
      .map(([name, count]) => `${name} ${count}`)
      .sort()
      .join(', ')
  }

  /** What became of the jobs, after `rest`. */
  async outcome() {
    await this.tally.drainNotes(this.#redis.client, this.notes)
    this.tally.countDead(await this.#redis.client.lrangeBuffer(this.layout.dead, 0, -1))
    return this.tally.outcome()
  }

  /** Keys of the queue that exist, by what stands behind its base; without those that the layout keeps for good. */
  async leftovers(): Promise<string[]> {
    const { base, stats, dead, completed } = this.layout
    const kept = [stats, dead, completed, this.notes]
    const keys = await this.#redis.client.keys(`${base}:*`)
    return keys.filter((key) => !kept.includes(key)).map((key) => key.slice(base.length))
  }
}
