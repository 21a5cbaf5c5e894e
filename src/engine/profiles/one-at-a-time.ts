/**
 * Runs async work one piece after another, in the order in which it was asked for: for files that are read, changed and
 * written back. Work that fails does not hold up what follows.
 */
export function oneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const result = last.then(work)
    last = result.catch(() => {})
    return result
  }
}
