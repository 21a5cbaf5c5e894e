import type { Random } from '../../src/engine/demo/random.ts'
import type { Fleet } from './fleet.ts'
import { rhythm } from './rhythm.ts'
import type { Stage } from './stage.ts'

/** How often each fault comes about, as ms between two on average; null for never. */
export interface Pace {
  readonly kill: number | null
  readonly cut: number | null
  readonly freeze: number | null
  readonly redisKill: number | null
}

/** What goes wrong in a soak. */
export class Faults {
  /** Connections that were cut while Redis lived. */
  cuts = 0
  redisKills = 0

  constructor(
    private readonly stage: Stage,
    private readonly fleet: Fleet,
    private readonly random: Random,
    /** What a worker says to take jobs. */
    private readonly taking: RegExp,
  ) {}

  /** All of them at once, each at its pace; `freezeMs` is how long a worker stands still. Resolves after the last one. */
  async run(pace: Pace, freezeMs: number, signal: AbortSignal): Promise<void> {
    const all: [number | null, () => Promise<void>][] = [
      [pace.kill, () => this.fleet.kill()],
      [pace.freeze, () => this.fleet.freeze(freezeMs)],
      [pace.cut, () => this.#cut()],
      [pace.redisKill, () => this.#killRedis()],
    ]
    await Promise.all(all.map(([ms, act]) => (ms === null ? null : rhythm(this.random, ms, signal, act))))
  }

  async #killRedis(): Promise<void> {
    await this.stage.server.kill()
    this.redisKills++
    await this.stage.server.start()
  }

  /** Some of all connections at once, one in the middle of what it says next, or one at the server. */
  async #cut(): Promise<void> {
    const { proxy } = this.stage
    const draw = this.random.next()
    if (draw < 0.25) {
      // Mostly in the reply, near its start: what was done then is done, and nobody heard of it.
      const [direction, bytes] = this.random.chance(0.2) ? (['request', 1500] as const) : (['reply', 300] as const)
      proxy.cutWithin(this.taking, direction, this.random.int(0, bytes))
      this.cuts++
    } else if (draw < 0.3) {
      await this.#clientKill()
    } else {
      const share = this.random.next()
      this.cuts += proxy.cut(() => this.random.chance(share))
    }
  }

  async #clientKill(): Promise<void> {
    const { client } = this.stage.server
    if (client.status !== 'ready') return // Redis was killed just now
    try {
      const list = String(await client.client('LIST'))
      const ids = [...list.matchAll(/^id=(\d+) .*name=sluice:pool/gm)].map(([, id]) => id ?? '')
      if (ids.length === 0) return
      this.cuts += Number(await client.client('KILL', 'ID', ids[this.random.int(0, ids.length - 1)] ?? ''))
    } catch {
      // Redis was killed meanwhile
    }
  }
}
