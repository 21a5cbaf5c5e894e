/** Numbers that look random and are the same at every start, so that two screenshots can be compared. */
export function dice(seed: number): () => number {
  let state = seed >>> 0 || 1
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32
  }
}

/** The dice of the whole world. */
export const roll = dice(7)

export const between = (low: number, high: number) => Math.floor(low + roll() * (high - low))
