/** Size from the environment, for a first try in little time. */
const sizeOf = (name: string, usual: number) => Number(process.env[name] ?? usual)

/** Dead letters that are grouped and searched, and that are retried. */
export const letters = sizeOf('BENCH_LETTERS', 1_000_000)
export const retried = sizeOf('BENCH_RETRIED', 100_000)
/** Jobs that the peer of the retry takes, of those that were chosen: it is so slow that its rate is known after fewer. */
export const retriedByIndex = sizeOf('BENCH_RETRIED_BY_INDEX', 3000)
/** The same where it always takes the first one. */
export const retriedFromHead = 10_000
export const letterBytes = 500
export const rounds = sizeOf('BENCH_ROUNDS', 3)
/** Entries that a raw reading takes with each round trip: as many as ours does. */
export const chunk = 500
