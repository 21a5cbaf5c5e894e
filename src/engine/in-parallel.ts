/**
 * Does the work for each item, at most `width` at a time, starting in order; rejects with the first failure, after which
 * nothing new is started. Keeps a thousand queues from becoming a thousand commands in flight.
 */
export async function inParallel<T>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<void>,
  width = 4,
): Promise<void> {
  let next = 0
  async function lane(): Promise<void> {
    while (next < items.length) {
      const index = next++
      try {
        await work(items[index] as T, index)
      } catch (error) {
        next = items.length
        throw error
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane))
}
