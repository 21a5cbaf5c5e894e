import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { gate, type Library, poolConfig, poolOn, produce } from '../../../../test/library-pool.ts'
import { eventually } from '../../../../test/pool.ts'
import { startRedis, type TestRedis } from '../../../../test/redis.ts'
import type { Handler } from '../handler.ts'

let server: TestRedis
let count = 0
const open: { close(): Promise<unknown> }[] = []

beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.stop())
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close()
})

async function poolOf(library: Library, name: string, handler: Handler = async () => {}, changes = {}) {
  const world = await poolOn(server.url, poolConfig(library, name, changes), handler)
  open.push(world)
  return world
}

async function producerOf(library: Library, name: string, options = {}) {
  const producer = await produce(library, server.port, name, options)
  open.push(producer)
  return producer
}

const versionOf = (name: string) => server.client.hget(`bull:${name}:meta`, 'version')

describe('which bullmq works on a queue', () => {
  it.each([
    ['bullmq 5', '5.81.5'],
    ['bullmq 6', '6.7.0'],
  ] as const)('is %s where it keeps the queue, also while that is paused', async (library, version) => {
    const name = `v${++count}`
    const producer = await producerOf(library, name)
    await producer.pause()
    const id = await producer.add('work', {})
    const { pool, until } = await poolOf(library, name)
    await pool.start()
    // 5 keeps the jobs of a paused queue in another list than 6: a worker of the other major would not leave it so.
    expect(await server.client.exists(`bull:${name}:paused`)).toBe(library === 'bullmq 5' ? 1 : 0)
    await producer.resume()
    await until(({ done }) => done === 1)
    expect(await producer.see(id)).toMatchObject({ state: 'completed' })
    expect(await versionOf(name)).toBe(`bullmq:${version}`)
  })

  it('gives a job back to where its own major looks for it', async () => {
    for (const library of ['bullmq 5', 'bullmq 6'] as const) {
      const name = `v${++count}`
      const producer = await producerOf(library, name)
      const begun = gate()
      const { pool } = await poolOf(library, name, () => {
        begun.open()
        return new Promise(() => {})
      })
      await pool.start()
      const id = await producer.add('work', {})
      await begun.opened
      await producer.pause()
      await pool.stop(0)
      const list = library === 'bullmq 5' ? 'paused' : 'wait'
      expect(await server.client.lrange(`bull:${name}:${list}`, 0, -1)).toEqual([id])
    }
  })

  it('is 5 where the queue does not say, and none for a version that is not known', async () => {
    const name = `v${++count}`
    const { pool } = await poolOf('bullmq 5', name)
    await pool.start()
    expect(pool.state).toBe('running')
    expect(await versionOf(name)).toBeNull()
    await server.client.hset(`bull:${name}-7:meta`, 'version', 'bullmq:7.0.0')
    const other = await poolOf('bullmq 6', `${name}-7`)
    await expect(other.pool.start()).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    expect(other.pool).toMatchObject({ state: 'failed', problem: expect.stringContaining('7.0.0') })
  })

  it('ends the pool when the other major takes the queue over', async () => {
    const name = `v${++count}`
    await producerOf('bullmq 5', name)
    const { pool, until } = await poolOf('bullmq 5', name)
    await pool.start()
    await server.client.hset(`bull:${name}:meta`, 'version', 'bullmq:6.7.0')
    pool.wake()
    await until(({ state }) => state === 'failed')
    expect(pool.problem).toBe(
      'BullMQ 6 writes to this queue now, and these workers are of version 5: start them again.',
    )
  })
})

describe.each(['bull', 'bullmq 5', 'bullmq 6'] as const)('a pool of %s', (library) => {
  it('works under another prefix', async () => {
    const name = `p${++count}`
    const producer = await producerOf(library, name, { prefix: '{app}' })
    const { pool, until } = await poolOf(library, name, async () => {}, { queuePrefix: '{app}' })
    await pool.start()
    await producer.add('work', {})
    await until(({ done }) => done === 1)
  })

  it('stands in CLIENT LIST as a worker of its queue, and its other clients as ours', async () => {
    const name = `p${++count}`
    await producerOf(library, name)
    const { pool } = await poolOf(library, name)
    await pool.start()
    const names = async () => [...String(await server.client.client('LIST')).matchAll(/ name=(\S*)/g)].map(([, n]) => n)
    const own = `bull:${Buffer.from(name).toString('base64')}`
    await eventually('it is named', async () => (await names()).includes(library === 'bull' ? own : `${own}:w:sluice`))
    await pool.stop()
    expect((await names()).filter((each) => each?.startsWith(own) && each.endsWith('sluice'))).toEqual([])
  })

  it('goes on after Redis was restarted, with every job done', async () => {
    const kept = await startRedis('--appendonly', 'yes', '--appendfsync', 'always')
    const producer = await produce(library, kept.port, 'q')
    const seen = new Set<string | null>()
    const world = await poolOn(kept.url, poolConfig(library, 'q'), async ({ id }) => void seen.add(id))
    try {
      await world.pool.start()
      await producer.add('work', {})
      await world.until(({ done }) => done === 1)
      await kept.kill()
      await world.until(({ problem }) => problem !== null)
      await kept.start()
      const ids = [await producer.add('work', {}), await producer.add('work', {})]
      await eventually('both are done', () => ids.every((id) => seen.has(id)))
      await world.until(({ problem }) => problem === null)
      expect(world.pool.state).toBe('running')
    } finally {
      await world.close()
      await producer.close()
      await kept.stop()
    }
  })

  it('stops in bounded time while Redis is away, and the job is taken by the next', async () => {
    const kept = await startRedis('--appendonly', 'yes', '--appendfsync', 'always')
    const producer = await produce(library, kept.port, 'q')
    const begun = gate()
    const told = gate()
    const world = await poolOn(kept.url, poolConfig(library, 'q'), (_job, { signal }) => {
      signal.addEventListener('abort', told.open)
      begun.open()
      return new Promise(() => {})
    })
    try {
      await world.pool.start()
      const id = await producer.add('work', {})
      await begun.opened
      await kept.kill()
      await world.pool.stop(0)
      await told.opened
      expect(world.pool).toMatchObject({ state: 'stopped', active: 0 })
      await kept.start()
      const next = await poolOn(kept.url, poolConfig(library, 'q'), async () => {})
      await next.pool.start()
      await next.until(({ done }) => done === 1)
      expect(next.pool.recovered).toBe(1)
      expect(await producer.see(id)).toMatchObject({ state: 'completed' })
      await next.close()
    } finally {
      await world.close()
      await producer.close()
      await kept.stop()
    }
  })

  it('ends when its connection is closed or becomes read-only, and gives its jobs back', async () => {
    for (const end of ['close', 'read-only'] as const) {
      const name = `p${++count}`
      const producer = await producerOf(library, name)
      const begun = gate()
      const told = gate()
      const { pool, connection, until } = await poolOf(library, name, async (_job, { signal }) => {
        begun.open()
        signal.addEventListener('abort', told.open)
        if (end === 'close') await told.opened
        signal.throwIfAborted()
      })
      await pool.start()
      const id = await producer.add('work', {})
      await begun.opened
      if (end === 'close') connection.close()
      else connection.update({ ...connection.profile, readOnly: true })
      await until(({ state }) => state === 'failed')
      expect(pool.problem).toMatch(end === 'close' ? /was closed/ : /became read-only/)
      expect((await producer.see(id)).state).toBe(end === 'close' ? 'waiting' : 'completed')
    }
  })

  it('does not start on a read-only connection, nor where Redis may evict it', async () => {
    const name = `p${++count}`
    const first = await poolOf(library, name)
    first.connection.update({ ...first.connection.profile, readOnly: true })
    await expect(first.pool.start()).rejects.toMatchObject({ code: 'READ_ONLY' })
    expect(first.pool.state).toBe('failed')
    await server.client.config('SET', 'maxmemory-policy', 'allkeys-lru')
    try {
      const second = await poolOf(library, name)
      await expect(second.pool.start()).rejects.toMatchObject({ code: 'UNSUPPORTED' })
      const third = await poolOf(library, name, async () => {}, { acceptsEviction: true })
      await third.pool.start()
      expect(third.pool.problem).toContain('allkeys-lru')
    } finally {
      await server.client.config('SET', 'maxmemory-policy', 'noeviction')
    }
  })

  it('shows an error of Redis and lives on', async () => {
    const name = `p${++count}`
    const producer = await producerOf(library, name)
    const { pool, until } = await poolOf(library, name)
    await producer.add('work', {})
    await pool.start()
    await until(({ done }) => done === 1)
    // The script that takes a job meets a key of another type.
    await server.client.set(`bull:${name}:delayed`, 'text')
    await server.client.lpush(`bull:${name}:wait`, 'x')
    await server.client.zadd(`bull:${name}:marker`, 0, '0')
    await until(({ problem }) => problem !== null)
    expect(pool.state).toBe('running')
    await server.client.del(`bull:${name}:delayed`)
  })
})
