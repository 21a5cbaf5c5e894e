import { join } from 'node:path'
import { bundle } from '../pool/bundle.ts'
import type { Case } from '../pool/cases/case.ts'
import type { Report } from '../report.ts'
import { counts } from './cases/counts.ts'
import { killed } from './cases/killed.ts'
import { page } from './cases/page.ts'
import { remove } from './cases/remove.ts'
import { retry } from './cases/retry.ts'
import { walk } from './cases/walk.ts'

const cases: Readonly<Record<string, Case>> = { counts, retry, 'retry-killed': killed, remove, page, walk }

export const systemsCases = Object.keys(cases)

/** What the console does with queues of BullMQ beside the library itself; all of it, or only some of `systemsCases`. */
export async function systems(report: Report, only: readonly string[]): Promise<void> {
  const program = await bundle(join(import.meta.dirname, 'process.ts'))
  for (const [name, measure] of Object.entries(cases)) {
    if (only.length === 0 || only.includes(name)) await measure(report, program)
  }
}
