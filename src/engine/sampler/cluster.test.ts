import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openTestConnection, type TestConnection } from '../../../test/connection.ts'
import { statusReached } from '../../../test/followed-connection.ts'
import { startCluster, type TestCluster } from '../../../test/servers/cluster.ts'
import type { QueueRef } from '../../domain/queue.ts'
import { bullmq } from '../../systems/bullmq/index.ts'
import { plainList } from '../../systems/plain-list/index.ts'
import { systems } from '../../systems/registry.ts'
import { createDiscovery, discoverOnce } from '../discovery/discover.ts'
import { memoryByQueue } from '../memory/memory-by-queue.ts'
import { redisStats } from '../memory/redis-stats.ts'
import { listWorkers } from '../workers/list-workers.ts'
import { readTick } from './tick.ts'

/** What the screens show of a cluster: the queues of all its masters, wherever they are. */
let cluster: TestCluster
let connection: TestConnection
const hints = { queues: [], trackedPrefix: '' }
const budget = { keys: Number.POSITIVE_INFINITY, ms: 10_000 }

beforeAll(async () => {
  cluster = await startCluster({ nodeTimeoutMs: 15_000 })
  connection = await openTestConnection(cluster.profile, cluster.profile)
})
afterAll(async () => {
  connection.close()
  await cluster.stop()
})
beforeEach(() => Promise.all(cluster.masters.map(({ client }) => client.flushall())))

const list = (name: string): QueueRef => ({ system: 'plain-list', prefix: 'queue:', name })
const mail = (prefix: string): QueueRef => ({ system: 'bullmq', prefix, name: 'mail' })

/** Queues of two systems, one of each at every master, all with a hash tag. */
async function fill(): Promise<QueueRef[]> {
  const queues: QueueRef[] = []
  for (const i of [0, 1, 2]) {
    const name = cluster.keyAt(i, 'mail')
    await cluster.client.rpush(`queue:${name}`, ...Array(i + 1).fill('{"id":"1","type":"t"}'))
    await cluster.client.rpush(`queue:${name}:dlq`, '{"id":"2","type":"t","error":"no"}')
    const prefix = cluster.keyAt(i, '')
    await cluster.client.hset(`${prefix}:mail:meta`, 'version', 'bullmq:6.7.0', 'opts.maxLenEvents', '10000')
    await cluster.client.hset(`${prefix}:mail:1`, 'name', 'n', 'data', '{}', 'timestamp', '1700000000000')
    await cluster.client.set(`${prefix}:mail:id`, '1')
    await cluster.client.lpush(`${prefix}:mail:wait`, '1')
    queues.push(list(name), mail(prefix))
  }
  return queues
}

describe('the queues of a cluster', () => {
  it('are found at all masters', async () => {
    const queues = await fill()
    const found = await discoverOnce(connection.reader, [plainList, bullmq], hints, budget, connection.masters())
    expect(found.partial).toBeNull()
    const names = (of: readonly QueueRef[]) => of.map(({ prefix, name }) => prefix + name).toSorted()
    expect(names(found.queues)).toEqual(names(queues))
  })

  it('are counted with their heads in one round trip, and INFO is the sum of all', async () => {
    const queues = await fill()
    const trips = connection.reader.trips
    const masters = connection.masters()
    const tick = await readTick(connection.reader, systems, queues, { info: true, clients: true, masters })
    expect(connection.reader.trips).toBe(trips + 1)
    expect(tick.readings.map(({ queue }) => queue)).toEqual(queues)
    expect(tick.readings.map(({ problem, readOnly }) => problem ?? readOnly ?? null)).toEqual(Array(6).fill(null))
    const waiting = tick.readings.map(({ states }) => states.waiting ?? states.wait)
    expect(waiting).toEqual([1, 1, 2, 1, 3, 1])
    expect(tick.readings.every(({ head }) => typeof head?.fingerprint === 'string')).toBe(true)
    const sizes = await Promise.all(cluster.masters.map(({ client }) => client.dbsize()))
    expect(tick.info?.stats.keys).toBe(sizes.reduce((sum, size) => sum + size, 0))
    expect(tick.clients).toHaveLength(3)
  })

  it('without a hash tag are counted all the same, and say why nothing can be written to them', async () => {
    await cluster.client.rpush('queue:email', '{"id":"1"}')
    await cluster.client.rpush('queue:email:dlq', '{"id":"2"}', '{"id":"3"}')
    await cluster.client.hset('bull:mail:meta', 'version', 'bullmq:6.7.0')
    await cluster.client.lpush('bull:mail:wait', '1', '2')
    const queues = [list('email'), mail('bull')]
    const masters = connection.masters()
    const { readings } = await readTick(connection.reader, systems, queues, { masters })
    expect(readings).toMatchObject([
      { states: { waiting: 1, dead: 2 }, problem: null, readOnly: expect.stringContaining('{email}') },
      { states: { wait: 2 }, problem: null, readOnly: expect.stringContaining('{bull}') },
    ])
    const page = await plainList.page(connection.reader, list('email'), 'dead', { offset: 0, limit: 10 })
    expect(page.jobs.map(({ id }) => id).toSorted()).toEqual(['2', '3'])
    const trash = { key: 'sluice:trash:x', ttlMs: 1000 }
    const refs = page.jobs.map(({ ref }) => ref)
    const removed = plainList.write?.remove?.(connection.writer(), list('email'), 'dead', refs, trash)
    await expect(removed).rejects.toMatchObject({ code: 'CROSS_SLOT', message: expect.stringContaining('{') })
    expect(await cluster.client.llen('queue:email:dlq')).toBe(2)
  })

  it('are weighed wherever they are, and the statistics are those of all masters', async () => {
    const queues = await fill()
    const memory = await memoryByQueue(connection.reader, queues, systems, connection.masters())
    expect(memory.map(({ jobs }) => jobs)).toEqual([2, 1, 3, 1, 4, 1])
    expect(memory.every(({ bytes }) => bytes > 0)).toBe(true)
    const { keys_count, info, memory_used } = await redisStats(connection.masters())
    const infos = await Promise.all(cluster.masters.map(({ client }) => client.dbsize()))
    expect(keys_count).toBe(infos.reduce((sum, size) => sum + size, 0))
    expect(memory_used).toMatch(/^\d+\.\d\dM$/)
    expect(info.maxmemoryPolicy).toBe('noeviction')
  })

  it('tell their workers once, though a worker has sockets to all masters', async () => {
    const prefix = cluster.keyAt(1, '')
    const name = `${prefix}:${Buffer.from('mail').toString('base64')}:w:one`
    for (const { client } of cluster.masters) await client.client('SETNAME', name)
    const { workers, problem } = await listWorkers(connection, [mail(prefix)], [bullmq])
    expect(problem).toBeNull()
    expect(workers).toHaveLength(1)
    for (const { client } of cluster.masters) await client.client('SETNAME', '')
  })

  it('stay in sight when a master is away, and those of the others go on', async () => {
    const queues = await fill()
    const discovery = createDiscovery(systems, () => hints)
    await discovery.pass(connection.reader, budget, connection.masters())
    await cluster.masters[2].kill()
    await statusReached(connection, ({ problem }) => problem !== null)
    const masters = connection.masters()
    const { readings, info } = await readTick(connection.reader, systems, queues, { info: true, masters })
    expect(readings.slice(0, 4).map(({ problem }) => problem)).toEqual(Array(4).fill(null))
    for (const { problem } of readings.slice(4)) expect(problem).toContain(String(cluster.masters[2].port))
    expect(info?.stats.keys).toBeGreaterThan(0)
    while (!(await discovery.pass(connection.reader, budget, masters)));
    expect(discovery.queues()).toHaveLength(6)
    expect(discovery.partial()).toContain(String(cluster.masters[2].port))
  })
})
