import type { Case } from '../../pool/cases/case.ts'
import { compare } from '../../pool/cases/compare.ts'
import { rounds } from '../../pool/rounds.ts'
import { sideBySide } from '../rounds.ts'
import { seedCounted } from '../seed.ts'

const queues = 500

/** All states of 500 queues: one look of ours, and 500 calls of the library in parallel. */
export const counts: Case = async (report, program) => {
  const findings = await sideBySide(program, ['sluice', 'bullmq 5', 'bullmq 6'], {
    rounds,
    seed: (redis) => seedCounted(redis, queues),
    usesUp: false,
    measurement: (side) => ({ kind: 'counts', side, queues }),
  })
  const of = `counts of ${queues} queues`
  compare(report, { case: of, found: 'ms', metric: 'all queues once', unit: 'ms' }, findings)
  report.add({ case: of, metric: 'round trips', value: findings.sluice?.median('trips') ?? Number.NaN, unit: '' })
}
