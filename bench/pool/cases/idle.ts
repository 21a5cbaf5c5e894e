import { inRounds } from '../rounds.ts'
import type { Case } from './case.ts'
import { compare } from './compare.ts'

/** How soon an idle worker begins a job. */
export const idle: Case = async (report, program) => {
  const jobs = 500
  const findings = await inRounds(program, {
    sluice: { measurement: { kind: 'idle', engine: 'sluice', jobs } },
    'BLMOVE and LREM': { measurement: { kind: 'idle', engine: 'BLMOVE and LREM', jobs } },
    bullmq: { measurement: { kind: 'idle', engine: 'bullmq', jobs } },
  })
  for (const found of ['p50', 'p99']) {
    compare(report, { case: 'idle, a job each 5 ms', found, metric: `added to begun, ${found}`, unit: 'ms' }, findings)
  }
}
