import { inRounds } from '../rounds.ts'
import type { Case } from './case.ts'
import { compare } from './compare.ts'

/** What a waiting job takes of Redis's memory. */
export const memory: Case = async (report, program) => {
  const findings = await inRounds(program, {
    sluice: { measurement: { kind: 'memory', engine: 'sluice', jobs: 10_000 } },
    bullmq: { measurement: { kind: 'memory', engine: 'bullmq', jobs: 10_000 } },
  })
  const of = '10,000 waiting jobs'
  compare(report, { case: of, found: 'bytes', metric: 'memory of a job', unit: 'B' }, findings)
  const over = findings.sluice.median('overPayload')
  report.add({ case: of, metric: 'more than its payload', value: over, unit: 'B' })
}
