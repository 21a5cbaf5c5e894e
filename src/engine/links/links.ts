import type { Link } from '../../domain/link.ts'
import { Feed, latestOnly } from '../feed.ts'

/** The places that links lead to, for the windows to show. The newest one waits for a window; older ones are passed over. */
export class Links {
  readonly #feed = new Feed<Link>(latestOnly)
  #waiting: Link | null = null

  follow(link: Link): void {
    if (this.#feed.readers > 0) this.#feed.publish(link)
    else this.#waiting = link
  }

  /** What waits goes to who reads first, what comes later to all that read. */
  async *read(signal: AbortSignal | undefined): AsyncGenerator<Link, void, void> {
    const waiting = this.#waiting
    this.#waiting = null
    yield* waiting === null ? this.#feed.read(signal) : this.#feed.read(signal, () => waiting)
  }
}
