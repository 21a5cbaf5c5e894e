import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { eventually, openTestConnection, quick } from '../../../test/pool.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import type { Connection } from '../redis/connection.ts'
import type { OpenConnection } from '../redis/open-connection.ts'
import { type Handler, HandlerError, type Job } from './handler.ts'
import { createPool, type Pool, type PoolOptions } from './pool.ts'
import { Wake } from './wake.ts'

let redis: TestRedis
let connection: OpenConnection
const pools: Pool[] = []

beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())
beforeEach(async () => {
  await redis.client.flushall()
  connection = await openTestConnection(redis.url)
})
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.stop(0)))
  connection.close()
})

const config = { queueName: 'email', queuePrefix: 'queue:', concurrency: 4, maxAttempts: 3, retryDelayMs: 1 }

function pool(handler: Handler, options: Partial<PoolOptions> & { concurrency?: number } = {}): Pool {
  const { concurrency = config.concurrency, ...rest } = options
  const made = createPool({ connection, handler, config: { ...config, concurrency }, timing: quick, ...rest })
  pools.push(made)
  return made
}

const push = (...payloads: (string | Buffer)[]) => redis.client.rpush('queue:email', ...payloads)
const job = (id: string, more = '') => `{"id":"${id}","type":"welcome","to":"a@b.co","data":{}${more},"attempts":0}`
const letters = () => redis.client.lrangeBuffer('queue:email:dlq', 0, -1)

/** A promise to hold handlers up with. */
function gate() {
  let open = () => {}
  const passed = new Promise<void>((resolve) => (open = resolve))
  return { open, passed }
}

describe('a pool', () => {
  it('runs what waits in order and what comes later, and leaves nothing behind', async () => {
    await push(job('1'), job('2'), job('3'))
    const seen: string[] = []
    const workers = pool(async ({ id }) => void seen.push(id ?? ''), { concurrency: 1 })
    await workers.start()
    await eventually('three done', () => workers.done === 3)
    await eventually('an idle worker blocks without taking', async () =>
      /cmd=blmove/.test(String(await redis.client.client('LIST'))),
    )
    await push(job('4'))
    await eventually('the fourth', () => workers.done === 4)
    expect(seen).toEqual(['1', '2', '3', '4'])
    expect(workers.donePerMinute).toBe(4)
    await workers.stop()
    expect(await redis.client.keys('*')).toEqual(['queue:email:stats'])
    expect(await redis.client.hgetall('queue:email:stats')).toEqual({ done: '4' })
    expect(workers.state).toBe('stopped')
  })

  it('hands the job over with its fields as stored', async () => {
    await push('{"id":9007199254740993,"type":"t","to_email":"x@y.co","data":{"amount":1500.50,"n":null,"o":{"a":1}}}')
    const seen: Job[] = []
    await pool(async (job) => void seen.push(job)).start()
    await eventually('done', () => seen.length === 1)
    expect(seen[0]).toMatchObject({ id: '9007199254740993', type: 't', to: 'x@y.co', attempts: 0 })
    expect({ ...seen[0]?.data }).toEqual({ amount: '1500.50', o: '{"a":1}' })
  })

  it('runs as many jobs at once as it has slots, and no more', async () => {
    await push(...Array.from({ length: 12 }, (_, i) => job(String(i))))
    const { open, passed } = gate()
    let now = 0
    let most = 0
    const workers = pool(async () => {
      most = Math.max(most, ++now)
      await passed
      now--
    })
    await workers.start()
    await eventually('all slots are taken', () => workers.active === 4)
    expect(await redis.client.smembers('queue:email:processing')).toHaveLength(4)
    expect(await redis.client.llen('queue:email')).toBe(8)
    open()
    await eventually('all done', () => workers.done === 12)
    expect(most).toBe(4)
  })
})

describe('a job that fails', () => {
  it('is tried again with a growing delay, then becomes a dead letter with every other byte as it was', async () => {
    const payload = '{ "id":"1", "n":9007199254740993,"u":"\\u00e9é", "attempts":0 , "data":{"attempts":7}}'
    await push(payload)
    const alarm = vi.spyOn(Wake.prototype, 'alarm')
    const tries: number[] = []
    const workers = pool(async (_job, { attempt }) => {
      tries.push(attempt)
      throw new Error('no "luck"')
    })
    await workers.start()
    await eventually('dead', () => workers.dead === 1)
    expect(tries).toEqual([1, 2, 3])
    expect(workers.retried).toBe(2)
    expect(alarm.mock.calls).toEqual([[1], [2]]) // it does not sleep through its own retries
    alarm.mockRestore()
    const [letter] = await letters()
    const text = String(letter)
    expect(JSON.parse(text).failedAt).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
    expect(text.replace(/,"failedAt":"[^"]*"/, '')).toBe(
      `${payload.replace('"attempts":0', '"attempts":3').slice(0, -1)},"error":"no \\"luck\\""}`,
    )
    expect(await redis.client.hgetall('queue:email:stats')).toEqual({ retried: '2', dead: '1' })
  })

  it('waits n times as long before its n-th retry, and as long as the other side asks', async () => {
    const due = async (handler: Handler, payload: string) => {
      await push(payload)
      const workers = pool(handler, { config: { ...config, retryDelayMs: 60_000 } })
      await workers.start()
      await eventually('retried', () => workers.retried === 1)
      await workers.stop()
      const [seconds, micros] = await redis.client.time()
      const [, score] = await redis.client.zrange('queue:email:delayed', '0', '0', 'WITHSCORES')
      await redis.client.del('queue:email:delayed')
      return (Number(score) - (Number(seconds) * 1000 + Number(micros) / 1000)) / 1000
    }
    const fails: Handler = async () => {
      throw new Error('x')
    }
    const limited: Handler = async () => {
      throw new HandlerError('slow down', { retryable: true, retryAfterMs: 7_000_000 })
    }
    expect(await due(fails, '{"id":"1"}')).toBeCloseTo(60, -1)
    expect(await due(fails, '{"id":"1","attempts":1}')).toBeCloseTo(120, -1)
    expect(await due(limited, '{"id":"1"}')).toBeCloseTo(7000, -2)
  })

  it('goes straight to the dead letters when trying again cannot help', async () => {
    await push(job('1'))
    const workers = pool(async () => {
      throw new HandlerError('gone', { retryable: false })
    })
    await workers.start()
    await eventually('dead', () => workers.dead === 1)
    expect(JSON.parse(String((await letters())[0]))).toMatchObject({ id: '1', attempts: 1, error: 'gone' })
  })

  it('never merges with its equals: 60 equal jobs make 180 tries and 60 dead letters', async () => {
    await push(...Array.from({ length: 60 }, () => job('same')))
    let tries = 0
    const workers = pool(
      async () => {
        tries++
        throw new Error('x')
      },
      { concurrency: 16 },
    )
    await workers.start()
    await eventually('all dead', () => workers.dead === 60)
    expect(tries).toBe(180)
    expect(await letters()).toHaveLength(60)
    expect(await redis.client.exists('queue:email:processing', 'queue:email:twins', 'queue:email:delayed')).toBe(0)
  })

  it('is failed when it takes too long, even when the handler does not care', async () => {
    await push(job('1', ',"x":1'))
    const workers = pool(() => new Promise(() => {}), {
      timing: { ...quick, jobTimeoutMs: 50 },
      config: { ...config, maxAttempts: 1 },
    })
    await workers.start()
    await eventually('dead', () => workers.dead === 1)
    expect(JSON.parse(String((await letters())[0])).error).toBe('The job took longer than 0.05 s.')
  })
})

describe('payloads that are no job', () => {
  it('go to the dead letters byte for byte, and are told of', async () => {
    const bad = ['{"id":', 'null', '"text"', '[1]', '', Buffer.from([0xff, 0x00, 0xfe]), '\ufeff{"id":"1"}', '5'].map(
      (payload) => Buffer.from(payload),
    )
    await push(...bad, job('good'))
    const workers = pool(async () => {}, { concurrency: 1 })
    await workers.start()
    await eventually('the good one', () => workers.done === 1)
    expect((await letters()).map((letter) => letter.toString('hex'))).toEqual(bad.map((b) => b.toString('hex')))
    expect(workers.problem).toBe('8 payloads could not be read and went to the dead letters unchanged.')
    expect(await redis.client.exists('queue:email:processing')).toBe(0)
  })

  it('are no reason to refuse a large one: 10 MB run', async () => {
    await push(`{"id":"big","data":{"x":"${'a'.repeat(10_000_000)}"}}`)
    let size = 0
    const workers = pool(async ({ data }) => {
      size = data.x?.length ?? 0
    })
    await workers.start()
    await eventually('done', () => workers.done === 1)
    expect(size).toBe(10_000_000)
  })
})

describe('stopping', () => {
  it('takes no new jobs and lets the running ones finish', async () => {
    await push(job('1'), job('2'), job('3'))
    const { open, passed } = gate()
    const workers = pool(() => passed, { concurrency: 2 })
    await workers.start()
    await eventually('two run', () => workers.active === 2)
    const stopped = workers.stop()
    expect(workers.state).toBe('draining')
    open()
    await stopped
    expect(workers.done).toBe(2)
    expect(await redis.client.lrange('queue:email', 0, -1)).toEqual([job('3')])
    expect(await redis.client.exists('queue:email:leases', 'queue:email:processing')).toBe(0)
    await eventually(
      'its connections are closed',
      async () => !/name=sluice:pool/.test(String(await redis.client.client('LIST'))),
    )
  })

  it('does not begin a job whose reservation comes back after it was told to stop', async () => {
    await push(job('1'), job('2'))
    const reserved = gate()
    const first = gate()
    let reservations = 0
    const slow: Connection = {
      ...connection,
      async dedicated(purpose) {
        const dedicated = await connection.dedicated(purpose)
        return {
          ...dedicated,
          async run(script, keys, args) {
            const reply = await dedicated.run(script, keys, args)
            if (script.name === 'pool-reserve' && ++reservations === 2) await reserved.passed
            return reply
          },
        }
      },
    }
    const ran: string[] = []
    const workers = pool(
      async ({ id }) => {
        ran.push(id ?? '')
        await first.passed
      },
      { connection: slow, concurrency: 2 },
    )
    await workers.start()
    await eventually('both are reserved', async () => (await redis.client.llen('queue:email')) === 0)
    const stopped = workers.stop()
    reserved.open()
    await eventually('the second is back from Redis', () => new Promise((resolve) => setImmediate(resolve, true)))
    first.open()
    await stopped
    expect(ran).toEqual(['1'])
    expect(workers.done).toBe(1)
    expect(await redis.client.lrange('queue:email', 0, -1)).toEqual([job('2')])
  })

  it('gives back in order what does not finish in time, and tells its handlers', async () => {
    await push(job('1'), job('2'), job('3'))
    const aborted: string[] = []
    const workers = pool(
      (job, { signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            aborted.push(job.id ?? '')
            reject(signal.reason)
          })
        }),
      { concurrency: 2 },
    )
    await workers.start()
    await eventually('two run', () => workers.active === 2)
    await workers.stop(20)
    expect(aborted).toEqual(['1', '2'])
    expect(workers.retried).toBe(0)
    expect(await redis.client.lrange('queue:email', 0, -1)).toEqual([job('1'), job('2'), job('3')])
    expect(await redis.client.keys('*')).toEqual(['queue:email'])
  })

  it('follows when the connection becomes read-only or is closed, and says why', async () => {
    const workers = pool(async () => {})
    await workers.start()
    connection.update({ ...connection.profile, environment: 'production' })
    await eventually('failed', () => workers.state === 'failed')
    expect(workers.problem).toBe('The connection became read-only.')

    connection.update({ ...connection.profile, environment: 'local' })
    const others = pool(async () => {})
    await others.start()
    connection.close()
    await eventually('failed', () => others.state === 'failed')
    expect(others.problem).toBe('The connection was closed.')
  })
})

describe('a Redis that is not as it should be', () => {
  it('is refused when a key has another type', async () => {
    await redis.client.rpush('queue:email:processing', 'x')
    const workers = pool(async () => {})
    await expect(workers.start()).rejects.toMatchObject({
      code: 'WRONG_TYPE',
      message: 'queue:email:processing is a list: workers of this layout cannot use it.',
    })
    expect(workers.state).toBe('failed')
  })

  it('is refused when it may not be written to', async () => {
    connection.update({ ...connection.profile, readOnly: true })
    await expect(pool(async () => {}).start()).rejects.toMatchObject({ code: 'READ_ONLY' })
  })

  it('is warned of when it may evict queues', async () => {
    await redis.client.config('SET', 'maxmemory-policy', 'allkeys-lru')
    const workers = pool(async () => {})
    await workers.start()
    await redis.client.config('SET', 'maxmemory-policy', 'noeviction')
    expect(workers.problem).toContain('maxmemory-policy allkeys-lru')
  })

  it('is drained even when its memory is full: good jobs, retries and dead letters', async () => {
    await push(...Array.from({ length: 300 }, (_, i) => job(String(i))))
    await redis.client.config('SET', 'maxmemory', '1mb')
    await expect(push(job('x'))).rejects.toThrow(/OOM/)
    const workers = pool(async ({ id, attempts }) => {
      if (Number(id) % 3 === 0) throw new Error('always')
      if (Number(id) % 3 === 1 && attempts === 0) throw new Error('once')
    })
    await workers.start()
    await eventually('all settled', () => workers.done === 200 && workers.dead === 100)
    await redis.client.config('SET', 'maxmemory', '0')
    expect(await redis.client.llen('queue:email:dlq')).toBe(100)
  })
})
