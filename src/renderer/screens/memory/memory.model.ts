import type { MemoryPoint } from '../../../domain/sample.ts'

/** The most points a chart draws. */
export const mostPoints = 500

/** At most `most` points, evenly chosen, always with the first and the last. */
export function thinned(points: readonly MemoryPoint[], most = mostPoints): MemoryPoint[] {
  if (points.length <= most) return [...points]
  const step = (points.length - 1) / (most - 1)
  return Array.from({ length: most }, (_, index) => points[Math.round(index * step)]).filter(
    (point) => point !== undefined,
  )
}

const kibi = 1024

/** Round marks in bytes from zero to above the highest value: steps of 1, 2 or 5 times a power of ten KiB, MiB or GiB. */
export function byteTicks(highest: number, wanted = 4): number[] {
  if (highest <= 0) return [0, kibi]
  const rough = highest / wanted
  let unit = 1
  while (rough / unit >= kibi) unit *= kibi
  const magnitude = 10 ** Math.floor(Math.log10(rough / unit))
  const round = ([1, 2, 5, 10].find((factor) => factor * magnitude * unit >= rough) ?? 10) * magnitude
  const step = round < 1000 ? round * unit : kibi * unit
  return Array.from({ length: Math.ceil(highest / step) + 1 }, (_, index) => index * step)
}
