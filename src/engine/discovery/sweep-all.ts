import type { Reader } from '../../systems/handles.ts'
import type { SeenKey } from '../../systems/system.ts'
import type { Master } from '../redis/connection.ts'
import { type Budget, Sweep, type Way } from './sweep.ts'

/** A server that is walked. */
export type Walked = Pick<Master, 'name' | 'reader'>

/** One server, for those who know of no others. */
export const only = (reader: Reader): readonly Walked[] => [{ name: '', reader }]

/** One walk over all keys of all masters, of which each knows only its own: a Sweep for each, side by side. */
export class SweepAll {
  readonly #sweeps = new Map<string, Sweep>()
  /** Masters that did not answer in the last pass: their keys are not among those seen. */
  #away: readonly string[] = []
  #present: readonly string[] = []

  constructor(
    private readonly wants: (key: SeenKey) => boolean,
    private readonly way: Way,
  ) {}

  /** Whether all keys were looked at, as far as their masters answer. */
  get done(): boolean {
    return this.#present.every((name) => this.#away.includes(name) || this.#sweeps.get(name)?.done === true)
  }

  /** The wanted keys seen since the last `forget`, with their types; a key that changed its master meanwhile comes once. */
  get seen(): SeenKey[] {
    const all = new Map<string, SeenKey>()
    for (const sweep of this.#sweeps.values()) for (const seen of sweep.seen) all.set(seen.key, seen)
    return [...all.values()]
  }

  get kept(): number {
    return this.#sum(({ kept }) => kept)
  }

  forget(): void {
    for (const sweep of this.#sweeps.values()) sweep.forget()
  }

  get looked(): number {
    return this.#sum(({ looked }) => looked)
  }

  /** All keys when the sweep began; null where DBSIZE is refused. */
  get size(): number | null {
    const sizes = Array.from(this.#sweeps.values(), ({ size }) => size)
    return sizes.some((size) => size === null) ? null : this.#sum(({ size }) => size ?? 0)
  }

  /** SCAN is refused to this user: nothing can be found by looking. */
  get refused(): boolean {
    return Array.from(this.#sweeps.values()).some(({ refused }) => refused)
  }

  /** Keys that this user may not read. */
  get forbidden(): number {
    return this.#sum(({ forbidden }) => forbidden)
  }

  /** Lists and the like under names that are not UTF-8 text, which no screen can name. */
  get unreadable(): number {
    return this.#sum(({ unreadable }) => unreadable)
  }

  get away(): readonly string[] {
    return this.#away
  }

  /**
   * Goes on at all masters at a time, each with its share of the budget; see Sweep. A master that is away is left out;
   * rejects as its reader does when all are.
   */
  async pass(masters: readonly Walked[], { keys, ms }: Budget): Promise<void> {
    const share = { keys: Math.ceil(keys / Math.max(1, masters.length)), ms }
    this.#present = masters.map(({ name }) => name)
    const results = await Promise.allSettled(
      masters.map(({ name, reader }) => {
        const sweep = this.#sweeps.get(name) ?? new Sweep(this.wants, this.way)
        this.#sweeps.set(name, sweep)
        return sweep.pass(reader, share)
      }),
    )
    const failed = results.flatMap((result, i) =>
      result.status === 'rejected' ? [{ name: masters[i]?.name ?? '', reason: result.reason as unknown }] : [],
    )
    this.#away = failed.map(({ name }) => name)
    if (failed[0] && failed.length === masters.length) throw failed[0].reason
  }

  #sum(of: (sweep: Sweep) => number): number {
    let sum = 0
    for (const sweep of this.#sweeps.values()) sum += of(sweep)
    return sum
  }
}
