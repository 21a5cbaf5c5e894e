import { startRedis } from '../../test/redis.ts'
import { median } from '../report.ts'
import { BenchProcess } from './bench-process.ts'
import type { Found, Measurement } from './measurement.ts'

/** Each figure is the median of so many rounds: the machine has other work, too. */
export const rounds = 5

/** What the rounds found about one measurement, a value a round. */
export class Findings {
  constructor(private readonly found: readonly Found[]) {}

  all(metric: string): number[] {
    return this.found.map((each) => each[metric] ?? Number.NaN)
  }

  median(metric: string): number {
    return median(this.all(metric))
  }

  /** Compares round by round, because what disturbs a round disturbs both of its sides. */
  ratioTo(other: Findings, metric: string): number {
    const others = other.all(metric)
    return median(this.all(metric).map((value, round) => value / (others[round] ?? Number.NaN)))
  }
}

/** Something that is measured once in every round. */
export interface Cell {
  readonly measurement: Measurement
  /** How its Redis is started. */
  readonly redis?: readonly string[]
}

/**
 * Measures all cells in every round, each time in another order, one after the other: each in a process of its own with
 * a Redis of its own.
 */
export async function inRounds<Name extends string>(
  program: string,
  cells: Readonly<Record<Name, Cell>>,
): Promise<Record<Name, Findings>> {
  const names = Object.keys(cells) as Name[]
  const found = Object.fromEntries(names.map((name) => [name, [] as Found[]])) as Record<Name, Found[]>
  for (let round = 0; round < rounds; round++) {
    for (const name of shuffled(names)) found[name].push(await measure(program, cells[name]))
  }
  const findings = names.map((name) => [name, new Findings(found[name])])
  return Object.fromEntries(findings) as Record<Name, Findings>
}

async function measure(program: string, { measurement, redis = [] }: Cell): Promise<Found> {
  const server = await startRedis(...redis)
  const process = new BenchProcess(program, server.port, measurement)
  try {
    return JSON.parse(await process.hear()) as Found
  } finally {
    await process.kill()
    await server.stop()
  }
}

export function shuffled<T>(values: readonly T[]): T[] {
  const drawn = values.map((value) => ({ value, lot: Math.random() }))
  return drawn.sort((a, b) => a.lot - b.lot).map(({ value }) => value)
}
