import type { Redis } from 'ioredis'
import type { Case } from '../../pool/cases/case.ts'
import { compare } from '../../pool/cases/compare.ts'
import type { Side } from '../measurement.ts'
import { measured, warmUp, warmUpJobs } from '../measurement.ts'
import { sideBySide } from '../rounds.ts'
import { seedFailed } from '../seed.ts'

const payloadBytes = 500
/** Each round takes long, because each side gets its own jobs. */
const rounds = 3

/** Empties the failed jobs of a queue, beside BullMQ 6 with many jobs, and beside 5 with fewer. */
export function emptying(kind: 'retry' | 'remove', check: (redis: Redis, jobs: number) => Promise<void>): Case {
  return async (report, program) => {
    for (const [peer, jobs] of [
      ['bullmq 6', 100_000],
      ['bullmq 5', 30_000],
    ] as const satisfies [Side, number][]) {
      const findings = await sideBySide(program, ['sluice', peer], {
        rounds,
        async seed(redis) {
          await seedFailed(redis, warmUp, warmUpJobs, payloadBytes)
          await seedFailed(redis, measured, jobs, payloadBytes)
        },
        usesUp: true,
        measurement: (side) => ({ kind, side, jobs }),
        check: (redis) => check(redis, jobs),
      })
      const of = `${kind} ${jobs.toLocaleString('en')} failed jobs`
      compare(report, { case: of, found: 'jobsPerSecond', metric: kind, unit: 'jobs/s' }, findings)
      const worst = (side: Side) => Math.max(...(findings[side]?.all('longestMs') ?? []))
      const ratio = worst('sluice') / worst(peer)
      report.add({ case: of, metric: 'longest script', value: worst('sluice'), unit: 'ms', peer, ratio })
      report.add({ case: of, metric: 'scripts', value: findings.sluice?.median('scripts') ?? Number.NaN, unit: '' })
    }
  }
}

/** The key of a state of the queue that is measured. */
export const keyOf = (state: string) => `${measured.prefix}:${measured.name}:${state}`
