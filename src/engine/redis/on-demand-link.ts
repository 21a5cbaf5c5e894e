import { SluiceError } from '../../domain/errors.ts'
import type { Link } from './link.ts'

/** How long a link may lie unused before it is asked whether it still leads anywhere, and how long that may take. */
const idle = { ms: 10_000, timeoutMs: 4_000 }

/**
 * A link that is opened when somebody needs it, one attempt at a time, and again when it was lost in between. One that
 * lay unused for a while is asked by PING first: a write into a socket that died silently would have no known outcome.
 */
export class OnDemandLink {
  #link: Link | null = null
  #usedAt = 0
  #opening: Promise<Link> | null = null
  #closed = false
  /** Ends the wait of those who wait for the attempt under way. */
  #giveUp: (why: SluiceError) => void = () => {}

  constructor(
    private readonly open: () => Promise<Link>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /**
   * The open link; opens one when there is none. `busy` says that it waits for an answer, so that no PING would get
   * through. Throws what the attempt met, and NOT_OPEN after `close`.
   */
  async get(busy = false): Promise<Link> {
    if (this.#closed) throw new SluiceError('NOT_OPEN')
    const link = this.#link
    const doubtful = !busy && this.now() - this.#usedAt > idle.ms
    if (link?.open && doubtful) await link.ping(idle.timeoutMs).catch(() => {})
    this.#usedAt = this.now()
    if (link?.open) return link
    this.#opening ??= this.#attempt()
    return this.#opening
  }

  /** Cuts the link that is open now; what is in flight is rejected, and who waits for an attempt waits no longer. */
  drop(): void {
    this.#link?.drop()
    this.#link = null
    this.#giveUp(new SluiceError(this.#closed ? 'NOT_OPEN' : 'CONNECTION_LOST'))
  }

  close(): void {
    this.#closed = true
    this.drop()
  }

  async #attempt(): Promise<Link> {
    const opening = this.open()
    try {
      const link = await Promise.race([
        opening,
        new Promise<never>((_, reject) => {
          this.#giveUp = reject
        }),
      ])
      this.#link = link
      return link
    } catch (error) {
      opening.then(
        (link) => link.drop(),
        () => {}, // that is the error
      )
      throw error
    } finally {
      this.#opening = null
    }
  }
}
