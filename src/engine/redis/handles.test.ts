import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { startProxy, type TestProxy } from '../../../test/proxy.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { SluiceError } from '../../domain/errors.ts'
import { parseRedisUrl } from '../../domain/redis-url.ts'
import type { Command, Reader, Writer } from '../../systems/handles.ts'
import { createReader, createWriter } from './handles.ts'
import { type Link, openLink } from './link.ts'
import { OnDemandLink } from './on-demand-link.ts'

let redis: TestRedis
let proxy: TestProxy
let writing: OnDemandLink
let reader: Reader
let writer: Writer
let link: Link

const target = (port: number) => parseRedisUrl(`redis://127.0.0.1:${port}`)

beforeAll(async () => {
  redis = await startRedis()
})
beforeEach(async () => {
  await redis.client.flushall()
  await redis.client.script('FLUSH')
  await redis.client.config('RESETSTAT')
  proxy = await startProxy(redis.port)
  link = await openLink(target(proxy.port), 'read')
  writing = new OnDemandLink(() => openLink(target(proxy.port), 'write'))
  reader = createReader(() => link)
  writer = createWriter(() => writing.get())
  await writing.get()
})
afterEach(async () => {
  vi.useRealTimers()
  link.drop()
  writing.close()
  await proxy.close()
})
afterAll(() => redis.stop())

/** How often Redis has run a command since RESETSTAT. */
async function calls(command: string, on: TestRedis = redis): Promise<number> {
  const info = await on.client.info('commandstats')
  return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(info)?.[1] ?? 0)
}

const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: unknown) => (error instanceof SluiceError ? error.code : error),
  )

describe('a Reader', () => {
  it('gives bytes as they are stored, and never reshapes a reply', async () => {
    const bytes = Buffer.from([0, 255, 128, 13, 10])
    await redis.client.rpush('list', bytes)
    await redis.client.hset('hash', 'field', bytes)
    expect(await reader.call('LRANGE', 'list', 0, -1)).toEqual([bytes])
    expect(await reader.call('hgetall', 'hash')).toEqual([Buffer.from('field'), bytes])
    expect(await reader.call('GET', 'nothing')).toBeNull()
    expect(await reader.call('LLEN', 'list')).toBe(1)
    expect(await reader.call('TYPE', 'list')).toEqual(Buffer.from('list'))
    expect(await reader.call('LRANGE', Buffer.from('list'), 0, 0)).toEqual([bytes])
  })

  it('makes one round trip of a pipeline of any length', async () => {
    const reads = async () => Number(/total_reads_processed:(\d+)/.exec(await redis.client.info('stats'))?.[1])
    const before = await reads()
    const replies = await reader.pipeline(Array.from({ length: 500 }, (_, i) => ['LLEN', `queue:${i}`]))
    expect(replies).toEqual(Array(500).fill(0))
    expect((await reads()) - before).toBe(2) // the pipeline, and INFO itself
  })

  it('gives the error of one command as its reply, without its arguments', async () => {
    await redis.client.set('text', 'x')
    const [length, wrong, value] = await reader.pipeline([
      ['LLEN', 'queue'],
      ['LRANGE', 'text', 0, 1],
      ['GET', 'text'],
    ])
    expect(length).toBe(0)
    expect(wrong).toMatchObject({ name: 'SluiceError', code: 'WRONG_TYPE' })
    expect(inspect(wrong, { depth: null, showHidden: true })).not.toContain('LRANGE')
    expect(value).toEqual(Buffer.from('x'))
    expect(await reader.pipeline([])).toEqual([])
  })

  it.each<{ command: Command }>([
    { command: ['SET', 'key', 'value'] },
    { command: ['DEL', 'key'] },
    { command: ['CONFIG', 'SET', 'maxmemory', '1'] },
    { command: ['CLIENT', 'KILL', 'ID', '1'] },
    { command: ['EVALSHA', 'x', 0] },
    { command: ['BLPOP', 'key', 1] },
    { command: ['SOMETHING.NEW', 'key'] },
  ])('does not send $command', async ({ command }) => {
    expect(await code(reader.call(...command))).toBe('READ_ONLY')
    expect(await code(reader.pipeline([['ECHO', 'x'], command]))).toBe('READ_ONLY')
    expect(await calls('echo')).toBe(0)
  })

  it('runs scripts where Redis itself refuses their writes', async () => {
    await redis.client.rpush('list', 'a', 'b')
    expect(await reader.call('EVAL', "return redis.call('LLEN', KEYS[1])", 1, 'list')).toBe(2)
    expect(await code(reader.call('EVAL', "return redis.call('DEL', KEYS[1])", 1, 'list'))).toBe('INTERNAL')
    expect(await redis.client.exists('list')).toBe(1)
  })

  it('runs scripts on a Redis that is too old for EVAL_RO', async () => {
    const old = await startRedis('--rename-command', 'EVAL_RO', '')
    const oldLink = await openLink(target(old.port), 'read')
    const oldReader = createReader(() => oldLink)
    try {
      expect(await oldReader.pipeline([['PING'], ['EVAL', 'return 7', 0]])).toEqual([Buffer.from('PONG'), 7])
      expect(await oldReader.call('EVAL', 'return 8', 0)).toBe(8)
      expect(await createReader(() => oldLink).call('EVAL', 'return 9', 0)).toBe(9)
      expect(await calls('eval', old)).toBe(3)
    } finally {
      oldLink.drop()
      await old.stop()
    }
  })

  it('throws CONNECTION_LOST when it is cut, and at once while there is no link', async () => {
    proxy.cutAfter('reply', 3)
    expect(
      await code(
        reader.pipeline([
          ['LLEN', 'a'],
          ['LLEN', 'b'],
        ]),
      ),
    ).toBe('CONNECTION_LOST')
    expect(await code(reader.call('LLEN', 'a'))).toBe('CONNECTION_LOST')
  }, 4_000)

  it('throws COMMAND_TIMEOUT when the answer is late', async () => {
    proxy.blackHole()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const late = code(reader.call('LLEN', 'a'))
    await vi.advanceTimersByTimeAsync(5_000)
    expect(await late).toBe('COMMAND_TIMEOUT')
  })
})

describe('a Writer', () => {
  const increment = { name: 'test.increment', lua: "return redis.call('INCR', KEYS[1])" }

  // The limit of the test is far below the command timeout: what settles it is the cut.
  it('does not know the outcome when the socket is cut after the work, and does not work twice', async () => {
    for (const [key, write] of [
      ['call', () => writer.call('INCR', 'call')],
      ['script', () => writer.run(increment, ['script'], [])],
      [
        'pipeline',
        () =>
          writer.pipeline([
            ['INCR', 'pipeline'],
            ['LLEN', 'list'],
          ]),
      ],
    ] as const) {
      await writing.get()
      const { connections } = proxy
      proxy.cutAfter('reply', 0)
      expect(await code(write())).toBe('OUTCOME_UNKNOWN')
      expect(proxy.connections).toBe(connections)
      expect(await writer.call('PING')).toEqual(Buffer.from('PONG')) // over a new socket, with nothing sent again
      if (key !== 'script') expect(await redis.client.get(key)).toBe('1')
    }
  }, 5_000)

  it('does not know the outcome of a script that was cut, and runs it once', async () => {
    await writer.run(increment, ['count'], []) // so that the next is one EVALSHA
    proxy.cutAfter('reply', 0)
    expect(await code(writer.run(increment, ['count'], []))).toBe('OUTCOME_UNKNOWN')
    expect(await writer.call('GET', 'count')).toEqual(Buffer.from('2'))
  }, 5_000)

  it('does not know the outcome when the request was cut in the middle', async () => {
    proxy.cutAfter('request', 10)
    expect(await code(writer.call('INCR', 'count'))).toBe('OUTCOME_UNKNOWN')
    expect(await redis.client.exists('count')).toBe(0)
  }, 5_000)

  it('says CONNECTION_LOST for a read that was cut: nothing can have happened', async () => {
    proxy.cutAfter('reply', 0)
    expect(await code(writer.call('LLEN', 'list'))).toBe('CONNECTION_LOST')
  }, 5_000)

  it('drops the link of a late answer, so that nothing is sent behind it', async () => {
    const { client } = await writing.get()
    proxy.blackHole()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const late = code(writer.call('INCR', 'count'))
    await vi.advanceTimersByTimeAsync(10_200)
    expect(await late).toBe('OUTCOME_UNKNOWN')
    vi.useRealTimers()
    proxy.heal()
    expect(await writer.call('PING')).toEqual(Buffer.from('PONG'))
    expect((await writing.get()).client).not.toBe(client)
  })

  it('loads a script once, and sends its digest from then on', async () => {
    expect(await writer.run(increment, ['count'], [])).toBe(1)
    expect(await writer.run(increment, ['count'], [])).toBe(2)
    expect([await calls('eval'), await calls('evalsha')]).toEqual([1, 2])
    await redis.client.script('FLUSH')
    expect(await writer.run(increment, ['count'], [])).toBe(3)
    expect(await redis.client.get('count')).toBe('3')
  })

  it('passes keys and arguments as bytes', async () => {
    const bytes = Buffer.from([0, 255, 10])
    const set = { name: 'test.set', lua: "redis.call('SET', KEYS[1], ARGV[1]) return ARGV[2]" }
    expect(await writer.run(set, ['key'], [bytes, 7])).toEqual(Buffer.from('7'))
    expect(await redis.client.getBuffer('key')).toEqual(bytes)
  })

  it('names the script in an error that only its author understands, and keeps its arguments out', async () => {
    const broken = { name: 'test.broken', lua: "error('bad ' .. ARGV[1])" }
    const error: unknown = await writer.run(broken, [], ["'canary'"]).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'INTERNAL', message: expect.stringContaining('test.broken') })
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain('canary')
  })

  it('says when Redis is full', async () => {
    await redis.client.config('SET', 'maxmemory', '1')
    const refused = await code(writer.run(increment, ['count'], []))
    await redis.client.config('SET', 'maxmemory', '0')
    expect(refused).toBe('REDIS_FULL')
  })

  it('says when it reached a replica, and looks for the master anew', async () => {
    const { client } = await writing.get()
    await redis.client.replicaof('127.0.0.1', '1')
    const refused = await code(writer.call('SET', 'key', 'value'))
    await redis.client.replicaof('NO', 'ONE')
    expect(refused).toBe('REPLICA')
    expect((await writing.get()).client).not.toBe(client)
    expect(await writer.call('SET', 'key', 'value')).toEqual(Buffer.from('OK'))
  })
})

describe('OnDemandLink', () => {
  it('makes one attempt for all who ask at the same time', async () => {
    let attempts = 0
    const demand = new OnDemandLink(() => {
      attempts++
      return openLink(target(proxy.port), 'write')
    })
    const links = await Promise.all([demand.get(), demand.get(), demand.get()])
    expect(attempts).toBe(1)
    expect(new Set(links).size).toBe(1)
    demand.close()
    expect(links[0].open).toBe(false)
    expect(await code(demand.get())).toBe('NOT_OPEN')
  })

  it('asks a link that lay unused whether it still leads anywhere, and opens another when it does not', async () => {
    let now = 0
    const demand = new OnDemandLink(
      () => openLink(target(proxy.port), 'write'),
      () => now,
    )
    const first = await demand.get()
    now += 5_000
    expect(await demand.get()).toBe(first)
    const pings = await calls('ping')
    now += 11_000
    expect(await demand.get()).toBe(first)
    expect(await calls('ping')).toBe(pings + 1)
    now += 11_000
    expect(await demand.get(true)).toBe(first) // a command that blocks is on its way: no PING would get through
    expect(await calls('ping')).toBe(pings + 1)
    first.ping = async () => first.drop() // what a PING into a dead socket comes to
    now += 11_000
    const second = await demand.get()
    expect(second).not.toBe(first)
    expect(second.open).toBe(true)
    demand.close()
  })

  it('tries again after a failed attempt, and gives out no link after it was closed', async () => {
    let fail = true
    const demand = new OnDemandLink(async () => {
      if (fail) throw new SluiceError('CONNECTION_REFUSED')
      return openLink(target(proxy.port), 'write')
    })
    expect(await code(demand.get())).toBe('CONNECTION_REFUSED')
    fail = false
    const opening = demand.get()
    demand.close()
    expect(await code(opening)).toBe('NOT_OPEN')
  })
})
