import { startRedis, type TestRedis } from '../../test/redis.ts'
import { BenchProcess } from '../pool/bench-process.ts'
import type { Found } from '../pool/measurement.ts'
import type { Measurement } from './measurement.ts'

/** Does something on a private Redis of its own, which is gone afterwards. */
export async function onRedis<T>(work: (server: TestRedis) => Promise<T>): Promise<T> {
  const server = await startRedis()
  try {
    return await work(server)
  } finally {
    await server.stop()
  }
}

/** What a process of its own finds. */
export async function measure(program: string, server: TestRedis, measurement: Measurement): Promise<Found> {
  const child = new BenchProcess(program, server.port, measurement)
  try {
    await child.hear() // it is warm
    child.tell('go')
    return JSON.parse(await child.hear()) as Found
  } finally {
    await child.kill()
  }
}

/** What another client of the same Redis finds while the work is done. */
export async function besides(program: string, server: TestRedis, work: () => Promise<unknown>): Promise<Found> {
  const child = new BenchProcess(program, server.port, { kind: 'neighbour' } satisfies Measurement)
  try {
    await child.hear()
    child.tell('go')
    await work()
    child.tell('stop')
    return JSON.parse(await child.hear()) as Found
  } finally {
    await child.kill()
  }
}
