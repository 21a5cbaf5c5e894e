/** How far a reading of many jobs is, and what it took. Times are ms. */
export interface Reading {
  readonly scanned: number
  readonly total: number
  readonly bytesRead: number
  readonly redisMs: number
  readonly elapsedMs: number
}

/** From 0 to 1; a reading of nothing is complete. */
export function shareRead({ scanned, total }: Reading): number {
  return total <= 0 ? 1 : Math.min(1, scanned / total)
}

/** Percent of one core of Redis that the reading took; null before that can be said. */
export function redisPercent({ redisMs, elapsedMs }: Reading): number | null {
  return elapsedMs < 200 ? null : (redisMs / elapsedMs) * 100
}

/** How long the rest takes at the pace so far; null while that is a guess. */
export function timeLeft(reading: Reading): number | null {
  const { scanned, total, elapsedMs } = reading
  if (scanned === 0 || elapsedMs < 1500 || scanned >= total) return null
  return ((total - scanned) / scanned) * elapsedMs
}

/** A percentage as people say it: 4.8 %, 12 %, under 0.1 %. */
export function percentWords(percent: number): string {
  if (percent > 0 && percent < 0.1) return 'under 0.1 %'
  return `${percent < 9.95 ? percent.toFixed(1) : Math.round(percent)} %`
}
