import { asSluiceError } from '../../domain/errors.ts'
import { type QueueRef, queueKey } from '../../domain/queue.ts'
import { type Cost, noCost, type QueueSample, type Sample } from '../../domain/sample.ts'
import type { Reader } from '../../systems/handles.ts'
import type { QueueSystem } from '../../systems/system.ts'
import { Alarm } from '../alarm.ts'
import { createDiscovery, hintsOf } from '../discovery/discover.ts'
import { Lookout } from '../discovery/lookout.ts'
import { type Connection, type Master, mastersOfCluster } from '../redis/connection.ts'
import { type ClientsOf, workersAmong } from '../workers/workers-among.ts'
import { CostMeter } from './cost.ts'
import type { HistoryKeeper } from './history-keeper.ts'
import { type Pace, Pacing, sweepEvery, sweepShare, untilNext } from './pace.ts'
import { type RateMemory, reduceReading } from './rates.ts'
import { RedisClock } from './redis-clock.ts'
import { readTick, type Tick } from './tick.ts'

const clientsEveryMs = 5000
/** A CLIENT LIST reply above this size (some 4,000 clients) is asked for every half minute only. */
const largeClientList = 1024 * 1024
const largeClientsEveryMs = 30_000
/** What was refused is asked for again now and then: an administrator may have granted it. */
const refusedEveryMs = 60_000
/** While no tick goes well, the next ones are made ever more rarely, down to this. */
const rarestTryMs = 30_000
/** Somebody comes back after so long without a look for queues: then one is due. */
const longAwayMs = 15_000

/**
 * Looks after one open connection: has its queues found, reads all of them in one round trip a tick, and makes samples.
 * The next tick starts only after the last one ended; while Redis is away the last sample stays.
 */
export class ConnectionLoop {
  /** The last sample, however old. */
  latest: Sample | undefined
  readonly #begun: Promise<Lookout>
  readonly #stopListening: () => void
  #pace: Pace = 'stopped'
  #slowSince = 0
  #closed = false
  readonly #alarm = new Alarm()
  #failures = 0
  /** What counting costs, and what finding queues does: each has its half of the budget. */
  readonly #counting = new RedisClock()
  readonly #finding = new RedisClock()
  readonly #pacing = new Pacing()
  readonly #cost = new CostMeter()
  #rates = new Map<string, RateMemory>()
  /** Workers by queue, from the last CLIENT LIST; null where that is not known. */
  #workers: Map<string, number> | null = null
  #nextClients = 0
  #nextInfo = 0
  #infoProblem: string | null = null

  readonly #reader: Reader
  /** A pipeline to a cluster goes to several servers. */
  readonly #servers = () => this.connection.masters().length

  constructor(
    private readonly connection: Connection,
    private readonly systems: readonly QueueSystem[],
    private readonly history: HistoryKeeper,
    private readonly publish: (sample: Sample) => void,
  ) {
    this.#reader = this.#counting.wrap(connection.reader, this.#servers)
    this.#begun = history.load().then((remembered) => {
      const discovery = createDiscovery(systems, () => hintsOf(connection.profile), remembered)
      const reader = this.#finding.wrap(connection.reader, this.#servers)
      const cost = {
        spentMs: () => this.#finding.spentMs,
        share: () => sweepShare(connection.profile.budgetPercent),
      }
      const masters = () =>
        connection.masters().map(({ name, reader: own }) => ({ name, reader: this.#finding.wrap(own) }))
      return new Lookout(discovery, reader, cost, masters)
    })
    this.#stopListening = connection.onStatus(async ({ status }) => {
      if (status !== 'ready') return
      this.#failures = 0
      const lookout = await this.#begun
      lookout.hurry()
      this.#alarm.ring()
    })
    void this.#run()
  }

  set pace(pace: Pace) {
    if (pace === this.#pace) return
    const now = performance.now()
    const cameBack = pace === 'watched' && now - this.#slowSince > longAwayMs
    if (this.#pace === 'watched') this.#slowSince = now
    this.#pace = pace
    if (cameBack) void this.#begun.then((lookout) => lookout.hurry())
    this.#alarm.ring()
  }

  /** Resolves when what an earlier run kept was taken over. */
  async loaded(): Promise<void> {
    await this.#begun
  }

  /** The queues that are known; looks for them first when nobody did yet. */
  async queues(): Promise<readonly QueueRef[]> {
    const lookout = await this.#begun
    if (!lookout.looked) await lookout.look()
    return lookout.queues()
  }

  /** Looks at all keys now, for 10 s at most. */
  async rescan(): Promise<{ queues: number; partial: string | null }> {
    const lookout = await this.#begun
    const result = await lookout.rescan()
    this.#alarm.ring()
    return result
  }

  /** Stops for good and writes the history. */
  async close(): Promise<void> {
    this.#closed = true
    this.#stopListening()
    this.#alarm.ring()
    const lookout = await this.#begun
    await this.history.save(lookout.remembered())
  }

  async #run(): Promise<void> {
    const lookout = await this.#begun
    while (!this.#closed) {
      this.#alarm.clear()
      const pace = this.#pace
      if (pace === 'stopped' || this.connection.status().status !== 'ready') {
        await this.#alarm.sleep(null)
        continue
      }
      const began = performance.now()
      const pass = lookout.lookWhenDue(sweepEvery(pace, this.latest?.redis?.keys ?? 0))
      if (!lookout.looked) await pass // nothing to count before the first one
      const everyMs = await this.#tick(lookout, pace)
      await this.#alarm.sleep(untilNext(pace, everyMs, began, performance.now()))
    }
  }

  /** One tick; resolves to how long after its beginning the next one is due. */
  async #tick(lookout: Lookout, pace: Exclude<Pace, 'stopped'>): Promise<number> {
    const { spentMs, commands } = this.#counting
    try {
      const began = performance.now()
      const tick = await readTick(this.#reader, this.systems, lookout.queues(), {
        info: began >= this.#nextInfo,
        clients: began >= this.#nextClients,
        ...this.#masters(),
      })
      if (this.#closed) return 0
      this.#failures = 0
      this.#learn(tick, began)
      this.#pacing.note({
        redisMs: this.#counting.spentMs - spentMs,
        commands: this.#counting.commands - commands,
        tickMs: performance.now() - began,
      })
      const { everyMs, heldBack } = this.#pacing.next(pace, this.connection.profile.budgetPercent)
      this.latest = this.#sampleOf(tick, lookout.partial(), { everyMs, heldBack })
      this.history.record(this.latest, tick.info?.rssBytes ?? null, () => lookout.remembered())
      this.publish(this.latest)
      return everyMs
    } catch (error) {
      this.#failures++
      this.#tellWhy(error)
      const { everyMs } = this.#pacing.next(pace, this.connection.profile.budgetPercent)
      return Math.max(everyMs, Math.min(rarestTryMs, everyMs * 2 ** Math.min(this.#failures, 5)))
    }
  }

  /** The last numbers stay. Where the connection itself is well, its status cannot tell why no new ones come. */
  #tellWhy(error: unknown): void {
    if (this.#closed || this.connection.status().status !== 'ready') return
    const why = asSluiceError(error).message
    const empty = { connectionId: this.connection.id, at: Date.now(), queues: [], redis: null, tickMs: 0, cost: noCost }
    this.publish({ ...(this.latest ?? { ...empty, redisProblem: why }), partial: `No new numbers: ${why}` })
  }

  /** Keeps of a tick what the next ones need: workers, and what was refused. */
  #learn(tick: Tick, began: number): void {
    if (began >= this.#nextInfo) {
      this.#infoProblem = tick.infoProblem
      if (tick.infoProblem !== null) this.#nextInfo = began + refusedEveryMs
    }
    if (began < this.#nextClients) return
    const every = tick.clientsBytes > largeClientList ? largeClientsEveryMs : clientsEveryMs
    this.#nextClients = began + (tick.clientsProblem === null ? every : refusedEveryMs)
    this.#workers = tick.clients === null ? null : this.#countWorkers(tick.clients, tick)
  }

  #countWorkers(servers: readonly ClientsOf[], { readings, at }: Tick): Map<string, number> {
    const counts = new Map<string, number>()
    for (const system of this.systems) {
      const queues = readings.flatMap(({ queue }) => (queue.system === system.id ? [queue] : []))
      for (const { queue } of workersAmong(servers, system, queues, at)) {
        const key = queueKey(queue)
        counts.set(key, (counts.get(key) ?? 0) + 1)
      }
    }
    return counts
  }

  #sampleOf(tick: Tick, partial: string | null, how: Pick<Cost, 'everyMs' | 'heldBack'>): Sample {
    const systems = new Map(this.systems.map((system) => [system.id, system]))
    const rates = new Map<string, RateMemory>()
    const queues: QueueSample[] = []
    for (const reading of tick.readings) {
      const system = systems.get(reading.queue.system)
      if (!system) continue
      const key = queueKey(reading.queue)
      const workers = system.workers && this.#workers ? (this.#workers.get(key) ?? 0) : null
      const { memory, sample } = reduceReading(this.#rates.get(key), reading, system, tick.at, workers)
      if (memory) rates.set(key, memory)
      queues.push(sample)
    }
    this.#rates = rates
    return {
      connectionId: this.connection.id,
      at: tick.at,
      queues,
      redis: tick.info?.stats ?? null,
      redisProblem: tick.info ? null : (this.#infoProblem ?? 'INFO gave no answer.'),
      tickMs: Math.round(tick.tickMs * 100) / 100,
      cost: { ...this.#costNow(), ...how, everyMs: Math.round(how.everyMs) },
      partial,
    }
  }

  /** The masters of a cluster, whose answers count for the cost too. */
  #masters(): { masters?: Master[] } {
    const masters = mastersOfCluster(this.connection)
    if (masters === undefined) return {}
    return { masters: masters.map((master) => ({ ...master, reader: this.#counting.wrap(master.reader) })) }
  }

  #costNow() {
    return this.#cost.note(performance.now(), this.connection.traffic(), this.#counting.spentMs + this.#finding.spentMs)
  }
}
