import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { soak } from '../../../../../test/chaos/soak.ts'
import { buildRunner, type RunnerProgram } from '../../../../../test/chaos/worker-process.ts'

let program: RunnerProgram
beforeAll(async () => {
  program = await buildRunner()
})
afterAll(() => program.close())

/** Printed, so that the same faults can be had again: `npm run soak -- --seed N` does it for longer. */
const seed = Number(process.env.SOAK_SEED ?? Date.now() % 1_000_000)

describe(`all faults at once (seed ${seed})`, () => {
  const pace = { kill: 300, cut: 80, freeze: 2500, redisKill: 2000 }

  it.each([
    { system: 'plain-list', fsync: 'everysec' },
    { system: 'http-jobs', fsync: 'always' },
  ] as const)(
    'lose nothing on $system with appendfsync $fsync',
    async ({ system, fsync }) => {
      const result = await soak({ program, seed, worker: 'pool', system, fsync, seconds: 7, pace })
      expect(result).toMatchObject({ lost: 0, lostIds: [], surplus: 0, breaches: [] })
      expect(Math.min(result.kills, result.cuts, result.redisKills, result.audits, result.pushed)).toBeGreaterThan(0)
    },
    90_000,
  )
})
