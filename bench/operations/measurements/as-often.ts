import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import type { Found } from '../../pool/measurement.ts'
import { deadKey } from '../seed.ts'

/** Does what a survey does with its line, but reads nothing: a round trip now and then, between two questions for the time. */
export async function measureAsOften(
  port: number,
  { asks, overMs }: { asks: number; overMs: number },
  warm: () => Promise<void>,
): Promise<Found> {
  const redis = new Redis({ port, host: '127.0.0.1' })
  await redis.llen(deadKey)
  await warm()
  const start = performance.now()
  for (let i = 1; i <= asks; i++) {
    await redis.pipeline().time().llen(deadKey).time().exec()
    const early = start + (i * overMs) / asks - performance.now()
    if (early > 0) await sleep(early)
  }
  return { ms: performance.now() - start, asks }
}
