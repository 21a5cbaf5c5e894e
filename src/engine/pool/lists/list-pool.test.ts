import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { config, job, stageListPool } from '../../../../test/list-pool-stage.ts'
import { eventually } from '../../../../test/pool.ts'
import type { Connection } from '../../redis/connection.ts'
import { HandlerError, type Job } from '../handler.ts'
import { layoutOfPool } from './layout.ts'
import { pauseQueue, resumeQueue } from './queue-control.ts'

const on = stageListPool()
const { pool, push, letters, idle } = on

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
      /cmd=blmove/.test(String(await on.redis.client.client('LIST'))),
    )
    await push(job('4'))
    await eventually('the fourth', () => workers.done === 4)
    expect(seen).toEqual(['1', '2', '3', '4'])
    expect(workers.donePerMinute).toBe(4)
    await workers.stop()
    expect(await on.redis.client.keys('*')).toEqual(['queue:email:stats'])
    expect(await on.redis.client.hgetall('queue:email:stats')).toEqual({ done: '4' })
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
    expect(await on.redis.client.smembers('queue:email:processing')).toHaveLength(4)
    expect(await on.redis.client.llen('queue:email')).toBe(8)
    open()
    await eventually('all done', () => workers.done === 12)
    expect(most).toBe(4)
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
    expect(await on.redis.client.exists('queue:email:processing')).toBe(0)
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
    expect(await on.redis.client.lrange('queue:email', 0, -1)).toEqual([job('3')])
    expect(await on.redis.client.exists('queue:email:leases', 'queue:email:processing')).toBe(0)
    await eventually(
      'its connections are closed',
      async () => !/name=sluice:pool/.test(String(await on.redis.client.client('LIST'))),
    )
  })

  it('does not begin jobs that come after it was told to stop', async () => {
    await push(job('1'), job('2'))
    const taken = gate()
    const slow: Connection = {
      ...on.connection,
      async dedicated(purpose) {
        const dedicated = await on.connection.dedicated(purpose)
        return {
          ...dedicated,
          async run(script, keys, args) {
            const reply = await dedicated.run(script, keys, args)
            if (script.name === 'pool-step') await taken.passed
            return reply
          },
        }
      },
    }
    const ran: string[] = []
    const workers = pool(async ({ id }) => void ran.push(id ?? ''), { connection: slow, concurrency: 2 })
    await workers.start()
    await eventually('both are taken', async () => (await on.redis.client.llen('queue:email')) === 0)
    const stopped = workers.stop()
    taken.open()
    await stopped
    expect(ran).toEqual([])
    expect(await on.redis.client.lrange('queue:email', 0, -1)).toEqual([job('1'), job('2')])
    expect(await on.redis.client.keys('*')).toEqual(['queue:email'])
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
    expect(await on.redis.client.lrange('queue:email', 0, -1)).toEqual([job('1'), job('2'), job('3')])
    expect(await on.redis.client.keys('*')).toEqual(['queue:email'])
  })

  it('follows when the connection becomes read-only or is closed, and says why', async () => {
    const workers = pool(async () => {})
    await workers.start()
    on.connection.update({ ...on.connection.profile, environment: 'production' })
    await eventually('failed', () => workers.state === 'failed')
    expect(workers.problem).toBe('The connection became read-only.')

    on.connection.update({ ...on.connection.profile, environment: 'local' })
    const others = pool(async () => {})
    await others.start()
    on.connection.close()
    await eventually('failed', () => others.state === 'failed')
    expect(others.problem).toBe('The connection was closed.')
  })
})

describe('a pool among others', () => {
  it('begins a job that comes to an idle worker at once, before Redis has recorded it', async () => {
    const recorded = gate()
    const slow: Connection = {
      ...on.connection,
      async dedicated(purpose) {
        const dedicated = await on.connection.dedicated(purpose)
        return {
          ...dedicated,
          async run(script, keys, args) {
            if (script.name === 'pool-step' && args[8] === 1 && ran.length > 0) await recorded.passed
            return dedicated.run(script, keys, args)
          },
        }
      },
    }
    const ran: string[] = []
    const workers = pool(async ({ id }) => void ran.push(id ?? ''), { connection: slow })
    await workers.start()
    await idle()
    await push(job('1'))
    await eventually('it ran', () => ran.length === 1)
    expect(workers.done).toBe(0)
    recorded.open()
    await eventually('it is done', () => workers.done === 1)
    expect(ran).toEqual(['1'])
    expect(await on.redis.client.hgetall('queue:email:stats')).toEqual({ done: '1' })
  })

  it('keeps no job waiting that another could run', async () => {
    // Quick jobs first, so that the worker takes many at once; then one that hangs.
    await push(...Array.from({ length: 400 }, (_, i) => job(String(i))), job('hang'), job('after'), job('last'))
    const { open, passed } = gate()
    const one = pool(async ({ id }) => (id === 'hang' ? passed : undefined), { concurrency: 1 })
    await one.start()
    await eventually('it hangs', () => one.done === 400)
    await eventually('it gives the others back', async () => (await on.redis.client.llen('queue:email')) === 2)
    const ran: string[] = []
    const other = pool(async ({ id }) => void ran.push(id ?? ''))
    await other.start()
    await eventually('the other runs them', () => other.done === 2)
    expect(ran).toEqual(['after', 'last'])
    open()
    await eventually('all done', () => one.done === 401)
  })

  it('takes high ones first and low ones last where priorities are on, and hears of both when idle', async () => {
    await on.redis.client.rpush('queue:email:low', job('low'))
    await push(job('usual'))
    await on.redis.client.rpush('queue:email:high', job('high'))
    const ran: string[] = []
    const workers = pool(async ({ id }) => void ran.push(id ?? ''), {
      concurrency: 1,
      config: { ...config, priorities: 'strict' },
    })
    await workers.start()
    await eventually('all ran', () => workers.done === 3)
    expect(ran).toEqual(['high', 'usual', 'low'])
    await idle()
    await on.redis.client.rpush('queue:email:low', job('late'))
    await eventually('the late one', () => workers.done === 4)
  })

  it('keeps to the rate limit', async () => {
    await push(...Array.from({ length: 200 }, (_, i) => job(String(i))))
    const times: number[] = []
    const workers = pool(async () => void times.push(performance.now()), { config: { ...config, ratePerSecond: 100 } })
    await workers.start()
    await eventually('sixty ran', () => workers.done >= 60)
    await workers.stop()
    // A burst of a tenth of a second may begin at once; from then on, no more than the limit.
    const spans = times.slice(10).map((at, i) => (i + 1) / ((at - (times[0] ?? 0)) / 1000))
    for (const rate of spans.slice(20)) expect(rate).toBeLessThan(110)
  })

  it('is paused and resumed for all workers of the queue', async () => {
    const layout = layoutOfPool(config)
    const ran: string[] = []
    const workers = pool(async ({ id }) => void ran.push(id ?? ''))
    await workers.start()
    await idle()
    await pauseQueue(on.connection.writer(), layout)
    expect(await workers.unwait()).toBe(true)
    await eventually('it knows', () => workers.paused)
    await push(job('1'))
    const another = pool(async ({ id }) => void ran.push(id ?? ''))
    await another.start()
    await eventually('the other knows', () => another.paused)
    expect(ran).toEqual([])
    await resumeQueue(on.connection.writer(), layout)
    workers.wake()
    await eventually('it runs', () => ran.length === 1)
  })

  it('runs a job that workers died with alone, and buries it at last', async () => {
    const digest = createHash('sha1').update(job('bad')).digest('hex')
    await on.redis.client.hset('queue:email:crashes', digest, 4)
    await on.redis.client.rpush('queue:email:suspect', job('bad'))
    await push(job('1'), job('2'))
    let together = 0
    let steps = 0
    const workers = pool(
      async ({ id }) => {
        if (id !== 'bad') return
        await push(job('3'))
        const before = steps
        await eventually('it goes on to tell that it lives', () => steps > before + 2)
        together = workers.active + workers.buffered
      },
      { probe: (point) => point === 'after step' && steps++ },
    )
    await workers.start()
    await eventually('all done', () => workers.done === 4)
    expect(together).toBe(1)
    expect(await on.redis.client.exists('queue:email:crashes', 'queue:email:suspect')).toBe(0)

    await on.redis.client.hset('queue:email:crashes', digest, 5)
    await on.redis.client.rpush('queue:email:suspect', job('bad'))
    await eventually('buried', () => workers.dead === 1)
    expect(workers.done).toBe(4)
    expect(JSON.parse(String((await letters())[0]))).toMatchObject({
      id: 'bad',
      attempts: 1,
      error: '5 workers died while they held this job, so it was not run again.',
    })
  })
})

describe('the layout of HTTP jobs', () => {
  it('keeps what is done, counts retries in the job, and lets the job say how many', async () => {
    const message = (id: string, retries: number) =>
      `{"id":"${id}","job_id":9007199254740993,"api_url":"https://x.test/","max_retry_count":${retries},"retry_count":0}`
    await on.redis.client.rpush('job_queue:ready', message('good', 3), message('bad', 1))
    const workers = pool(
      async ({ id }) => {
        if (id === 'bad') throw new HandlerError('503', { retryable: true, result: '{"status":503}' })
        return '{"status":204}'
      },
      { config: { ...config, system: 'http-jobs', queuePrefix: '', queueName: 'job_queue', maxAttempts: 9 } },
    )
    await workers.start()
    await eventually('settled', () => workers.done === 1 && workers.dead === 1)
    expect(workers.retried).toBe(1)
    const [done] = await on.redis.client.lrange('job_queue:completed', 0, -1)
    expect(done).toMatch(/"job_id":9007199254740993,.*"completed_at":"\d{4}-.*Z","status_code":204,"duration_ms":\d+}$/)
    const [failed] = await on.redis.client.lrange('job_queue:failed', 0, -1)
    expect(JSON.parse(failed ?? '')).toMatchObject({
      id: 'bad',
      retry_count: 2,
      error: '503',
      status_code: 503,
      duration_ms: expect.any(Number),
    })
  })
})
