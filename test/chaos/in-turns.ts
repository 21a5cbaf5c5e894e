/** Does something for each entry, so many at a time; throws the first error. */
export async function inTurns<T>(
  entries: readonly T[],
  atOnce: number,
  act: (entry: T) => Promise<void>,
): Promise<void> {
  const rest = [...entries]
  const one = async () => {
    for (let entry = rest.shift(); entry !== undefined; entry = rest.shift()) await act(entry)
  }
  await Promise.all(Array.from({ length: atOnce }, one))
}
