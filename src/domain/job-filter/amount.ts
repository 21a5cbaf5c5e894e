/** Whether a text is a number, as JSON writes it. */
export const isNumber = (text: string) => /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text)

/** Whole numbers exactly, however long; others as doubles. */
export function compareNumbers(a: string, b: string): number {
  if (/^-?\d+$/.test(a) && /^-?\d+$/.test(b)) {
    const [left, right] = [BigInt(a), BigInt(b)]
    return left < right ? -1 : left > right ? 1 : 0
  }
  return Number(a) - Number(b)
}

const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  min: 60_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  b: 1,
  kb: 1024,
  mb: 1024 ** 2,
  gb: 1024 ** 3,
}

/** A number, with a unit of time (then ms) or size (then bytes) behind it; null for other text. */
export function amountOf(text: string): string | null {
  const [, number, unit] = /^(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)([a-zA-Z]*)$/.exec(text) ?? []
  if (number === undefined) return null
  if (unit === undefined || unit === '') return number
  const factor = units[unit.toLowerCase()]
  return factor === undefined ? null : String(Number(number) * factor)
}
