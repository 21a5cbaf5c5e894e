/** One measured figure; `peer` and `ratio` compare it with something else measured in the same run. */
export interface Figure {
  readonly bench: string
  readonly case: string
  readonly metric: string
  readonly value: number
  readonly unit: string
  readonly peer: string | null
  readonly ratio: number | null
}

/** Prints each figure as one JSON line as it comes, and all of them as a table at the end. */
export class Report {
  readonly #figures: Figure[] = []

  constructor(private readonly bench: string) {}

  add(figure: Omit<Figure, 'bench' | 'peer' | 'ratio'> & Partial<Pick<Figure, 'peer' | 'ratio'>>): void {
    const { case: of, metric, value, unit, peer = null, ratio = null } = figure
    const whole: Figure = { bench: this.bench, case: of, metric, value, unit, peer, ratio }
    this.#figures.push(whole)
    const rounded = { ...whole, value: round(whole.value), ratio: whole.ratio === null ? null : round(whole.ratio) }
    console.log(JSON.stringify(rounded))
  }

  table(): void {
    const rows = this.#figures.map((figure) => [
      figure.case,
      figure.metric,
      `${round(figure.value)} ${figure.unit}`,
      figure.peer === null ? '' : `${round(figure.ratio ?? 0)} x ${figure.peer}`,
    ])
    const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
    console.log('')
    for (const row of rows)
      console.log(
        row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd(),
      )
  }
}

function round(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3))
}

/** The middle of several measurements. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
