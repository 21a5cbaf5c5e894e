import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { notesKey } from '../../../../test/chaos/notes.ts'
import { buildRunner, type RunnerProgram, type WorkerProcess } from '../../../../test/chaos/worker-process.ts'
import { eventually, openTestConnection, quick } from '../../../../test/pool.ts'
import { startProxy, type TestProxy } from '../../../../test/proxy.ts'
import { startRedis, type TestRedis } from '../../../../test/redis.ts'
import type { OpenConnection } from '../../redis/open-connection.ts'
import type { Handler } from '../handler.ts'
import { layoutOf } from './layout.ts'
import { createListPool, type ListPool, type ListPoolOptions, listPoolDefaults } from './list-pool.ts'
import { auditQueue } from './queue-control.ts'
import { areAlone } from './sweeper.ts'
import { newWorkerId } from './worker-id.ts'

let redis: TestRedis
let program: RunnerProgram
let watcher: OpenConnection | null = null
const connections: OpenConnection[] = []
const pools: ListPool[] = []
const proxies: TestProxy[] = []

beforeAll(async () => {
  redis = await startRedis('--appendonly', 'yes', '--appendfsync', 'everysec')
  program = await buildRunner()
})
afterAll(async () => {
  program.close()
  watcher?.close()
  await redis.stop()
})
beforeEach(() => redis.client.flushall())
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.stop(0)))
  for (const connection of connections.splice(0)) connection.close()
  await Promise.all(proxies.splice(0).map((proxy) => proxy.close()))
})

async function start(handler: Handler, options: { url?: string } & Partial<ListPoolOptions> = {}): Promise<ListPool> {
  const { url = redis.url, ...rest } = options
  const connection = await openTestConnection(url)
  connections.push(connection)
  const config = {
    ...listPoolDefaults,
    concurrency: 4,
    system: 'plain-list',
    queueName: 'email',
    queuePrefix: 'queue:',
    backoff: { kind: 'given', delaysMs: [1] },
  } as const
  const pool = createListPool({ connection, handler, config, timing: quick, ...rest })
  pools.push(pool)
  await pool.start()
  return pool
}

/** Starts a worker process; resolves when its pool runs. Jobs of the fate `hang` never end there. */
async function startChild(concurrency: number, workMs: number): Promise<WorkerProcess> {
  const child = program.start({
    ...{ kind: 'pool', url: redis.url, notesUrl: redis.url, system: 'plain-list', prefix: 'queue:', name: 'email' },
    ...{ concurrency, workMs, hangs: true, killAt: null },
  })
  await child.ready
  return child
}

async function kill9(child: WorkerProcess): Promise<void> {
  child.signal('SIGKILL')
  await child.exit
}

/** What handlers note in worker processes. */
const ran = notesKey('queue:email')

const job = (id: string | number) => `{"id":"${id}","type":"welcome","attempts":0}`
const hanging = (id: number) => `{"id":"${id}","type":"welcome","fate":"hang","attempts":0}`
const push = (...ids: (string | number)[]) => redis.client.rpush('queue:email', ...ids.map(job))

/** Where all jobs are, counted at one instant: the law is that their sum is what was pushed. */
async function audit() {
  watcher ??= await openTestConnection(redis.url)
  const { places, total } = await auditQueue(watcher.reader, layoutOf('plain-list', 'queue:', 'email'))
  const { waiting, held, claimed, delayed, dead, done } = places
  return { waiting, held: held + claimed, delayed, dead, done, sum: total }
}

describe('kill -9 of a worker process in the middle of its jobs', () => {
  it('brings them back at the next start, at once, in order, at the head', async () => {
    await redis.client.rpush('queue:email', ...[1, 2, 3, 4, 5].map(hanging))
    const child = await startChild(3, 0)
    await eventually('three run', async () => (await redis.client.llen(ran)) === 3)
    await kill9(child)
    expect(await audit()).toMatchObject({ waiting: 2, held: 3, sum: 5 })

    const seen: string[] = []
    const pool = await start(async ({ id }) => void seen.push(id ?? ''), { timing: { ...quick, leaseMs: 60_000 } })
    expect(pool.recovered).toBe(3)
    await eventually('all done', () => pool.done === 5)
    expect(seen).toEqual(['1', '2', '3', '4', '5'])
    expect(await redis.client.exists('queue:email:processing', 'queue:email:twins')).toBe(0)
  })

  it('again and again loses none: what was pushed is done, dead, waiting, delayed or held at every instant', async () => {
    const total = 400
    await push(...Array.from({ length: total }, (_, i) => i))
    let auditing = true
    const law = (async () => {
      while (auditing) expect((await audit()).sum).toBe(total)
    })()
    for (let kills = 0; kills < 3; kills++) {
      const child = await startChild(5, 6)
      const before = await redis.client.llen(ran)
      await eventually('it works', async () => (await redis.client.llen(ran)) > before + 15)
      await kill9(child)
    }
    const pool = await start(async ({ id }) => void (await redis.client.rpush(ran, `ok ${id}`)))
    await eventually('all are done', async () => (await audit()).done === total)
    auditing = false
    await law
    expect(new Set(await redis.client.lrange(ran, 0, -1)).size).toBe(total)
    expect(pool.recovered).toBeGreaterThan(0)
    expect(await redis.client.exists('queue:email:processing')).toBe(0)
  })
})

describe('a worker of another computer', () => {
  const elsewhere = 'elsewhere:1:abc'
  async function leaveBehind(leaseMs: number) {
    const [seconds] = await redis.client.time()
    await redis.client.hset(`queue:email:w:${elsewhere}`, '4096', job('left'), 'last', '1 0 1 0 0 0 0')
    await redis.client.sadd('queue:email:processing', job('left'))
    await redis.client.zadd('queue:email:leases', Number(seconds) * 1000 + leaseMs, elsewhere)
  }

  it('keeps its jobs while its lease runs, and gives them back when it has run out', async () => {
    await leaveBehind(3000)
    const pool = await start(async () => {})
    expect(pool.recovered).toBe(0)
    expect(await redis.client.exists(`queue:email:w:${elsewhere}`)).toBe(1)
    await eventually('its job is done', () => pool.done === 1)
    expect(pool.recovered).toBe(1)
    expect(Number(await redis.client.zscore('queue:email:leases', elsewhere))).toBeLessThan(0)
  })
})

describe('a worker that was silent for too long', () => {
  it('stops its jobs, goes on under a new name, and what it did counts for nothing', async () => {
    await push('slow')
    let tries = 0
    const reasons: string[] = []
    let finish = () => {}
    const pool = await start((_job, { signal }) => {
      if (++tries > 1) return Promise.resolve()
      signal.addEventListener('abort', () => reasons.push(String(signal.reason.message)))
      return new Promise((resolve) => (finish = resolve))
    })
    await eventually('it runs', () => pool.active === 1)
    const before = pool.worker
    // What another worker's sweep does once the lease is over, in one step.
    await redis.client
      .multi()
      .lpush('queue:email', job('slow'))
      .srem('queue:email:processing', job('slow'))
      .del(`queue:email:w:${before}`)
      .zrem('queue:email:leases', before)
      .exec()
    await eventually('the job ran again', () => pool.done === 1)
    finish()
    expect(reasons).toEqual(['This worker was silent for too long, so the job went to another.'])
    expect(pool.worker).not.toBe(before)
    expect(await audit()).toMatchObject({ done: 1, sum: 1 })
  })
})

describe('an operator who deletes the leases', () => {
  it('loses no job by it', async () => {
    await push(1, 2)
    let open = () => {}
    const gate = new Promise<void>((resolve) => (open = resolve))
    let tries = 0
    const pool = await start(() => (++tries > 2 ? Promise.resolve() : gate))
    await eventually('both run', () => pool.active === 2)
    await redis.client.del('queue:email:leases')
    await eventually('both ran again', () => pool.done === 2)
    open()
    expect(await audit()).toMatchObject({ done: 2, sum: 2 })
    expect(await redis.client.keys('queue:email:w:*')).toHaveLength(1)
  })
})

describe('a worker that is stopped', () => {
  it('waits no longer for jobs that others have got meanwhile', async () => {
    await push(1)
    const pool = await start(() => new Promise(() => {}))
    await eventually('it runs', () => pool.active === 1)
    const stopped = pool.stop(600_000)
    await redis.client.del('queue:email:leases')
    await stopped
    expect(await audit()).toMatchObject({ waiting: 1, held: 0, sum: 1 })
  })
})

describe('lost replies', () => {
  let proxy: TestProxy
  beforeEach(async () => {
    proxy = await startProxy(redis.port)
    proxies.push(proxy)
  })

  it.each([1, 2, 3, 4, 5, 6])('of a script do it once: the one before number %i', async (number) => {
    await push('good', 'bad')
    const ran: string[] = []
    let points = 0
    const pool = await start(
      async ({ id }) => {
        ran.push(id ?? '')
        if (id === 'bad') throw new Error('x')
      },
      {
        url: `redis://127.0.0.1:${proxy.port}`,
        timing: { ...quick, leaseMs: 60_000 },
        probe: (point) => {
          if (point === 'before step' && ++points === number) proxy.loseReplyTo(/EVAL/)
        },
      },
    )
    await eventually('settled', async () => (await audit()).dead === 1 && (await audit()).done === 1)
    expect(ran.sort()).toEqual(['bad', 'bad', 'bad', 'good'])
    expect(await audit()).toEqual({ waiting: 0, held: 0, delayed: 0, dead: 1, done: 1, sum: 2 })
    expect(await redis.client.hgetall('queue:email:stats')).toEqual({ done: '1', retried: '2', dead: '1' })
    await eventually('the pool knows it', () => pool.done === 1 && pool.dead === 1)
  })

  it('cut at any byte of a request or a reply lose no job, and do none twice', async () => {
    const ran: string[] = []
    const url = `redis://127.0.0.1:${proxy.port}`
    const pool = await start(async ({ id }) => void ran.push(id ?? ''), {
      url,
      timing: { ...quick, leaseMs: 60_000, beatMs: 60_000, sweepMs: 60_000, orphanSweepMs: 60_000 },
    })
    let pushed = 0
    for (const [direction, bytes] of [['reply', 300] as const, ['request', 1500] as const]) {
      for (let at = 0; at < bytes; at += bytes / 15) {
        await push(...[1, 2, 3].map(() => pushed++))
        proxy.cutAfter(direction, at)
        await eventually('done', () => pool.done === pushed)
      }
    }
    expect(ran.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: pushed }, (_, i) => i))
    expect(await audit()).toMatchObject({ done: pushed, sum: pushed })
  })

  it('by the dozen lose no job and run none twice while the lease lasts', async () => {
    const total = 3000
    await push(...Array.from({ length: total }, (_, i) => i))
    const ran: string[] = []
    const work = async ({ id }: { id: string | null }) => {
      await new Promise((resolve) => setImmediate(resolve))
      ran.push(id ?? '')
    }
    const pool = await start(work, {
      url: `redis://127.0.0.1:${proxy.port}`,
      timing: { ...quick, leaseMs: 60_000 },
    })
    let cuts = 0
    while (pool.done < total) {
      const done = pool.done
      proxy.cut()
      cuts++
      await eventually('it goes on', () => pool.done > done)
    }
    expect(cuts).toBeGreaterThan(3)
    expect(new Set(ran).size).toBe(total)
    expect(ran).toHaveLength(total)
    expect(await audit()).toMatchObject({ done: total, sum: total })
  })
})

describe('Redis ends in the middle', () => {
  it('and the pool says so, goes on when it is back, and loses nothing', async () => {
    const total = 200
    await push(...Array.from({ length: total }, (_, i) => i))
    let open = () => {}
    const gate = new Promise<void>((resolve) => (open = resolve))
    const pool = await start(() => gate)
    await eventually('four run', () => pool.active === 4)
    await audit()
    await redis.kill()
    open()
    await eventually('it says so', () => pool.problem !== null)
    await redis.start()
    await eventually('it can be watched', () => watcher?.status().status === 'ready')
    // Redis' own count: of a job whose acknowledgement was done and never answered, the pool itself may not know.
    await eventually('all done', async () => (await audit()).done === total)
    await eventually('it is well again', () => pool.problem === null)
    expect(await audit()).toMatchObject({ done: total, sum: total })
  })
})

describe('with the old worker of the second seed beside it', () => {
  /** BLPOP, SADD, work, SREM: as the seed's worker does, on a client without a name. */
  function oldWorker(work: (payload: string) => Promise<void>) {
    const client = new Redis(redis.url, { protocol: 2 })
    let on = true
    const over = (async () => {
      while (on) {
        const [, payload] = (await client.blpop('queue:email', 0.2)) ?? []
        if (payload === undefined) continue
        await client.sadd('queue:email:processing', payload)
        await work(payload)
        await client.srem('queue:email:processing', payload)
      }
    })()
    return {
      client,
      async stop() {
        on = false
        await over
        client.disconnect()
      },
    }
  }

  it('each job runs once, and the view is empty at the end', async () => {
    const total = 400
    await push(...Array.from({ length: total }, (_, i) => i))
    const ran: string[] = []
    const note = async (by: string) => void ran.push(by)
    const old = oldWorker((payload) => note(JSON.parse(payload).id))
    const pool = await start(({ id }) => note(id ?? ''))
    await eventually('all ran', () => ran.length >= total)
    await pool.stop()
    await old.stop()
    expect(new Set(ran).size).toBe(total)
    expect(ran).toHaveLength(total)
    expect(pool.done).toBeGreaterThan(0)
    expect(pool.done).toBeLessThan(total)
    expect(await redis.client.exists('queue:email:processing')).toBe(0)
  })

  it('what it left is not touched while others are connected, until it was seen unowned for long', async () => {
    await redis.client.sadd('queue:email:processing', job('left'))
    const patient = await start(async () => {})
    await eventually('it was seen', async () => (await redis.client.zcard('queue:email:orphans')) === 1)
    expect(patient.recovered).toBe(0)
    await patient.stop()
    const pool = await start(async () => {}, { timing: { ...quick, orphanAfterMs: 1 } })
    await eventually('it ran', () => pool.done === 1)
    expect(pool.recovered).toBe(1)
  })

  it('counts as gone when nobody but Sluice is connected to the database', () => {
    const list = (...rows: string[]) => Buffer.from(`${rows.join('\n')}\n`)
    const own = 'id=5 addr=a name=sluice:pool db=0 flags=N cmd=client'
    expect(areAlone(5, list(own, 'id=6 name=sluice:read db=0 flags=N', 'id=7 name= db=3 flags=N'))).toBe(true)
    expect(areAlone(5, list(own, 'id=8 name= db=0 flags=S cmd=replconf'))).toBe(true)
    expect(areAlone(5, list(own, 'id=8 name= db=0 flags=b cmd=blpop'))).toBe(false)
    expect(areAlone(5, list('id=6 name=sluice:read db=0 flags=N'))).toBe(false)
    expect(areAlone(5, null)).toBe(false)
  })

  it('leaves what it held to a pool that is alone', async () => {
    const port = redis.port
    redis.client.disconnect()
    const url = `redis://127.0.0.1:${port}`
    const connection = await openTestConnection(url)
    connections.push(connection)
    await connection.writer().call('SADD', 'queue:email:processing', job('left'))
    const ran: string[] = []
    const pool = await start(async ({ id }) => void ran.push(id ?? ''))
    await eventually('it ran', () => pool.done === 1)
    expect(pool.recovered).toBe(1)
    expect(ran).toEqual(['left'])
    await redis.client.connect()
  })
})

describe('the name of a worker', () => {
  it('tells its computer and process, and no part holds a colon', () => {
    expect(newWorkerId()).toMatch(new RegExp(`^[\\w.-]+:${process.pid}:[0-9a-f]{12}$`))
    expect(newWorkerId()).not.toBe(newWorkerId())
  })
})
