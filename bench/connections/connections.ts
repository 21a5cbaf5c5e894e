import { join } from 'node:path'
import { bundle } from '../pool/bundle.ts'
import type { Case } from '../pool/cases/case.ts'
import type { Report } from '../report.ts'
import { fleet } from './cases/fleet.ts'
import { reconnect } from './cases/reconnect.ts'

const cases: Readonly<Record<string, Case>> = { reconnect, fleet }

export const connectionsCases = Object.keys(cases)

/**
 * What being connected costs, and how soon it is mended: the whole engine in a process of its own, on Redis servers of
 * this computer. `BENCH_KILLS`, `BENCH_PROFILES`, `BENCH_QUEUES` and `BENCH_IDLE_SECONDS` make it smaller or larger.
 */
export async function connections(report: Report, only: readonly string[]): Promise<void> {
  const program = await bundle(join(import.meta.dirname, 'process.ts'))
  for (const [name, measure] of Object.entries(cases)) {
    if (only.length === 0 || only.includes(name)) await measure(report, program)
  }
}
