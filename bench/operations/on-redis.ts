import { setTimeout as sleep } from 'node:timers/promises'
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
  const child = await warmed(program, server, measurement)
  try {
    return await go(child)
  } finally {
    await child.kill()
  }
}

/** What another client of the same Redis finds while one measures, which was ready before, and how long that took; or for some time, ms. */
export async function besides(program: string, server: TestRedis, work: Measurement | number): Promise<Found> {
  const busy = typeof work === 'number' ? null : await warmed(program, server, work)
  const child = await warmed(program, server, { kind: 'neighbour' })
  try {
    child.tell('go')
    const { ms = 0 } = busy === null ? await sleep(work as number, { ms: work as number }) : await go(busy)
    child.tell('stop')
    return { ...(JSON.parse(await child.hear()) as Found), ms }
  } finally {
    await child.kill()
    await busy?.kill()
  }
}

async function warmed(program: string, server: TestRedis, measurement: Measurement): Promise<BenchProcess> {
  const child = new BenchProcess(program, server.port, measurement)
  await child.hear()
  return child
}

async function go(child: BenchProcess): Promise<Found> {
  child.tell('go')
  return JSON.parse(await child.hear()) as Found
}
