/** Whether text is a whole number from `low` to `high`. */
export function isWhole(text: string, low: number, high: number): boolean {
  const value = Number(text)
  return text.trim() !== '' && Number.isInteger(value) && value >= low && value <= high
}

/** Whether text is a number, whole or not, from `low` to `high`. */
export function isNumber(text: string, low: number, high: number): boolean {
  const value = Number(text)
  return text.trim() !== '' && value >= low && value <= high
}

/** Milliseconds from seconds as typed, and the other way round. */
export const toMs = (seconds: string) => Math.round(Number(seconds) * 1000)
export const toSeconds = (ms: number) => String(ms / 1000)
