/** The line of a sparkline as an SVG path in a box, first value left, last right; a flat line when nothing changes. */
export function sparklinePath(values: readonly number[], width: number, height: number): string {
  if (values.length < 2) return ''
  const low = Math.min(...values)
  const high = Math.max(...values)
  const step = width / (values.length - 1)
  const y = (value: number) =>
    high === low ? (high === 0 ? height : height / 2) : height - ((value - low) / (high - low)) * height
  return values.map((value, index) => `${index === 0 ? 'M' : 'L'}${round(index * step)} ${round(y(value))}`).join('')
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
