/** A handler that takes `ms`, or none at all. */
export function handlerOf(ms: number): () => Promise<void> {
  return ms === 0 ? async () => {} : () => new Promise<void>((resolve) => setTimeout(resolve, ms))
}
