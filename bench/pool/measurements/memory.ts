import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { openEngine } from '../engines/open-engine.ts'
import { jobOf } from '../job.ts'
import { type Found, type MemoryMeasurement, measuredQueue } from '../measurement.ts'
import { fill } from './fill.ts'

/** Bytes that Redis uses, as soon as it has given back what the last connections held. */
async function settledBytes(client: Redis): Promise<number> {
  let [before, bytes] = [Number.NaN, Number.NaN]
  do {
    before = bytes
    await sleep(200)
    bytes = Number(/^used_memory:(\d+)/m.exec(await client.info('memory'))?.[1])
  } while (bytes !== before)
  return bytes
}

/** Bytes of Redis's memory that a waiting job takes, and how many of them are more than its payload. */
export async function measureMemory(port: number, { engine: name, jobs }: MemoryMeasurement): Promise<Found> {
  const control = new Redis({ host: '127.0.0.1', port, protocol: 2 })
  const add = async (queue: string, count: number) => {
    const engine = await openEngine(name, port, queue)
    await fill(engine, count)
    await engine.close()
  }
  await add('warm', 10) // scripts and the queue's own keys are there now
  const before = await settledBytes(control)
  await add(measuredQueue, jobs)
  const bytes = ((await settledBytes(control)) - before) / jobs
  return { bytes, overPayload: bytes - Buffer.byteLength(JSON.stringify(jobOf(0))) }
}
