import { inRounds } from '../rounds.ts'
import type { Case } from './case.ts'
import { compare } from './compare.ts'

const concurrency = 100
const handlerMs = 10
const possible = concurrency * (1000 / handlerMs)

/** Whether the slots are ever without a job when each job takes ten milliseconds. */
export const slowHandler: Case = async (report, program) => {
  const drain = { kind: 'drain', concurrency, handlerMs } as const
  const findings = await inRounds(program, {
    sluice: { measurement: { ...drain, engine: 'sluice', jobs: 20_000 } },
    // A timer of Node is late by up to a millisecond: this is what can be had at all.
    'bare timers': { measurement: { ...drain, engine: 'bare timers', jobs: 20_000 } },
  })
  const of = `handler of ${handlerMs} ms, c=${concurrency}`
  compare(report, { case: of, found: 'jobsPerSecond', metric: 'done', unit: 'jobs/s' }, findings)
  const share = (findings.sluice.median('jobsPerSecond') / possible) * 100
  report.add({ case: of, metric: `of the possible ${possible.toLocaleString('en')}/s`, value: share, unit: '%' })
}
