import { Redis } from 'ioredis'
import type { BenchJob } from '../job.ts'
import type { Engine } from './engine.ts'

/** A connection of a bare engine. */
export const connect = (port: number): Redis => new Redis({ host: '127.0.0.1', port, protocol: 2 })

export const baseOf = (queue: string): string => `queue:${queue}`

/** How jobs come into a plain list: RPUSH, as the seed's backend does it. */
export function listProducer(client: Redis, queue: string): Pick<Engine, 'add' | 'addMany'> {
  const base = baseOf(queue)
  return {
    async add(job) {
      await client.rpush(base, JSON.stringify(job))
    },
    async addMany(jobs) {
      await client.rpush(base, ...jobs.map((job) => JSON.stringify(job)))
    },
  }
}

/** What every engine does before it can call a handler. */
export function readPayload(payload: string): BenchJob {
  return JSON.parse(payload) as BenchJob
}
