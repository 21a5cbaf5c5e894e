import type { OpenStream } from './follow-stream.ts'

/**
 * Reads a stream that ends by itself, once: unlike `followStream` it never begins again, because beginning costs something.
 * `end` is told why it ended, null when it was over. Returns how to stop; after that nothing is told any more.
 */
export function readToEnd<T>(
  open: OpenStream<T>,
  on: { event(event: T): void; end(error: unknown): void },
): () => void {
  const controller = new AbortController()
  const { signal } = controller
  const read = async () => {
    for await (const event of await open(signal)) {
      if (signal.aborted) return
      on.event(event)
    }
  }
  read().then(
    () => signal.aborted || on.end(null),
    (error: unknown) => signal.aborted || on.end(error ?? new Error('It ended without a reason.')),
  )
  return () => controller.abort()
}
