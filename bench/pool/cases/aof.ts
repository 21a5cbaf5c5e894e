import { inRounds } from '../rounds.ts'
import type { Case } from './case.ts'
import { compare } from './compare.ts'

/** What a Redis that writes everything to disk leaves of the speed. */
export const aof =
  (fsync: 'everysec' | 'always'): Case =>
  async (report, program) => {
    const drain = { kind: 'drain', concurrency: 10, handlerMs: 0 } as const
    const redis = ['--appendonly', 'yes', '--appendfsync', fsync]
    const findings = await inRounds(program, {
      sluice: { measurement: { ...drain, engine: 'sluice', jobs: 100_000 }, redis },
      bullmq: { measurement: { ...drain, engine: 'bullmq', jobs: 5_000 }, redis },
    })
    const of = `drain, c=10, AOF ${fsync}`
    compare(report, { case: of, found: 'jobsPerSecond', metric: 'done', unit: 'jobs/s' }, findings)
  }
