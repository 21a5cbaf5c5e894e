import { SluiceError } from '../../domain/errors.ts'
import type { Link } from './link.ts'

/** A link that is opened when somebody needs it, one attempt at a time, and again when it was lost in between. */
export class OnDemandLink {
  #link: Link | null = null
  #opening: Promise<Link> | null = null
  #closed = false

  constructor(private readonly open: () => Promise<Link>) {}

  /** The open link; opens one when there is none. Throws what the attempt met, and NOT_OPEN after `close`. */
  get(): Promise<Link> {
    if (this.#closed) return Promise.reject(new SluiceError('NOT_OPEN'))
    if (this.#link?.open) return Promise.resolve(this.#link)
    this.#opening ??= this.#attempt()
    return this.#opening
  }

  /** Cuts the link that is open now; what is in flight is rejected. */
  drop(): void {
    this.#link?.drop()
    this.#link = null
  }

  close(): void {
    this.#closed = true
    this.drop()
  }

  async #attempt(): Promise<Link> {
    try {
      const link = await this.open()
      if (this.#closed) {
        link.drop()
        throw new SluiceError('NOT_OPEN')
      }
      this.#link = link
      return link
    } finally {
      this.#opening = null
    }
  }
}
