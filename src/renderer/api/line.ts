import type { Session } from './transport.ts'

/**
 * A session with everyone who waits for an answer on it. Not every kind of line tells its callers that it was cut, so
 * this does. Each waiter is forgotten as soon as it has its answer: sessions live for days.
 */
export class Line {
  readonly #waiting = new Set<() => void>()
  #cut = false

  constructor(readonly session: Session) {
    void session.closed.then(() => {
      this.#cut = true
      for (const tell of [...this.#waiting]) tell()
    })
  }

  /** The answer, or the error that `onCut` makes when the line is cut before it comes. */
  answer<T>(promise: Promise<T>, onCut: () => unknown): Promise<T> {
    if (this.#cut) {
      promise.catch(() => {}) // its own failure is no news any more
      return Promise.reject(onCut())
    }
    return new Promise((resolve, reject) => {
      const tell = () => reject(onCut())
      this.#waiting.add(tell)
      promise.then(resolve, reject).finally(() => this.#waiting.delete(tell))
    })
  }

  /** The events, which fail with the error that `onCut` makes when the line is cut. */
  async *events<T>(source: AsyncIterable<T>, onCut: () => unknown): AsyncGenerator<T, void> {
    const iterator = source[Symbol.asyncIterator]()
    try {
      for (;;) {
        const step = await this.answer(iterator.next(), onCut)
        if (step.done) return
        yield step.value
      }
    } finally {
      // Not awaited: where the line was cut nobody answers this.
      if (iterator.return !== undefined) void iterator.return().catch(() => {})
    }
  }
}
