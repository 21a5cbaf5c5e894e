import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { chaosJob } from '../../../../../test/chaos/job.ts'
import { carryOut } from '../../../../../test/chaos/notes.ts'
import { ChaosQueue } from '../../../../../test/chaos/queue.ts'
import { buildRunner, type RunnerProgram } from '../../../../../test/chaos/worker-process.ts'
import { eventually, openTestConnection, quick } from '../../../../../test/pool.ts'
import { startRedis, type TestRedis } from '../../../../../test/redis.ts'
import type { OpenConnection } from '../../../redis/open-connection.ts'
import { createListPool, type ListPool, listPoolDefaults } from '../list-pool.ts'
import type { PoolTiming } from '../pool-timing.ts'

let redis: TestRedis
let notes: TestRedis
let connection: OpenConnection
let program: RunnerProgram
let queue: ChaosQueue
let pools: ListPool[] = []
let sweeps = 0

beforeAll(async () => {
  notes = await startRedis()
  program = await buildRunner()
})
afterAll(async () => {
  program.close()
  await notes.stop()
})
beforeEach(async () => {
  redis = await startRedis()
  await notes.client.flushall()
  connection = await openTestConnection(redis.url)
  queue = new ChaosQueue(redis, connection, 'plain-list', 'shared')
})
afterEach(async () => {
  await Promise.all(pools.map((pool) => pool.stop(0)))
  pools = []
  connection.close()
  await redis.stop()
})

const plain = (id: string | number) => chaosJob('plain-list', 'plain', String(id))
const tries = () => notes.client.lrange(queue.notes, 0, -1)
const oldWorker = (changes: Parameters<ChaosQueue['runner']>[0] = {}) =>
  program.start(queue.runner({ kind: 'seed', concurrency: 1, notesUrl: notes.url, ...changes }))

async function start(
  timing: Partial<PoolTiming>,
  work: (raw: Buffer) => Promise<void> = async () => {},
): Promise<ListPool> {
  const pool = createListPool({
    connection,
    config: { ...listPoolDefaults, system: 'plain-list', queuePrefix: 'chaos:', queueName: 'shared', concurrency: 2 },
    timing: { ...quick, orphanSweepMs: 20, ...timing },
    async handler({ raw }, { attempt }) {
      await carryOut(notes.client, queue.notes, Buffer.from(raw), attempt, false)
      await work(Buffer.from(raw))
    },
    probe: (point) => {
      if (point === 'after orphans') sweeps++
    },
  })
  pools.push(pool)
  await pool.start()
  return pool
}

/** Resolves after so many more looks at what old workers left. */
function moreSweeps(count: number): Promise<void> {
  const end = sweeps + count
  return eventually('it looked again', () => sweeps >= end)
}

describe("the second seed's worker on the same keys", () => {
  it('killed between SADD and SREM: its job is found, and comes back once after the limit', async () => {
    const dying = oldWorker({ killAt: { point: 'added', nth: 3 } })
    const living = oldWorker()
    await Promise.all([dying.ready, living.ready])
    await queue.push(...Array.from({ length: 300 }, (_, i) => plain(i)))
    const before = await start({ orphanAfterMs: 60_000 })
    expect((await dying.exit).signal).toBe('SIGKILL')
    await eventually('all others ran', async () => (await tries()).length === 299)
    living.signal('SIGTERM')
    await living.exit
    await moreSweeps(5)
    const { places, orphans } = await queue.audit()
    expect(orphans.count).toBe(1)
    expect(orphans.oldestAgeMs).toBeGreaterThanOrEqual(0)
    expect(places).toMatchObject({ waiting: 0, held: 0, claimed: 0 })
    expect(before.recovered).toBe(0)
    await before.stop()

    const after = await start({ orphanAfterMs: 1 })
    await eventually('it came back', () => after.done === 1)
    await moreSweeps(5)
    expect(after.recovered).toBe(1)
    const ran = (await tries()).map((note) => Number(note.split(' ')[1])).sort((a, b) => a - b)
    expect(ran).toEqual(Array.from({ length: 300 }, (_, i) => i))
    expect(await queue.audit()).toMatchObject({ orphans: { count: 0 }, problems: [] })
    expect(await redis.client.exists(queue.layout.processing)).toBe(0)
  })

  it('alive: its job stays with it however short the limit of a lonely pool is, and comes back when it is dead', async () => {
    await queue.push(chaosJob('plain-list', 'hang', 'slow'))
    redis.client.disconnect() // from here on nobody but the old worker and Sluice is connected
    const worker = oldWorker({ hangs: true })
    await eventually('it works', async () => (await tries()).length === 1)
    const pool = await start({ orphanAfterMs: 60_000, aloneAfterMs: 1 })
    await moreSweeps(10)
    expect((await queue.audit()).orphans.count).toBe(1)
    expect([pool.recovered, pool.done]).toEqual([0, 0])

    worker.signal('SIGKILL')
    await worker.exit
    await eventually('it came back', () => pool.done === 1)
    await moreSweeps(10)
    expect(pool.recovered).toBe(1)
    expect(await tries()).toEqual(['ok slow', 'ok slow'])
    expect(await queue.audit()).toMatchObject({ total: 1, places: { done: 1 }, orphans: { count: 0 } })
  })

  it('starting while ours run, pushes again what they hold: run twice, never lost', async () => {
    let open = () => {}
    const gate = new Promise<void>((resolve) => (open = resolve))
    await queue.push(plain(1), plain(2))
    const pool = await start({ orphanAfterMs: 60_000 }, () => gate)
    await eventually('both run', () => pool.active === 2)
    const worker = oldWorker()
    await eventually('it ran them too', async () => (await tries()).length === 4)
    worker.signal('SIGTERM')
    await worker.exit
    open()
    await eventually('ours are done', () => pool.done === 2)
    expect((await tries()).sort()).toEqual(['ok 1', 'ok 1', 'ok 2', 'ok 2'])
    expect(await queue.audit()).toMatchObject({ total: 2, places: { done: 2 }, problems: [] })
    expect(await redis.client.exists(queue.layout.processing, queue.layout.twins)).toBe(0)
  })
})
