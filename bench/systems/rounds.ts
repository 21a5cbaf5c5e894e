import type { Redis } from 'ioredis'
import { startRedis, type TestRedis } from '../../test/redis.ts'
import { BenchProcess } from '../pool/bench-process.ts'
import type { Found } from '../pool/measurement.ts'
import { Findings, shuffled } from '../pool/rounds.ts'
import type { Measurement, Side } from './measurement.ts'
import { longestScript, watchScripts } from './slow-log.ts'

export interface Rounds {
  readonly rounds: number
  /** Fills an empty Redis. */
  seed(redis: Redis): Promise<void>
  /** Whether a measurement uses up what it found, so that each gets its own. */
  readonly usesUp: boolean
  measurement(side: Side): Measurement
  /** Throws where Redis does not hold what it should afterwards. */
  check?(redis: Redis): Promise<void>
}

/** Measures all sides in every round, each time in another order, each in a process of its own, on one Redis. */
export async function sideBySide(
  program: string,
  sides: readonly Side[],
  { rounds, seed, usesUp, measurement, check = async () => {} }: Rounds,
): Promise<Record<string, Findings>> {
  const server = await startRedis()
  const found = new Map(sides.map((side) => [side, [] as Found[]]))
  try {
    if (!usesUp) await seed(server.client)
    for (let round = 0; round < rounds; round++) {
      for (const side of shuffled(sides)) {
        if (usesUp) {
          await server.client.flushall('SYNC')
          await seed(server.client)
        }
        found.get(side)?.push(await measure(program, server, measurement(side), usesUp))
        await check(server.client)
      }
    }
  } finally {
    await server.stop()
  }
  return Object.fromEntries([...found].map(([side, all]) => [side, new Findings(all)]))
}

/** What a process found; `withScripts` also how long its longest script took, which slows down single commands. */
async function measure(
  program: string,
  server: TestRedis,
  measurement: Measurement,
  withScripts: boolean,
): Promise<Found> {
  const child = new BenchProcess(program, server.port, measurement)
  try {
    await child.hear() // it is warm
    if (withScripts) await watchScripts(server.client)
    child.tell('go')
    const found = JSON.parse(await child.hear()) as Found
    return withScripts ? { ...found, ...(await longestScript(server.client)) } : found
  } finally {
    await child.kill()
  }
}
