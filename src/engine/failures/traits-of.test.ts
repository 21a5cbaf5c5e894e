import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openTestConnection, type TestConnection } from '../../../test/connection.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { traitsAnswerSchema } from '../../domain/failure.ts'
import type { QueueRef } from '../../domain/queue.ts'
import { plainList } from '../../systems/plain-list/index.ts'
import { traitsOf } from './traits-of.ts'

let server: TestRedis
let connection: TestConnection
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server?.stop())
beforeEach(async () => {
  await server.client.flushall()
  connection = await openTestConnection(server)
})
afterEach(() => connection.close())

const queue: QueueRef = { system: 'plain-list', prefix: 'queue:', name: 'email' }
const job = (i: number, tenant: string) => ({ id: `j${i}`, type: 'welcome', data: { tenant, user: i } })
const dead = (i: number, tenant: string, error: string) =>
  JSON.stringify({ ...job(i, tenant), failedAt: new Date(1_700_000_000_000 + i).toISOString(), error })
const tenants = ['acme', 'globex', 'initech', 'hooli']

const traits = (signature: string, signal?: AbortSignal) =>
  traitsOf({
    ...{ connection: () => connection, systems: [plainList], signature, budget: 100, ...(signal && { signal }) },
    places: [{ connectionId: 'test', queue, state: 'dead' }],
  })

describe('traitsOf', () => {
  it('tells what the jobs of one group have that the waiting ones of the queue do not', async () => {
    await server.client.rpush(
      'queue:email',
      ...Array.from({ length: 200 }, (_, i) => JSON.stringify(job(i, tenants[i % 4] as string))),
    )
    await server.client.rpush(
      'queue:email:dlq',
      ...Array.from({ length: 80 }, (_, i) => dead(i, 'acme', `Timeout ${i}`)),
      ...Array.from({ length: 80 }, (_, i) => dead(i, 'globex', 'other')),
    )
    const found = await traits('Timeout <n>')
    expect(traitsAnswerSchema.parse(found)).toEqual(found)
    expect(found.comparedWith).toBe('200 waiting jobs of 1 queue')
    expect(found.traits).toMatchObject([
      { filter: 'data.tenant = "acme"', failing: 80, failingOf: 80, others: 50, othersOf: 200 },
    ])
  })

  it('looks at 2,000 of each at most, spread over all of them', async () => {
    const push = (key: string, of: (i: number) => string) =>
      server.client.rpush(key, ...Array.from({ length: 6000 }, (_, i) => of(i)))
    await push('queue:email', (i) => JSON.stringify(job(i, tenants[i % 4] as string)))
    await push('queue:email:dlq', (i) => dead(i, i < 3000 ? 'globex' : 'acme', 'x'))
    const found = await traits('x')
    expect(found.comparedWith).toBe('2,000 waiting jobs of 1 queue')
    const half = found.traits.map(({ failing }) => failing)
    expect(found.traits.map(({ value }) => value).sort()).toEqual(['acme', 'globex'])
    for (const failing of half) expect(Math.abs(failing - 1000)).toBeLessThan(150)
  })

  it('says that there is nothing to compare with', async () => {
    await server.client.rpush('queue:email:dlq', ...Array.from({ length: 80 }, (_, i) => dead(i, 'acme', 'x')))
    expect(await traits('x')).toEqual({ traits: [], comparedWith: null })
  })

  it('throws what a place that cannot be read says, and stops when it is told to', async () => {
    await server.client.set('queue:email:dlq', 'a string')
    await expect(traits('x')).rejects.toMatchObject({ code: 'WRONG_TYPE' })
    await expect(traits('x', AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped')
  })
})
