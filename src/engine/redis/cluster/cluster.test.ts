import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openTestConnection } from '../../../../test/connection.ts'
import { codeOf } from '../../../../test/connection-stage.ts'
import { eventually } from '../../../../test/pool.ts'
import { startRedis } from '../../../../test/redis.ts'
import { startCluster, type TestCluster } from '../../../../test/servers/cluster.ts'
import type { ConnectionStatus, Profile } from '../../../domain/profile.ts'
import type { Script } from '../../../systems/handles.ts'
import type { OpenConnection } from '../open-connection.ts'
import { msBetween } from '../redis-time.ts'

let cluster: TestCluster
const open: OpenConnection[] = []

beforeAll(async () => {
  cluster = await startCluster()
})
afterAll(() => cluster.stop())
afterEach(() => {
  for (const connection of open.splice(0)) connection.close()
})

async function connect(changes: Partial<Profile> = {}): Promise<OpenConnection> {
  const connection = await openTestConnection(cluster.profile, { ...cluster.profile, ...changes })
  open.push(connection)
  return connection
}

const push: Script = { name: 'push', lua: "return redis.call('RPUSH', KEYS[1], ARGV[1])" }

describe('a cluster', () => {
  it('is ready when all its masters answer, and names them', async () => {
    const connection = await connect()
    const status: ConnectionStatus = connection.status()
    expect(status).toMatchObject({ status: 'ready', problem: null, code: null })
    expect(status.servers.toSorted()).toEqual(cluster.masters.map(({ port }) => `127.0.0.1:${port}`).toSorted())
    expect(connection.masters().map(({ name }) => name)).toEqual(status.servers)
  })

  it('sends each command of a pipeline to the master that has its key, and keeps their order', async () => {
    const connection = await connect()
    const keys = Array.from({ length: 60 }, (_, i) => `order:${i}`)
    for (const [i, key] of keys.entries()) await cluster.client.set(key, i)
    expect(new Set(keys.map((key) => cluster.masterOf(key))).size).toBe(3)
    const replies = await connection.reader.pipeline(keys.map((key) => ['GET', key]))
    expect(replies.map(String)).toEqual(keys.map((_, i) => String(i)))
  })

  it('asks where the first key lives what has no key', async () => {
    const connection = await connect()
    for (const [i, { port }] of cluster.masters.entries()) {
      const [info] = await connection.reader.pipeline([
        ['INFO', 'server'],
        ['LLEN', cluster.keyAt(i)],
      ])
      expect(String(info)).toContain(`tcp_port:${port}`)
    }
    // What stands between two others is done between them.
    const busy = ['EVAL', "local n = 0 for i = 1, 3e6 do n = n + i end return redis.call('LLEN', KEYS[1])", 1] as const
    const [before, , after] = await connection.reader.pipeline([['TIME'], [...busy, cluster.keyAt(2)], ['TIME']])
    expect(msBetween(before, after)).toBeGreaterThan(1)
  })

  it('runs scripts at the master that has their keys, and refuses those of several slots before it sends them', async () => {
    const connection = await connect()
    for (const i of [0, 1, 2]) {
      expect(await connection.writer().run(push, [cluster.keyAt(i, 'run:')], ['a'])).toBe(1)
      expect(await cluster.masters[i]?.client.llen(cluster.keyAt(i, 'run:'))).toBe(1)
    }
    expect(await codeOf(connection.writer().run(push, [cluster.keyAt(0), cluster.keyAt(1)], ['a']))).toBe('CROSS_SLOT')
  })

  it('follows MOVED, for reads, writes and what blocks, and knows the new place from then on', async () => {
    const connection = await connect()
    const key = cluster.keyAt(1, 'moved:')
    const worker = await connection.dedicated('worker', key)
    await connection.writer().run(push, [key], ['a'])
    await cluster.reshard(key, 2)
    expect(await connection.reader.call('LLEN', key)).toBe(1)
    const asked = await movedAt(1)
    expect(asked).toBeGreaterThan(0)
    expect(await connection.writer().run(push, [key], ['b'])).toBe(2)
    expect(await connection.writer().call('RPUSH', key, 'c')).toBe(3)
    expect(await worker.run(push, [key], ['d'])).toBe(4)
    expect(await movedAt(1)).toBe(asked)
    expect(await worker.block(5, 'BLPOP', key, 5)).toEqual([Buffer.from(key), Buffer.from('a')])
    expect(await cluster.masters[2].client.lrange(key, 0, -1)).toEqual(['b', 'c', 'd'])
    worker.close()
    await cluster.reshard(key, 1)
  })

  it('sends what waits for a job on to the new master when the slot moves meanwhile', async () => {
    const connection = await connect()
    const key = cluster.keyAt(1, 'waits:')
    const worker = await connection.dedicated('worker', key)
    const popped = worker.block(10, 'BLPOP', key, 10)
    await eventually('it waits at that master', async () =>
      String(await cluster.masters[1].client.info('clients')).includes('blocked_clients:1'),
    )
    await cluster.reshard(key, 0)
    await cluster.client.rpush(key, 'job')
    expect(await popped).toEqual([Buffer.from(key), Buffer.from('job')])
    worker.close()
    await cluster.reshard(key, 1)
  })

  it('asks both masters while a slot is on its way, and does each thing once', async () => {
    const connection = await connect()
    const [gone, here, fresh] = ['gone', 'here', 'fresh'].map((name) => `${name}:${cluster.keyAt(1)}`) as [
      string,
      string,
      string,
    ]
    const writer = connection.writer()
    await writer.pipeline([
      ['RPUSH', gone, 'a'],
      ['RPUSH', here, 'a'],
    ])
    const migration = await cluster.migrate(gone, 0)
    await migration.move(gone)
    expect(
      await connection.reader.pipeline([
        ['LLEN', here],
        ['LLEN', gone],
        ['LLEN', fresh],
      ]),
    ).toEqual([1, 1, 0])
    expect(await writer.run(push, [gone], ['b'])).toBe(2)
    expect(await writer.run(push, [here], ['b'])).toBe(2)
    expect(
      await writer.pipeline([
        ['RPUSH', fresh, 'a'],
        ['RPUSH', fresh, 'b'],
        ['LRANGE', fresh, 0, -1],
      ]),
    ).toEqual([...[1, 2, [Buffer.from('a'), Buffer.from('b')]]])
    const worker = await connection.dedicated('worker', gone)
    expect(await worker.block(5, 'BLPOP', gone, 5)).toEqual([Buffer.from(gone), Buffer.from('a')])
    worker.close()
    // A script whose keys are at both is asked for again while there is hope, and said to be impossible then.
    const both: Script = { name: 'both', lua: "return redis.call('LLEN', KEYS[1]) + redis.call('LLEN', KEYS[2])" }
    const late = codeOf(writer.run(both, [gone, here], []))
    expect(await late).toBe('REDIS_UNAVAILABLE')
    const soon = writer.run(both, [gone, here], [])
    await migration.move()
    await migration.end()
    expect(await soon).toBe(3)
    expect(await cluster.masters[0].client.lrange(gone, 0, -1)).toEqual(['b'])
    await cluster.reshard(gone, 1)
  })

  it('hears messages that are published at any node', async () => {
    const connection = await connect()
    const heard: string[] = []
    const stop = await connection.subscribe(
      ['news:*'],
      (channel) => heard.push(channel),
      () => {},
    )
    for (const [i, { client }] of cluster.masters.entries()) await client.publish(`news:${i}`, 'x')
    await eventually('all three are heard', () => heard.length === 3)
    expect(heard.toSorted()).toEqual(['news:0', 'news:1', 'news:2'])
    await stop()
  })

  it('says what a user may not do who cannot ask for the masters', async () => {
    const rules = ['reset', 'on', 'nopass', '~*', '&*', '+@all', '-cluster'] as const
    for (const { client } of cluster.masters) await client.call('ACL', 'SETUSER', 'limited', ...rules)
    const connection = await connect({ url: cluster.profile.url.replace('redis://', 'redis://limited@') })
    expect(connection.status()).toMatchObject({
      ...{ status: 'failed', code: 'NO_PERMISSION', servers: [] },
      problem: expect.stringContaining('CLUSTER SLOTS'),
    })
  })

  it('says of a Redis that is no cluster what it is', async () => {
    const single = await startRedis()
    const connection = await connect({ url: single.url, topology: { kind: 'cluster', others: [] } })
    expect(connection.status()).toMatchObject({ status: 'failed', code: 'UNSUPPORTED' })
    await single.stop()
  })
})

/** How often a master said that a key is elsewhere. */
async function movedAt(master: 0 | 1 | 2): Promise<number> {
  const stats = await cluster.masters[master].client.info('errorstats')
  return Number(/errorstat_MOVED:count=(\d+)/.exec(stats)?.[1] ?? 0)
}
