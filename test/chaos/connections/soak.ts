import { setTimeout as pause } from 'node:timers/promises'
import { openEngine } from '../../../bench/connections/measurements/engine-client.ts'
import type { ErrorCode } from '../../../src/domain/errors.ts'
import type { ConnectionStatus } from '../../../src/domain/profile.ts'
import type { Sample } from '../../../src/domain/sample.ts'
import { Random } from '../../../src/engine/demo/random.ts'
import { RunningClock } from '../../running-clock.ts'
import { clusterSite } from './cluster-site.ts'
import { Ledger } from './ledger.ts'
import { sentinelSite } from './sentinel-site.ts'
import type { Site } from './site.ts'
import { standaloneSite } from './standalone-site.ts'

export interface SoakOptions {
  readonly seconds: number
  readonly seed: number
  readonly sites: readonly SiteName[]
  /** From the beginning of one fault to the next one, ms. */
  readonly everyMs?: number
}
export type SiteName = 'standalone' | 'sentinel' | 'cluster'

export interface SoakResult {
  readonly faults: Readonly<Record<string, number>>
  readonly reads: number
  readonly searches: number
  readonly writes: Readonly<Record<'done' | 'unknown' | 'refused', number>>
  /** How often a call ended with each code. */
  readonly codes: Readonly<Record<string, number>>
  /** Longest that any call took, ms, by the time in which this process ran. */
  readonly slowestMs: number
  /** Longest that this process stood still, ms. */
  readonly stoodStillMs: number
  /** Heap after each collection, bytes; empty where this process may not collect. */
  readonly heap: readonly number[]
  /** What should not have been, in words; empty when all is well. */
  readonly breaches: readonly string[]
}

/** No call may take longer. */
const hangMs = 10_000
/** By then a status has to tell that nothing answers. */
const truthMs = 9_500
/** All is mended: by then all has to be well. */
const restMs = 30_000
const queue = { system: 'plain-list', prefix: 'queue:', name: '{soak}' } as const
const listKey = 'queue:{soak}'

const starts: Readonly<Record<SiteName, () => Promise<Site>>> = {
  standalone: standaloneSite,
  sentinel: sentinelSite,
  cluster: () => clusterSite(listKey),
}

/**
 * The whole engine polls, reads, searches and writes numbered jobs at several sites, while at each of them one thing after
 * the other goes wrong; then all is mended, and everything has to be well and add up.
 */
export async function soakConnections(options: SoakOptions): Promise<SoakResult> {
  const sites = await Promise.all(options.sites.map((name) => starts[name]()))
  const engine = await openEngine()
  const over = new AbortController()
  const breaches: string[] = []
  const runs: SiteRun[] = []
  const heap: number[] = []
  const statuses = new Map<string, ConnectionStatus>()
  const samples = new Map<string, Sample>()
  const clock = new RunningClock()
  void engine.watch((event) => {
    if (event.type === 'sample') samples.set(event.sample.connectionId, event.sample)
  })
  void (async () => {
    for await (const all of await engine.client.connections.watch({})) {
      for (const status of all) statuses.set(status.connectionId, status)
    }
  })()
  try {
    for (const [i, site] of sites.entries()) {
      const id = await engine.saveAt(site.draft)
      await engine.client.connections.open({ connectionId: id })
      const parts = { site, id, client: engine.client, random: new Random(options.seed + i), clock, breaches }
      runs.push(new SiteRun({ ...parts, status: () => statuses.get(id), sample: () => samples.get(id) }))
    }
    const memory = setInterval(() => heap.push(heapNow()), Math.max(1000, (options.seconds * 1000) / 40))
    const timer = setTimeout(() => over.abort(), options.seconds * 1000)
    await Promise.all(runs.map((run) => run.run(over.signal, options.everyMs ?? 5000)))
    clearTimeout(timer)
    clearInterval(memory)
    await Promise.all(runs.map((run) => run.settle()))
  } finally {
    over.abort()
    clock.stop()
    await engine.close()
    for (const site of sites) await site.stop()
  }
  const sum = (of: (run: SiteRun) => number) => runs.reduce((total, run) => total + of(run), 0)
  return {
    faults: Object.fromEntries(runs.flatMap((run) => [...run.faults])),
    reads: sum((run) => run.reads),
    searches: sum((run) => run.searches),
    writes: {
      done: sum(({ ledger }) => ledger.count('done')),
      unknown: sum(({ ledger }) => ledger.count('unknown')),
      refused: sum(({ ledger }) => ledger.count('refused')),
    },
    codes: Object.fromEntries(expected.map((code) => [code, sum(({ codes }) => codes.get(code) ?? 0)])),
    slowestMs: Math.max(...runs.map((run) => run.slowestMs)),
    stoodStillMs: clock.stoodStillMs,
    heap: heap.filter((bytes) => bytes > 0),
    breaches,
  }
}

function heapNow(): number {
  if (globalThis.gc === undefined) return 0
  globalThis.gc()
  return process.memoryUsage().heapUsed
}

interface SiteRunParts {
  readonly site: Site
  readonly id: string
  readonly client: Awaited<ReturnType<typeof openEngine>>['client']
  readonly random: Random
  readonly clock: RunningClock
  readonly breaches: string[]
  status(): ConnectionStatus | undefined
  sample(): Sample | undefined
}

/** The work and the faults at one site. */
class SiteRun {
  readonly ledger = new Ledger()
  readonly faults = new Map<string, number>()
  reads = 0
  searches = 0
  slowestMs = 0
  /** How often a call ended with each code. */
  readonly codes = new Map<string, number>()
  #mayLose = false

  constructor(private readonly parts: SiteRunParts) {}

  /** Works until the signal aborts; everything that was broken is mended then. */
  async run(signal: AbortSignal, everyMs: number): Promise<void> {
    const { client, id } = this.parts
    const again = async (ms: number, act: () => Promise<unknown>) => {
      while (!signal.aborted) {
        await act()
        await pause(ms)
      }
    }
    await Promise.all([
      this.#break(signal, everyMs),
      again(60, () => this.#write()),
      again(250, async () => {
        const page = { connectionId: id, queue, state: 'waiting', offset: 0, limit: 50 }
        if (await this.#timed('a page', () => client.queues.page(page))) this.reads++
      }),
      again(3000, () => this.#search(signal)),
    ])
  }

  async #break(signal: AbortSignal, everyMs: number): Promise<void> {
    const { site, random, clock, breaches } = this.parts
    const faults = site.faults(random)
    const sudden = faults.filter(({ end }) => end === undefined)
    while (!signal.aborted) {
      // Those that last leave little time for work, and so for what the sudden ones may meet.
      const fault = random.chance(0.4) ? (sudden[random.int(0, sudden.length - 1)] ?? faults[0]) : random.pick(faults)
      const name = `${site.name}: ${fault.name}`
      this.#mayLose ||= fault.loses === true
      const long = fault.away === true && random.chance(0.2)
      const lasts = long ? truthMs : random.int(everyMs / 10, everyMs * 0.4)
      const began = clock.now()
      try {
        await fault.begin()
        this.faults.set(name, (this.faults.get(name) ?? 0) + 1)
      } catch {
        // It cannot go wrong in this way just now: a slot is where it was to go, a failover is under way.
      }
      if (fault.end) {
        await clock.pass(lasts, signal)
        if (long && !signal.aborted && this.parts.status()?.status === 'ready') {
          breaches.push(`${name} lasts for ${truthMs} ms, and the status says ready`)
        }
        await fault.end()
      }
      await clock.pass(everyMs - (clock.now() - began), signal)
    }
  }

  async #write(): Promise<void> {
    const { client, id } = this.parts
    const number = this.ledger.next()
    const job = { payload: `{"n":${number}}`, name: null, options: null }
    let code: string | null = null
    const done = await this.#timed(
      `write ${number}`,
      () => client.queues.add({ connectionId: id, queue, job }),
      (failed) => {
        code = failed
      },
    )
    this.ledger.tell(number, done ? 'done' : code === 'OUTCOME_UNKNOWN' ? 'unknown' : 'refused')
  }

  /** Looks through the list for a number that is not there; a search that ends before its time may say why. */
  async #search(signal: AbortSignal): Promise<void> {
    const { client, id, clock, breaches, site } = this.parts
    const question = { connectionId: id, queue, state: 'waiting', kinds: [], filter: 'payload:nowhere', budget: 20 }
    const stop = new AbortController()
    let last = clock.now()
    const watch = setInterval(() => {
      if (clock.now() - last < hangMs) return
      breaches.push(`${site.name}: a search said nothing for ${hangMs} ms`)
      last = Number.POSITIVE_INFINITY
      stop.abort()
    }, 500)
    try {
      for await (const { progress } of await client.searches.run(question, { signal: stop.signal })) {
        last = clock.now()
        if (progress.status !== 'running' || signal.aborted) break
      }
      this.searches++
    } catch (error) {
      this.#known('a search', error)
    } finally {
      clearInterval(watch)
    }
  }

  /** Whether it went well; what took too long, and what no one expects, is a breach. */
  async #timed(
    what: string,
    work: () => Promise<unknown>,
    onError: (code: string) => void = () => {},
  ): Promise<boolean> {
    const { clock, breaches, site } = this.parts
    const began = clock.now()
    try {
      await work()
      return true
    } catch (error) {
      onError(this.#known(what, error))
      return false
    } finally {
      const took = clock.now() - began
      this.slowestMs = Math.max(this.slowestMs, took)
      if (took > hangMs) breaches.push(`${site.name}: ${what} took ${Math.round(took)} ms`)
    }
  }

  #known(what: string, error: unknown): string {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    this.codes.set(code, (this.codes.get(code) ?? 0) + 1)
    if (!expected.includes(code as ErrorCode)) {
      this.parts.breaches.push(`${this.parts.site.name}: ${what} failed with ${code} ${error}`)
    }
    return code
  }

  /** All is mended: waits until all is well, and counts. */
  async settle(): Promise<void> {
    const { site, id, client, clock, breaches, status, sample } = this.parts
    const from = Date.now()
    const deadline = clock.now() + restMs
    await client.connections.retry({ connectionId: id })
    await this.#write() // what is wrong with writes is over when one went well
    const well = async () => {
      const all = (await site.list(listKey)).length
      const counted = sample()?.queues.find((each) => each.queue.name === queue.name)?.states.waiting
      const now = status()
      const fresh = (sample()?.at ?? 0) > from
      if (now?.status !== 'ready' || now.problem !== null) return `the status is ${now?.status}: ${now?.problem}`
      if (!fresh || counted !== all) return `${counted} jobs are shown, and ${all} are there`
      return null
    }
    let wrong = await well().catch(String)
    while (wrong !== null && clock.now() < deadline) {
      await pause(300)
      if (status()?.problem !== null) await this.#write()
      wrong = await well().catch(String)
    }
    if (wrong !== null) breaches.push(`${site.name}: ${restMs} ms after all was mended ${wrong}`)
    const there = (await site.list(listKey)).map((text) => Number(/"n":(\d+)/.exec(text)?.[1]))
    breaches.push(...this.ledger.breaches(there, this.#mayLose).map((breach) => `${site.name}: ${breach}`))
  }
}

/** What a call may end with while things go wrong. */
const expected: readonly ErrorCode[] = [
  ...(['CONNECTION_LOST', 'COMMAND_TIMEOUT', 'OUTCOME_UNKNOWN', 'CONNECT_TIMEOUT', 'CONNECTION_REFUSED'] as const),
  ...(['REDIS_LOADING', 'REDIS_BUSY', 'REDIS_FULL', 'REDIS_UNAVAILABLE', 'REPLICA', 'NO_MASTER', 'NOT_REDIS'] as const),
]
