import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openTestConnection, type TestConnection } from '../../../test/connection.ts'
import { libraries, type Producer, poolConfig, produce } from '../../../test/library-pool.ts'
import { eventually, quick } from '../../../test/pool.ts'
import { startCluster, type TestCluster } from '../../../test/servers/cluster.ts'
import { createLibraryPool } from './libraries/library-pool.ts'
import { createListPool, listPoolDefaults } from './lists/list-pool.ts'
import type { Pool } from './pool.ts'

let cluster: TestCluster
let connection: TestConnection
const pools: Pool[] = []
const producers: Producer[] = []

beforeAll(async () => {
  cluster = await startCluster({ nodeTimeoutMs: 15_000 })
  connection = await openTestConnection(cluster.profile, cluster.profile)
})
afterAll(async () => {
  connection.close()
  await cluster.stop()
})
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.stop(0)))
  await Promise.all(producers.splice(0).map((producer) => producer.close()))
})

const config = {
  ...{ ...listPoolDefaults, concurrency: 2 },
  ...({ system: 'plain-list', queuePrefix: 'queue:', backoff: { kind: 'given', delaysMs: [1, 2] } } as const),
}
const job = (id: number) => `{"id":"${id}","type":"welcome","to":"a@b.co","data":{},"attempts":0}`

/** Workers at a list, and the ids that they saw. */
async function workOn(queueName: string): Promise<{ pool: Pool; seen: string[] }> {
  const seen: string[] = []
  const pool = createListPool({
    ...{ connection, timing: quick, config: { ...config, queueName } },
    handler: async ({ id }) => void seen.push(id ?? ''),
  })
  pools.push(pool)
  await pool.start()
  return { pool, seen }
}

describe('workers in a cluster', () => {
  it('work on a list with a hash tag at whichever master has it, also when it moves', async () => {
    const name = cluster.keyAt(2, 'mail')
    const { pool, seen } = await workOn(name)
    await eventually('a worker waits at that master', async () =>
      /name=sluice:pool-wait.* cmd=blmove/.test(String(await cluster.masters[2].client.client('LIST'))),
    )
    for (let i = 0; i < 20; i++) await cluster.client.rpush(`queue:${name}`, job(i))
    await eventually('twenty are done', () => pool.done === 20)
    await cluster.reshard(name, 1)
    for (let i = 20; i < 40; i++) await cluster.client.rpush(`queue:${name}`, job(i))
    await eventually('twenty more are done', () => pool.done === 40)
    expect(seen.map(Number).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i))
    await pool.stop()
    await eventually('nothing is left', async () => (await cluster.client.exists(`queue:${name}`)) === 0)
    expect(await cluster.client.llen(`queue:${name}:dlq`)).toBe(0)
    await cluster.reshard(name, 2)
  })

  it('go on after a failover, and nothing runs twice', async () => {
    const name = cluster.keyAt(0, 'mail')
    const { pool, seen } = await workOn(name)
    for (let i = 0; i < 50; i++) await cluster.client.rpush(`queue:${name}`, job(i))
    await eventually('some are done', () => pool.done > 10)
    await cluster.failover()
    for (let i = 50; i < 100; i++) await cluster.client.rpush(`queue:${name}`, job(i))
    await eventually('all are done', () => pool.done === 100)
    expect(new Set(seen).size).toBe(100)
    expect(seen).toHaveLength(100)
  })

  it('refuse a list without a hash tag, and say what it needs', async () => {
    const handler = async () => {}
    const pool = createListPool({ connection, config: { ...config, queueName: 'email' }, handler })
    pools.push(pool)
    await expect(pool.start()).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('queue:{email}'),
    })
  })
})

describe.each(libraries)('workers of %s in a cluster', (library) => {
  it('work on a queue whose prefix is a hash tag, follow it to another master, and refuse one without', async () => {
    const prefix = cluster.keyAt(1, '')
    const producer = await produce(library, cluster.masters[1].port, 'work', { prefix })
    producers.push(producer)
    const seen: unknown[] = []
    const handler = async ({ data }: { data: unknown }) => void seen.push(data)
    const pool = createLibraryPool({
      ...{ connection, handler },
      config: poolConfig(library, 'work', { queuePrefix: prefix }),
    })
    pools.push(pool)
    await pool.start()
    for (let i = 0; i < 10; i++) await producer.add('n', { i })
    await eventually('ten are done', () => pool.done === 10)
    await cluster.reshard(prefix, 2)
    const elsewhere = await produce(library, cluster.masters[2].port, 'work', { prefix })
    producers.push(elsewhere)
    for (let i = 10; i < 20; i++) await elsewhere.add('n', { i })
    await eventually('ten more are done where the queue is now', () => pool.done === 20)
    expect(seen).toHaveLength(20)
    await pool.stop(0)
    await cluster.reshard(prefix, 1)

    const refused = createLibraryPool({ connection, handler, config: poolConfig(library, 'work') })
    await expect(refused.start()).rejects.toMatchObject({ message: expect.stringContaining('{bull}') })
  })
})
