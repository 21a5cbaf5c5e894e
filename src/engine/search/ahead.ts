/**
 * The same values, of which the next is already being made while one is worked on: Redis reads while we look at what it
 * sent. One value more is asked for than is used when the reader stops early.
 */
export async function* ahead<T>(source: AsyncGenerator<T, void, void>): AsyncGenerator<T, void, void> {
  let next = source.next()
  try {
    for (;;) {
      const { done, value } = await next
      if (done) return
      next = source.next()
      next.catch(() => {}) // thrown when its turn comes
      yield value
    }
  } finally {
    await source.return().catch(() => {})
  }
}
