import { Redis } from 'ioredis'
import type { Found } from '../../pool/measurement.ts'
import { deadKey } from '../seed.ts'
import { chunk } from '../sizes.ts'
import { cpuSince } from './cpu.ts'

/** How long it takes to read the list, and do nothing with it. */
export async function measureRaw(port: number, warm: () => Promise<void>): Promise<Found> {
  const redis = new Redis({ port, host: '127.0.0.1', protocol: 2 })
  await redis.lrangeBuffer(deadKey, 0, chunk)
  await warm()
  const [start, cpu] = [performance.now(), process.cpuUsage()]
  let read = 0
  for (;;) {
    const entries = await redis.lrangeBuffer(deadKey, read, read + chunk - 1)
    if (entries.length === 0) break
    read += entries.length
  }
  return { ms: performance.now() - start, cpuMs: cpuSince(cpu), jobs: read }
}
