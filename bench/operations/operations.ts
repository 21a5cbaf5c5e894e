import { join } from 'node:path'
import { bundle } from '../pool/bundle.ts'
import type { Case } from '../pool/cases/case.ts'
import type { Report } from '../report.ts'
import { group } from './cases/group.ts'
import { retry } from './cases/retry.ts'
import { search } from './cases/search.ts'

const cases: Readonly<Record<string, Case>> = { group, search, retry }

export const operationsCases = Object.keys(cases)

/**
 * What the console does with very many jobs. `BENCH_LETTERS`, `BENCH_RETRIED`, `BENCH_RETRIED_BY_INDEX` and
 * `BENCH_ROUNDS` make it smaller.
 */
export async function operations(report: Report, only: readonly string[]): Promise<void> {
  const program = await bundle(join(import.meta.dirname, 'process.ts'))
  for (const [name, measure] of Object.entries(cases)) {
    if (only.length === 0 || only.includes(name)) await measure(report, program)
  }
}
