import type { Dedicated } from '../redis/connection.ts'

/** How long one wait lasts at most, so that a retry put there by another worker is not overslept for longer. */
const longestWaitMs = 5000
/** How often to look where blocking is not possible. */
const pollMs = 1000

/**
 * Waits until a list has something, without taking it: BLMOVE from its head to its head moves nothing, so a connection
 * cut at any moment loses nothing. Where that cannot be (an old Redis, a full one, a user who may not), it polls.
 */
export class Wake {
  #dedicated: Promise<Dedicated> | null = null
  /** A wait on the server that is still out; it may outlast the wait it was begun for. */
  #blocking: Promise<void> | null = null
  #closed = false
  #ring: () => void = () => {}
  #alarms = new Set<NodeJS.Timeout>()

  constructor(
    private readonly connect: () => Promise<Dedicated>,
    private readonly list: string,
  ) {}

  /** Resolves when there may be something to take, at the latest after `dueMs`. */
  async wait(dueMs: number | null): Promise<void> {
    if (this.#closed) return
    const rung = new Promise<void>((resolve) => (this.#ring = resolve))
    const timer = setTimeout(this.#ring, Math.min(longestWaitMs, dueMs ?? longestWaitMs))
    this.#blocking ??= this.#block().finally(() => (this.#blocking = null))
    await Promise.race([rung, this.#blocking])
    clearTimeout(timer)
  }

  /** Ends the wait that is on in `ms`: this worker itself has put something there that is due then. */
  alarm(ms: number): void {
    if (this.#closed || ms > longestWaitMs) return // the wait ends before that anyway
    const timer = setTimeout(() => {
      this.#alarms.delete(timer)
      this.#ring()
    }, ms)
    this.#alarms.add(timer)
  }

  close(): void {
    this.#closed = true
    for (const timer of this.#alarms) clearTimeout(timer)
    this.#ring()
    this.#dedicated?.then(
      (dedicated) => dedicated.close(),
      () => {}, // it never opened
    )
  }

  /** Resolves when the list has something, or after a while; never rejects. */
  async #block(): Promise<void> {
    const started = Date.now()
    const seconds = longestWaitMs / 1000
    try {
      this.#dedicated ??= this.connect()
      const dedicated = await this.#dedicated.catch((error: unknown) => {
        this.#dedicated = null
        throw error
      })
      await dedicated.block(seconds, 'BLMOVE', this.list, this.list, 'LEFT', 'LEFT', seconds)
    } catch {
      const rest = pollMs - (Date.now() - started)
      if (!this.#closed && rest > 0) {
        await new Promise<void>((resolve) => this.#alarms.add(setTimeout(resolve, rest)))
      }
    }
  }
}
