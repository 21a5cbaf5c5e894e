import { inRounds } from '../rounds.ts'
import type { Case } from './case.ts'
import { compare } from './compare.ts'

/** How fast jobs are added. */
export const add =
  (way: 'single' | 'bulk'): Case =>
  async (report, program) => {
    const findings = await inRounds(program, {
      sluice: { measurement: { kind: 'add', engine: 'sluice', way, jobs: 200_000 } },
      bullmq: { measurement: { kind: 'add', engine: 'bullmq', way, jobs: 12_000 } },
      'bee-queue': { measurement: { kind: 'add', engine: 'bee-queue', way, jobs: 30_000 } },
    })
    const of = way === 'single' ? 'independent adds, 100 at a time' : '1,000 jobs an add'
    compare(report, { case: of, found: 'jobsPerSecond', metric: 'added', unit: 'jobs/s' }, findings)
  }
