import type { Case } from '../../pool/cases/case.ts'
import { compare } from '../../pool/cases/compare.ts'
import { rounds } from '../../pool/rounds.ts'
import { measured } from '../measurement.ts'
import { sideBySide } from '../rounds.ts'
import { seedFailed } from '../seed.ts'

const jobs = 200_000
const payloadBytes = 2000

/** A page of 100 jobs out of 200,000 failed ones, from the beginning and from far within. */
export const page: Case = async (report, program) => {
  for (const offset of [0, 150_000]) {
    const findings = await sideBySide(program, ['sluice', 'bullmq 6'], {
      rounds,
      seed: (redis) => seedFailed(redis, measured, jobs, payloadBytes),
      usesUp: false,
      measurement: (side) => ({ kind: 'page', side, offset }),
    })
    const of = `100 jobs of ${jobs.toLocaleString('en')} from ${offset.toLocaleString('en')}`
    compare(report, { case: of, found: 'ms', metric: 'page', unit: 'ms' }, findings)
    compare(report, { case: of, found: 'bytes', metric: 'sent by Redis', unit: 'bytes' }, findings)
  }
}
