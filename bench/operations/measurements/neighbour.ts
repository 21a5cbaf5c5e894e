import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import type { Found } from '../../pool/measurement.ts'

/** How long an ordinary client waits for its answers, ms, until it is told to stop. */
export async function measureNeighbour(
  port: number,
  warm: () => Promise<void>,
  told: () => Promise<unknown>,
): Promise<Found> {
  const redis = new Redis({ port, host: '127.0.0.1' })
  await redis.set('neighbour', 'x'.repeat(100))
  await warm()
  let on = true
  void told().then(() => (on = false))
  const waits: number[] = []
  while (on) {
    const start = performance.now()
    await redis.get('neighbour')
    waits.push(performance.now() - start)
    await sleep(1)
  }
  waits.sort((a, b) => a - b)
  const at = (share: number) => waits[Math.floor(waits.length * share)] ?? Number.NaN
  return { p50: at(0.5), p99: at(0.99), asked: waits.length }
}
