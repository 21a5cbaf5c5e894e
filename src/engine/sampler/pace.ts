/**
 * Why the queues of a connection are read, and so how often. `watched`: somebody uses a window. `held`: workers are scaled
 * by the numbers. `idle`: a window shows them, and nobody touches it. `stopped`: nobody wants to know.
 */
export type Pace = 'watched' | 'held' | 'idle' | 'stopped'

const tickEveryMs = { watched: 1000, held: 5000, idle: 5000 }
const sweepEveryMs = { watched: 15_000, held: 60_000, idle: 60_000 }
/** Nobody touches the window: then Redis gets this many commands a second at most, on average. */
const idleCommandsPerSecond = 2.5
const rarestIdleMs = 30_000
/** Connections that nobody touches are read together, so that the app wakes and draws once for all of them. */
const idleBeatMs = 5_000
const rarestSweepMs = 10 * 60_000
/** However little a budget allows, numbers do not get older than this. */
const rarestMs = 5 * 60_000
/** Half of the budget is for counting, half for finding queues. */
const share = 0.5
/** Of so many last ticks the middle one counts: one that met a fork or a lost packet says nothing. */
const ticksThatCount = 5

/** What one tick cost. */
export interface TickCost {
  /** Time of Redis, ms. */
  readonly redisMs: number
  /** How long it took, ms. */
  readonly tickMs: number
  readonly commands: number
}

/** How often to read, so that it costs no more than the profile allows. */
export class Pacing {
  #last: TickCost[] = []

  note(cost: TickCost): void {
    this.#last = [...this.#last.slice(1 - ticksThatCount), cost]
  }

  /** How long after the beginning of a tick the next one is due, ms, and whether the budget made that longer. */
  next(pace: Exclude<Pace, 'stopped'>, budgetPercent: number): { everyMs: number; heldBack: boolean } {
    const cost = (of: (cost: TickCost) => number) => median(this.#last.map(of))
    const wanted = Math.max(
      tickEveryMs[pace],
      pace === 'idle' ? Math.min(rarestIdleMs, (cost(({ commands }) => commands) * 1000) / idleCommandsPerSecond) : 0,
    )
    const allowed = Math.min(rarestMs, (cost(({ redisMs }) => redisMs) * 100) / (budgetPercent * share))
    // A line that is slow itself has half of its time to itself, whatever Redis would take.
    return { everyMs: Math.max(wanted, allowed, 2 * cost(({ tickMs }) => tickMs)), heldBack: allowed > wanted }
  }
}

/**
 * How long to sleep now, ms, before the tick that is due `everyMs` after `began` (both by the same clock). When idle that is
 * the beat nearest to it, of those that all connections share.
 */
export function untilNext(pace: Exclude<Pace, 'stopped'>, everyMs: number, began: number, now: number): number {
  if (pace !== 'idle') return Math.max(0, everyMs - (now - began))
  const beat = Math.ceil(everyMs / idleBeatMs) * idleBeatMs
  const next = beat - (now % beat)
  return next < beat / 2 ? next + beat : next
}

/** How long after a look at all `keys` the next one is due, ms. */
export function sweepEvery(pace: Exclude<Pace, 'stopped'>, keys: number): number {
  if (pace !== 'idle') return sweepEveryMs[pace]
  // A look asks for the type of each key.
  return Math.min(rarestSweepMs, Math.max(sweepEveryMs.idle, keys * 1000))
}

/** How much time of Redis finding queues may take in a second, as a factor of the time that it took. */
export const sweepShare = (budgetPercent: number) => 100 / (budgetPercent * share)

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0
}
