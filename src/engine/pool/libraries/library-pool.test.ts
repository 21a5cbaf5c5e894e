import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  gate,
  type Library,
  libraries,
  type PoolWorld,
  type Producer,
  poolConfig,
  poolOn,
  produce,
} from '../../../../test/library-pool.ts'
import { eventually } from '../../../../test/pool.ts'
import { startRedis, type TestRedis } from '../../../../test/redis.ts'
import { poolDefaults } from '../../../domain/pool.ts'
import { type Handler, HandlerError, type Job } from '../handler.ts'
import type { LibraryPoolConfig } from './library-pool.ts'

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

/** A queue of its own with a producer, and a started pool on it. */
async function world(library: Library, handler: Handler, changes: Partial<LibraryPoolConfig> = {}) {
  const name = `q${++count}`
  const producer = await produce(library, server.port, name)
  open.push(producer)
  const first = await pool(library, name, handler, changes)
  return { name, producer, ...first }
}

async function pool(library: Library, name: string, handler: Handler, changes: Partial<LibraryPoolConfig> = {}) {
  const world: PoolWorld = await poolOn(server.url, poolConfig(library, name, changes), handler)
  open.push(world)
  await world.pool.start()
  return world
}

const settled = (producer: Producer, id: string, state: string) =>
  eventually(`${id} is ${state}`, async () => (await producer.see(id)).state === state)

/** A handler that never ends by itself, and whether it was told to stop. */
function holding() {
  const begun = gate()
  const told = gate()
  const handler: Handler = (_job, { signal }) =>
    new Promise((_, reject) => {
      begun.open()
      signal.addEventListener('abort', () => {
        told.open()
        reject(signal.reason)
      })
    })
  return { begun, told, handler }
}

describe.each(libraries)('a pool on a queue of %s', (library) => {
  it('does the jobs that the library adds, and its result, progress and log are what the library reads', async () => {
    const { producer, pool, until } = await world(library, async (job, { attempt, progress, log }) => {
      progress({ percent: 10, done: null, total: null, failed: null, message: null })
      log(`try ${attempt} of ${job.type}`)
      log('بسته شد')
      progress({ percent: null, done: 3, total: 4, failed: 1, message: 'rows' })
      return JSON.stringify({ to: job.to, type: job.type })
    })
    const id = await producer.add('mail', { to: 'sara@example.org' })
    await until(({ done }) => done === 1)
    expect(await producer.see(id)).toMatchObject({
      state: 'completed',
      returnvalue: { to: 'sara@example.org', type: 'mail' },
      progress: { done: 3, total: 4, failed: 1, message: 'rows' },
      logs: ['try 1 of mail', 'بسته شد'],
    })
    expect(pool).toMatchObject({
      state: 'running',
      active: 0,
      done: 1,
      retried: 0,
      dead: 0,
      donePerMinute: 1,
      problem: null,
    })
    expect(pool.handlerMs).not.toBeNull()
  })

  it('tells per cent as a number', async () => {
    const { producer, until } = await world(library, async (_job, { progress }) => {
      progress({ percent: 40, done: null, total: null, failed: null, message: null })
    })
    const id = await producer.add('work', {})
    await until(({ done }) => done === 1)
    expect(await producer.see(id)).toMatchObject({ progress: 40 })
  })

  it('gives the handler the data byte for byte as stored', async () => {
    const seen: Job[] = []
    const { name, producer, until } = await world(library, async (job) => void seen.push(job))
    await producer.pause()
    const id = await producer.add('work', { id: 1, price: 2 })
    const raw = '{"id": 9223372036854775807, "price":1500.50,"name":"سارا","none":null}'
    await server.client.hset(`bull:${name}:${id}`, 'data', raw)
    await producer.resume()
    await until(({ done }) => done === 1)
    expect(seen[0]).toMatchObject({
      id,
      type: 'work',
      raw,
      body: raw,
      data: { id: '9223372036854775807', price: '1500.50', name: 'سارا' },
      attempts: 0,
      maxRetries: null,
    })
    expect(seen[0]?.data).not.toHaveProperty('none')
  })

  it('tries a failed job again as its own attempts and back-off say', async () => {
    const tries: { attempts: number; attempt: number; at: number }[] = []
    const { producer, pool, until } = await world(library, async ({ attempts }, { attempt }) => {
      tries.push({ attempts, attempt, at: Date.now() })
      throw new Error(`no. ${attempt}`)
    })
    const id = await producer.add('work', {}, { attempts: 3, backoff: 300 })
    await until(({ dead }) => dead === 1)
    expect(tries.map(({ attempts, attempt }) => [attempts, attempt])).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
    ])
    expect((tries[1]?.at ?? 0) - (tries[0]?.at ?? 0)).toBeGreaterThanOrEqual(295)
    expect(pool).toMatchObject({ done: 0, retried: 2, dead: 1, active: 0 })
    expect(await producer.see(id)).toMatchObject({ state: 'failed', attemptsMade: 3, failedReason: 'no. 3' })
  })

  it('does not try again what a handler calls hopeless', async () => {
    const { producer, pool, until } = await world(library, async () => {
      throw new HandlerError('No such account.', { retryable: false })
    })
    const id = await producer.add('work', {}, { attempts: 5 })
    await until(({ dead }) => dead === 1)
    expect(pool.retried).toBe(0)
    expect(await producer.see(id)).toMatchObject({ state: 'failed', attemptsMade: 1, failedReason: 'No such account.' })
  })

  it('fails a job whose result is no JSON, and one that takes too long', async () => {
    const told = gate()
    const { producer, until } = await world(
      library,
      (job, { signal }) =>
        job.type === 'odd' ? Promise.resolve('{') : new Promise(() => signal.addEventListener('abort', told.open)), // and does not care
      { timeoutMs: 200 },
    )
    const odd = await producer.add('odd', {}, { attempts: 3 })
    const slow = await producer.add('slow', {})
    await until(({ dead }) => dead === 2)
    await told.opened
    expect(await producer.see(odd)).toMatchObject({ failedReason: 'The handler returned what is no JSON.' })
    expect(await producer.see(slow)).toMatchObject({ failedReason: 'The job took longer than 0.2 s.' })
  })

  it('runs as many at once as it is told, more and fewer on the way', async () => {
    let running = 0
    let most = 0
    const ends: (() => void)[] = []
    const { producer, pool, until } = await world(
      library,
      () => {
        most = Math.max(most, ++running)
        return new Promise<void>((resolve) =>
          ends.push(() => {
            running--
            resolve()
          }),
        )
      },
      { concurrency: 3 },
    )
    for (let i = 0; i < 12; i++) await producer.add('work', { i })
    await eventually('three run', () => running === 3)
    pool.setConcurrency(5)
    expect(pool.concurrency).toBe(5)
    await eventually('five run, though none has ended', () => running === 5)
    pool.setConcurrency(1)
    // Four end: only the fifth is left, and no other is begun beside it.
    for (const end of ends.splice(0, 4)) end()
    await until(({ done }) => done === 4)
    await eventually('one is left', () => pool.active === 1)
    ends.shift()?.()
    most = 0
    while (pool.done < 12) {
      const done = pool.done
      await eventually('the next has begun', () => ends.length > 0 || pool.done === 12)
      ends.shift()?.()
      await until((now) => now.done > done || now.done === 12)
    }
    expect(most).toBe(1)
  })

  it('keeps to the limit of jobs in a time', async () => {
    const starts: number[] = []
    const { producer, until } = await world(library, async () => void starts.push(Date.now()), {
      concurrency: 5,
      library: { ...poolDefaults.library, limiter: { max: 2, durationMs: 500 } },
    })
    for (let i = 0; i < 5; i++) await producer.add('work', { i })
    await until(({ done }) => done === 5)
    const first = starts[0] ?? 0
    expect((starts[4] ?? 0) - first).toBeGreaterThanOrEqual(900) // two, two, and the fifth in the third window
  })

  it('leaves the jobs of a paused queue, and takes them when it goes on', async () => {
    const { producer, pool, until } = await world(library, async () => {})
    await producer.pause()
    await pool.unwait()
    expect(pool.paused).toBe(true)
    const id = await producer.add('work', {})
    expect((await producer.see(id)).state).toMatch(/waiting|paused/)
    expect(pool.done).toBe(0)
    await producer.resume()
    await until(({ done }) => done === 1)
    pool.wake()
    await until(({ paused }) => !paused)
  })

  it('lets running jobs end when it stops, and begins no other', async () => {
    const begun = gate()
    const end = gate()
    const { producer, pool } = await world(
      library,
      async () => {
        begun.open()
        await end.opened
      },
      { concurrency: 1 },
    )
    const first = await producer.add('work', { n: 1 })
    await begun.opened
    const second = await producer.add('work', { n: 2 })
    const stopped = pool.stop()
    expect(pool.state).toBe('draining')
    end.open()
    await stopped
    expect(pool).toMatchObject({ state: 'stopped', done: 1, active: 0 })
    expect(await producer.see(first)).toMatchObject({ state: 'completed' })
    expect(await producer.see(second)).toMatchObject({ state: 'waiting' })
  })

  it('gives back at once what still runs after the grace, with its attempts as they were', async () => {
    const { told, begun, handler } = holding()
    const { name, producer, pool } = await world(library, handler)
    const id = await producer.add('work', {}, { attempts: 2 })
    await begun.opened
    await pool.stop(0)
    await told.opened
    expect(pool.state).toBe('stopped')
    expect(await producer.see(id)).toMatchObject({ state: 'waiting', attemptsMade: 0, failedReason: undefined })
    const next = await poolOn(server.url, poolConfig(library, name), async () => {})
    open.push(next)
    await next.pool.start()
    await next.until(({ done }) => done === 1)
    expect(next.pool.recovered).toBe(0)
  })

  it('does not take again what it gives back, however many of its slots wait', async () => {
    for (let round = 0; round < 8; round++) {
      const { begun, handler } = holding()
      const { producer, pool, connection, until } = await world(library, handler, { concurrency: 8 })
      const id = await producer.add('work', {})
      await begun.opened
      if (round % 2 === 0) await pool.stop(0)
      else connection.close()
      await until(({ state }) => state === 'stopped' || state === 'failed')
      expect(await producer.see(id)).toMatchObject({ state: 'waiting', attemptsMade: 0 })
      expect(pool).toMatchObject({ dead: 0, retried: 0 })
    }
  })

  it('gives back a job whose handler does not care about the signal', async () => {
    const begun = gate()
    const { producer, pool } = await world(library, () => {
      begun.open()
      return new Promise(() => {})
    })
    const id = await producer.add('work', {})
    await begun.opened
    await pool.stop(0)
    expect(await producer.see(id)).toMatchObject({ state: 'waiting', attemptsMade: 0 })
  })

  it('holds a long job by renewing its lock, so that no other takes it', async () => {
    const end = gate()
    let runs = 0
    const work: Handler = async () => {
      runs++
      await end.opened
    }
    const quick = { library: { ...poolDefaults.library, lockMs: 1000, stalledMs: 1000 } }
    const { name, producer, until } = await world(library, work, quick)
    await pool(library, name, work, quick)
    await producer.add('work', {})
    await eventually('it runs', () => runs === 1)
    const lock = () => server.client.pttl(`bull:${name}:1:lock`)
    let before = await lock()
    for (let renewals = 0; renewals < 5; ) {
      await eventually('time passes', async () => {
        const now = await lock()
        if (now > before) renewals++
        const changed = now !== before
        before = now
        return changed
      })
    }
    end.open()
    await Promise.race([
      until(({ done }) => done === 1),
      eventually('done', async () => (await producer.counts()).completed === 1),
    ])
    expect(runs).toBe(1)
  })

  it('stops the handler of a job that it no longer holds, and does not settle it', async () => {
    const { told, begun, handler } = holding()
    const quick = { library: { ...poolDefaults.library, lockMs: 1000, stalledMs: 600_000 } }
    const { name, producer, pool } = await world(library, handler, quick)
    const id = await producer.add('work', {})
    await begun.opened
    await server.client.set(`bull:${name}:${id}:lock`, 'another')
    await told.opened
    await eventually('it has ended', () => pool.active === 0)
    expect(await producer.see(id)).toMatchObject({ state: 'active', attemptsMade: 0 })
    expect(pool).toMatchObject({ dead: 0, retried: 0, done: 0 })
  })

  it('takes the job of a worker that died once its lock has run out', async () => {
    const { begun, handler } = holding()
    const quick = { library: { ...poolDefaults.library, lockMs: 1000, stalledMs: 1000 } }
    const { name, producer, connection } = await world(library, handler, quick)
    const id = await producer.add('work', {})
    await begun.opened
    connection.close()
    await settled(producer, id, 'waiting')
    // As a process leaves it that was killed: taken, and held by nobody.
    await server.client.call('RPOPLPUSH', `bull:${name}:wait`, `bull:${name}:active`)
    const next = await pool(library, name, async () => {}, quick)
    await next.until(({ done }) => done === 1)
    expect(next.pool.recovered).toBe(1)
    await settled(producer, id, 'completed')
  })

  it('counts a job as dead that lost its worker too often', async () => {
    const { begun, handler } = holding()
    const strict = { library: { ...poolDefaults.library, lockMs: 1000, stalledMs: 1000, maxStalled: 0 } }
    const { name, producer, connection } = await world(library, handler, strict)
    const id = await producer.add('work', {})
    await begun.opened
    connection.close()
    await settled(producer, id, 'waiting')
    // As a process leaves it that was killed: taken, and held by nobody.
    await server.client.call('RPOPLPUSH', `bull:${name}:wait`, `bull:${name}:active`)
    let runs = 0
    const next = await pool(library, name, async () => void runs++, strict)
    await next.until(({ dead }) => dead === 1)
    expect(runs).toBe(0)
    expect(await producer.see(id)).toMatchObject({
      state: 'failed',
      failedReason: 'job stalled more than allowable limit',
    })
  })

  it('can be stopped while it starts, and starts only once', async () => {
    const first = await poolOn(server.url, poolConfig(library, `q${++count}`), async () => {})
    open.push(first)
    const started = first.pool.start()
    await first.pool.stop()
    await started
    expect(first.pool.state).toBe('stopped')
    await expect(first.pool.start()).rejects.toMatchObject({ code: 'UNSUPPORTED' })
  })
})
