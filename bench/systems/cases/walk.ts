import type { Case } from '../../pool/cases/case.ts'
import { compare } from '../../pool/cases/compare.ts'
import { measured } from '../measurement.ts'
import { sideBySide } from '../rounds.ts'
import { seedFailed } from '../seed.ts'

const jobs = 1_000_000
const payloadBytes = 500
/** To fill Redis takes longer than to read it. */
const rounds = 3

/** Reading all of a million failed jobs, beside the library's pages. */
export const walk: Case = async (report, program) => {
  const findings = await sideBySide(program, ['sluice', 'bullmq 6'], {
    rounds,
    seed: (redis) => seedFailed(redis, measured, jobs, payloadBytes),
    usesUp: false,
    measurement: (side) => ({ kind: 'walk', side, jobs }),
  })
  const of = `walk over ${jobs.toLocaleString('en')} failed jobs`
  compare(report, { case: of, found: 'jobsPerSecond', metric: 'walk', unit: 'jobs/s' }, findings)
  compare(report, { case: of, found: 'grownMb', metric: 'memory grown', unit: 'MB' }, findings)
}
