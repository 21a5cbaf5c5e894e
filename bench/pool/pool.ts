import type { Report } from '../report.ts'
import { bundle } from './bundle.ts'
import { add } from './cases/add.ts'
import { aof } from './cases/aof.ts'
import type { Case } from './cases/case.ts'
import { drain } from './cases/drain.ts'
import { idle } from './cases/idle.ts'
import { killed } from './cases/killed.ts'
import { memory } from './cases/memory.ts'
import { processes } from './cases/processes.ts'
import { slowHandler } from './cases/slow-handler.ts'

const cases: Readonly<Record<string, Case>> = {
  'drain-1': drain(1),
  'drain-10': drain(10),
  'drain-100': drain(100),
  'slow-handler': slowHandler,
  'add-single': add('single'),
  'add-bulk': add('bulk'),
  idle,
  'aof-everysec': aof('everysec'),
  'aof-always': aof('always'),
  memory,
  killed,
  processes,
}

export const poolCases = Object.keys(cases)

/** The pool beside other engines, and beside what Redis allows at most; all of it, or only some of `poolCases`. */
export async function pool(report: Report, only: readonly string[]): Promise<void> {
  const program = await bundle()
  for (const [name, measure] of Object.entries(cases)) {
    if (only.length === 0 || only.includes(name)) await measure(report, program)
  }
}
