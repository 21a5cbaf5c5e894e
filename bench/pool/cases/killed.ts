import { setTimeout as sleep } from 'node:timers/promises'
import { startRedis } from '../../../test/redis.ts'
import { BenchProcess } from '../bench-process.ts'
import type { EngineName } from '../engines/open-engine.ts'
import { Findings, rounds } from '../rounds.ts'
import type { Case } from './case.ts'
import { compare } from './compare.ts'

interface Victim {
  readonly engine: EngineName
  /** Of another computer than the one that takes over, which so cannot see that the process is gone. */
  readonly elsewhere: boolean
}

/** Seconds from the SIGKILL of the worker that runs a job until another one, idle all the while, begins it. */
async function secondsUntilAgain(program: string, victimIs: Victim, waitMs: number): Promise<number> {
  const { engine, elsewhere } = victimIs
  const redis = await startRedis()
  const victim = new BenchProcess(program, redis.port, { kind: 'hold', engine, elsewhere, add: true })
  let heir: BenchProcess | undefined
  try {
    await Promise.all([victim.hear(), victim.hear()]) // it is ready, and it has begun
    heir = new BenchProcess(program, redis.port, { kind: 'hold', engine, elsewhere: false, add: false })
    await heir.hear()
    await sleep(waitMs)
    await victim.kill()
    const killed = performance.now()
    await heir.hear()
    return (performance.now() - killed) / 1000
  } finally {
    await Promise.all([victim.kill(), heir?.kill()])
    await redis.stop()
  }
}

/**
 * When a killed worker's job runs again, everything as it comes. This is mostly waiting, so all rounds wait at once; the
 * kills are spread over the time between two signs of life.
 */
export const killed: Case = async (report, program) => {
  const measure = async (victim: Victim) => {
    const all = Array.from({ length: rounds }, (_, n) => secondsUntilAgain(program, victim, 1000 + n * 1000))
    return new Findings((await Promise.all(all)).map((seconds) => ({ seconds })))
  }
  const [here, elsewhere, bullmq] = await Promise.all([
    measure({ engine: 'sluice', elsewhere: false }),
    measure({ engine: 'sluice', elsewhere: true }),
    measure({ engine: 'bullmq', elsewhere: true }),
  ])
  const figure = { found: 'seconds', metric: 'its job runs again after', unit: 's' }
  for (const [of, sluice] of [
    ['SIGKILL, taken over on the same computer', here],
    ['SIGKILL, taken over by another computer', elsewhere],
  ] as const) {
    compare(report, { case: of, ...figure }, { sluice, bullmq })
    report.add({ case: of, metric: 'at the latest', value: Math.max(...sluice.all('seconds')), unit: 's' })
  }
}
