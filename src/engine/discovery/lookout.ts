import { asSluiceError } from '../../domain/errors.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Reader } from '../../systems/handles.ts'
import type { Discovery, Remembered } from './discover.ts'
import type { Budget } from './sweep.ts'
import { only, type Walked } from './sweep-all.ts'

/** One short pass: at most half a second of waiting, so that a huge database never holds up a tick for long. */
const shortPass: Budget = { keys: 100_000, ms: 500 }
/** Pause between two passes of one sweep. */
const betweenPassesMs = 500
/** What looking may cost, once all keys were seen: after a sweep or a pass the next one waits so many times as long. */
export interface LookoutCost {
  /** Time of Redis that looking took since the beginning, ms. */
  spentMs(): number
  share(): number
}
/** A twentieth of the time that passes. */
const usualCost: LookoutCost = { spentMs: () => performance.now(), share: () => 20 }
/** A person who asks to look again waits this long at most. */
const patience: Budget = { keys: Number.POSITIVE_INFINITY, ms: 10_000 }

/** Keeps looking for the queues of one connection: in short passes beside the ticks, one pass at a time. */
export class Lookout {
  /** Whether a pass was ever made. */
  looked = false
  #pass: Promise<boolean> | null = null
  #nextPass = 0
  #sweepMs = 0
  #passMs = 0
  #sweptOnce = false
  #problem: string | null = null

  constructor(
    private readonly discovery: Discovery,
    private readonly reader: Reader,
    private readonly cost: LookoutCost = usualCost,
    private readonly masters: () => readonly Walked[] = () => only(reader),
  ) {}

  queues(): readonly QueueRef[] {
    return this.discovery.queues()
  }

  remembered(): Remembered[] {
    return this.discovery.remembered()
  }

  /** One sentence or more on what could not be seen; null when all keys were. */
  partial(): string | null {
    const parts = [this.discovery.partial(), this.#problem].filter((part) => part !== null)
    return parts.length > 0 ? parts.join(' ') : null
  }

  /** Makes a pass when it is time for one: the next of a sweep soon, the next sweep after `everyMs`. Never rejects. */
  async lookWhenDue(everyMs: number): Promise<void> {
    if (this.#pass || performance.now() < this.#nextPass) return
    let wait = everyMs
    try {
      const done = await this.look()
      const share = this.cost.share()
      // Whoever opened a Redis waits for the first sweep: it rests afterwards, the others after each pass.
      if (done) wait = Math.max(everyMs, (this.#sweptOnce ? this.#passMs : this.#sweepMs) * share)
      else wait = this.#sweptOnce ? Math.max(betweenPassesMs, this.#passMs * share) : betweenPassesMs
      if (done) this.#sweepMs = 0
      this.#sweptOnce ||= done
    } catch {
      // told by `partial`, or by the connection's status
    }
    this.#nextPass = performance.now() + wait
  }

  /** Makes the next pass due at once: after a failover another server may answer. */
  hurry(): void {
    this.#nextPass = 0
  }

  /** One pass now, or the one under way; resolves to whether it ended the sweep. Rejects as the reader does. */
  look(budget = shortPass): Promise<boolean> {
    this.#pass ??= this.#onePass(budget).finally(() => {
      this.#pass = null
    })
    return this.#pass
  }

  /** Looks at all keys from the first one on, for 10 s at most. */
  async rescan(): Promise<{ queues: number; partial: string | null }> {
    while (this.#pass) await this.#pass.catch(() => {})
    this.discovery.restart()
    await this.look(patience)
    return { queues: this.queues().length, partial: this.partial() }
  }

  async #onePass(budget: Budget): Promise<boolean> {
    const began = this.cost.spentMs()
    try {
      const done = await this.discovery.pass(this.reader, budget, this.masters())
      this.looked = true
      this.#problem = null
      return done
    } catch (error) {
      const { code, message } = asSluiceError(error)
      if (code !== 'CONNECTION_LOST') this.#problem = `Queues could not be looked for: ${message}`
      throw error
    } finally {
      this.#passMs = this.cost.spentMs() - began
      this.#sweepMs += this.#passMs
    }
  }
}
