import { asSluiceError } from '../../../domain/errors.ts'
import type { Dedicated } from '../../redis/connection.ts'
import { lateMs } from './ledger.ts'

/** How often to look where blocking is not possible. */
const pollMs = 1000

/**
 * Waits for jobs on a connection of its own, one blocking command at a time. `claim` moves the job that comes into this
 * worker's claim, so that it can be begun at once; `peek` moves it from the head to the head, so nothing is taken.
 * Where blocking cannot be (a full Redis, a user who may not), it comes back after a second.
 */
export class Wake {
  #dedicated: Promise<Dedicated> | null = null
  #closed = false
  /** When a command was cut that may still be on its way. */
  #cutAt = Number.NEGATIVE_INFINITY
  #out: Promise<unknown> | null = null
  /** The id of the connection that blocks, as Redis counts them; null where it does not tell. */
  #clientId: Promise<string | null> = Promise.resolve(null)
  /** Whether the command that is out has left, and whether it should not. */
  #sent = false
  #interrupted = false
  #rest: { timer: NodeJS.Timeout; end: () => void } | null = null

  constructor(
    private readonly connect: () => Promise<Dedicated>,
    private readonly list: string,
    private readonly claim: string,
  ) {}

  /** Whether a blocking command is out. */
  get isOut(): boolean {
    return this.#out !== null
  }

  /**
   * Resolves with the job that was claimed, or with null when something may be there, or the time is over; never
   * rejects. Whether a cut connection claimed a job, only the claim can tell.
   */
  async next(how: 'claim' | 'peek', ms: number): Promise<Buffer | null> {
    this.#sent = false
    this.#interrupted = false
    const asked = this.#block(how, ms)
    this.#out = asked
    try {
      return await asked
    } finally {
      this.#out = null
    }
  }

  /** Ends the command that is out, at the server; resolves true once no job can come by it any more. */
  async interrupt(unblock: (clientId: string) => Promise<unknown>): Promise<boolean> {
    const out = this.#out
    this.#rest?.end()
    if (performance.now() - this.#cutAt < lateMs) return false
    if (out === null) return true
    this.#interrupted = true
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), pollMs)
    })
    const ended = this.#unblock(unblock, out).catch(() => false) // not allowed, or Redis is away
    const certain = await Promise.race([ended, late])
    clearTimeout(timer)
    return certain
  }

  async #unblock(unblock: (clientId: string) => Promise<unknown>, out: Promise<unknown>): Promise<boolean> {
    const id = await this.#clientId
    if (this.#sent && id === null) return false
    // It comes by another socket, and may be there before the command that it is to end.
    while (this.#sent && this.isOut && (await unblock(id ?? '')) !== 1) {
      await Promise.race([out, new Promise((resolve) => setTimeout(resolve, 10))])
    }
    await out
    return true
  }

  close(): void {
    this.#closed = true
    this.#rest?.end()
    this.#dedicated?.then(
      (dedicated) => dedicated.close(),
      () => {}, // it never opened
    )
  }

  async #block(how: 'claim' | 'peek', ms: number): Promise<Buffer | null> {
    const started = performance.now()
    const seconds = Math.max(0.05, ms / 1000)
    try {
      this.#dedicated ??= this.connect()
      const dedicated = await this.#dedicated.catch((error: unknown) => {
        this.#dedicated = null
        throw error
      })
      if (this.#closed || this.#interrupted) return null
      this.#sent = true
      // On the same socket right before: after a reconnect it is another.
      this.#clientId = dedicated.call('CLIENT', 'ID').then(String, () => null) // a user who may not ask
      const to = how === 'claim' ? [this.claim, 'LEFT', 'RIGHT'] : [this.list, 'LEFT', 'LEFT']
      const moved = await dedicated.block(seconds, 'BLMOVE', this.list, ...to, seconds)
      return how === 'claim' && Buffer.isBuffer(moved) ? moved : null
    } catch (error) {
      if (asSluiceError(error).code === 'OUTCOME_UNKNOWN') this.#cutAt = performance.now()
      await this.#pause(pollMs - (performance.now() - started))
      return null
    }
  }

  #pause(ms: number): Promise<void> {
    if (this.#closed || ms <= 0) return Promise.resolve()
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer)
        this.#rest = null
        resolve()
      }
      const timer = setTimeout(end, ms)
      this.#rest = { timer, end }
    })
  }
}
