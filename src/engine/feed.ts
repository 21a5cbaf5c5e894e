/** How a slow reader's unread events and a new one become the events it will still get; must stay bounded. */
export type Coalesce<T> = (unread: readonly T[], event: T) => T[]

/** Keeps the newest event only: for events that each tell the whole state. */
export function latestOnly<T>(_unread: readonly T[], event: T): T[] {
  return [event]
}

/**
 * Tells many readers what happens, as async iterators. A reader that does not keep up never holds back the others and
 * never grows: its unread events are coalesced.
 */
export class Feed<T> {
  readonly #readers = new Set<{ unread: T[]; wake: () => void }>()

  constructor(
    private readonly coalesce: Coalesce<T>,
    /** Called with the number of readers each time it changes: work that nobody watches can stop. */
    private readonly onReaders: (count: number) => void = () => {},
  ) {}

  get readers(): number {
    return this.#readers.size
  }

  publish(event: T): void {
    for (const reader of this.#readers) {
      reader.unread = this.coalesce(reader.unread, event)
      reader.wake()
    }
  }

  /** Yields `first` (the snapshot, taken as reading starts), then every event until the signal aborts. */
  async *read(signal: AbortSignal | undefined, first?: () => T): AsyncGenerator<T, void, void> {
    const reader = { unread: [] as T[], wake: () => {} }
    const stop = () => reader.wake()
    this.#readers.add(reader)
    this.onReaders(this.#readers.size)
    signal?.addEventListener('abort', stop)
    try {
      if (first) yield first()
      while (!signal?.aborted) {
        const event = reader.unread.shift()
        if (event !== undefined) yield event
        else await new Promise<void>((resolve) => (reader.wake = resolve))
      }
    } finally {
      signal?.removeEventListener('abort', stop)
      this.#readers.delete(reader)
      this.onReaders(this.#readers.size)
    }
  }
}
