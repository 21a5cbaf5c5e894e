import { asSluiceError } from '../../domain/errors.ts'
import { type QueueRef, queueKey } from '../../domain/queue.ts'
import type { QueueSample, Sample } from '../../domain/sample.ts'
import type { ClientInfo, QueueSystem } from '../../systems/system.ts'
import { Alarm } from '../alarm.ts'
import { createDiscovery, hintsOf } from '../discovery/discover.ts'
import { Lookout } from '../discovery/lookout.ts'
import type { Connection } from '../redis/connection.ts'
import type { HistoryKeeper } from './history-keeper.ts'
import { type RateMemory, reduceReading } from './rates.ts'
import { readTick, type Tick } from './tick.ts'

/** How often to look: every second while a screen watches, every 5 s for those who only hold, not at all otherwise. */
export type Pace = 'watched' | 'held' | 'idle'

const tickEveryMs = { watched: 1000, held: 5000 }
const sweepEveryMs = { watched: 15_000, held: 60_000 }
/** A tick slower than this makes the next ones rarer, so that the console takes a tenth of the time at most. */
const slowTickMs = 100
const slowTickShare = 10
const rarestTickMs = 30_000
const clientsEveryMs = 5000
/** A CLIENT LIST reply above this size (some 4,000 clients) is asked for every half minute only. */
const largeClientList = 1024 * 1024
const largeClientsEveryMs = 30_000
/** What was refused is asked for again now and then: an administrator may have granted it. */
const refusedEveryMs = 60_000

/**
 * Looks after one open connection: has its queues found, reads all of them in one round trip a tick, and makes samples.
 * The next tick starts only after the last one ended; while Redis is away the last sample stays.
 */
export class ConnectionLoop {
  /** The last sample, however old. */
  latest: Sample | undefined
  readonly #begun: Promise<Lookout>
  readonly #stopListening: () => void
  #pace: Pace = 'idle'
  #closed = false
  readonly #alarm = new Alarm()
  #failures = 0
  #rates = new Map<string, RateMemory>()
  /** Workers by queue, from the last CLIENT LIST; null where that is not known. */
  #workers: Map<string, number> | null = null
  #nextClients = 0
  #nextInfo = 0
  #infoProblem: string | null = null

  constructor(
    private readonly connection: Connection,
    private readonly systems: readonly QueueSystem[],
    private readonly history: HistoryKeeper,
    private readonly publish: (sample: Sample) => void,
  ) {
    this.#begun = history.load().then((remembered) => {
      const discovery = createDiscovery(systems, () => hintsOf(connection.profile), remembered)
      return new Lookout(discovery, connection.reader)
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
    this.#pace = pace
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
      if (this.#pace === 'idle' || this.connection.status().status !== 'ready') {
        await this.#alarm.sleep(null)
        continue
      }
      const began = performance.now()
      const pass = lookout.lookWhenDue(sweepEveryMs[this.#pace])
      if (!lookout.looked) await pass // nothing to count before the first one
      const everyMs = await this.#tick(lookout)
      await this.#alarm.sleep(Math.max(0, everyMs - (performance.now() - began)))
    }
  }

  /** One tick; resolves to how long after its beginning the next one is due. */
  async #tick(lookout: Lookout): Promise<number> {
    try {
      const began = performance.now()
      const tick = await readTick(this.connection.reader, this.systems, lookout.queues(), {
        info: began >= this.#nextInfo,
        clients: began >= this.#nextClients,
      })
      if (this.#closed) return 0
      this.#failures = 0
      this.#learn(tick, began)
      this.latest = this.#sampleOf(tick, lookout.partial())
      this.history.record(this.latest, tick.info?.rssBytes ?? null, () => lookout.remembered())
      this.publish(this.latest)
      return this.#every(tick.tickMs)
    } catch (error) {
      this.#failures++
      this.#tellWhy(error)
      return Math.min(rarestTickMs, this.#every(0) * 2 ** Math.min(this.#failures, 5))
    }
  }

  /** The last numbers stay. Where the connection itself is well, its status cannot tell why no new ones come. */
  #tellWhy(error: unknown): void {
    if (this.#closed || this.connection.status().status !== 'ready') return
    const why = asSluiceError(error).message
    const empty = { connectionId: this.connection.id, at: Date.now(), queues: [], redis: null, tickMs: 0 }
    this.publish({ ...(this.latest ?? { ...empty, redisProblem: why }), partial: `No new numbers: ${why}` })
  }

  #every(tickMs: number): number {
    const every = tickEveryMs[this.#pace === 'watched' ? 'watched' : 'held']
    return tickMs > slowTickMs ? Math.max(every, Math.min(rarestTickMs, tickMs * slowTickShare)) : every
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

  #countWorkers(clients: readonly ClientInfo[], { readings, at }: Tick): Map<string, number> {
    const counts = new Map<string, number>()
    for (const system of this.systems) {
      const queues = readings.flatMap(({ queue }) => (queue.system === system.id ? [queue] : []))
      for (const { queue } of system.workers?.(clients, queues, at) ?? []) {
        const key = queueKey(queue)
        counts.set(key, (counts.get(key) ?? 0) + 1)
      }
    }
    return counts
  }

  #sampleOf(tick: Tick, partial: string | null): Sample {
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
      partial,
    }
  }
}
