import type { JobRecord } from '../../src/domain/job-record.ts'
import { queueKey } from '../../src/domain/queue.ts'
import { refuse } from './fake-actions.ts'
import { fakeOutput, fakeRecord, rows } from './fake-handlers.ts'
import type { FakeContext } from './fake-os.ts'
import { fakeAudit, fakePool } from './fake-pools.ts'

/** Pools that begin at once and take a second and a half to stop. */
export function poolsRouter({ os, world, changed, ticked, find, findQueue, writable }: FakeContext) {
  const findPool = (id: string) => {
    const pool = world.pools.find((one) => one.id === id)
    if (pool === undefined) throw refuse('NOT_FOUND')
    return pool
  }
  const setPaused = (id: string, paused: boolean) => {
    const pool = findPool(id)
    writable(pool.config.connectionId)
    pool.paused = paused
    changed.ring()
    return pool
  }
  return {
    start: os.pools.start.handler(({ input: { config, savedId } }) => {
      const { connectionId, queueName } = config
      writable(connectionId)
      if (find(connectionId).redis?.policyCanEvictQueues && !config.acceptsEviction) {
        throw refuse('UNSUPPORTED', 'Redis may evict whole queues when its memory is full: set it to noeviction.')
      }
      const again = world.pools.find(
        (pool) =>
          pool.state === 'stopped' && pool.config.queueName === queueName && pool.config.connectionId === connectionId,
      )
      const pool = fakePool(config, { savedId, ...(again === undefined ? {} : { id: again.id }) })
      if (again === undefined) world.pools.push(pool)
      else Object.assign(again, pool)
      changed.ring()
      return pool
    }),
    saved: os.pools.saved.handler(({ input }) =>
      world.saved.filter(({ config }) => config.connectionId === input.connectionId),
    ),
    save: os.pools.save.handler(({ input: { id, config, autostart } }) => {
      const saved = { id: id ?? crypto.randomUUID(), config, autostart }
      const at = world.saved.findIndex((one) => one.id === id)
      if (at < 0) world.saved.push(saved)
      else world.saved[at] = saved
      return saved
    }),
    forget: os.pools.forget.handler(({ input }) => {
      const at = world.saved.findIndex(({ id }) => id === input.id)
      if (at >= 0) world.saved.splice(at, 1)
      return {}
    }),
    jobs: os.pools.jobs.handler(async function* ({ input, signal }) {
      const { config } = findPool(input.id)
      const ended = config.handler === 'own' || config.handler === 'csv' ? endedJobs() : endedJobs().slice(0, 3)
      const running = config.handler === 'csv' ? [importJob()] : runningJobs()
      while (!signal?.aborted) {
        for (const record of running) {
          const { progress } = record
          if (progress?.percent != null) progress.percent = (progress.percent + 3) % 100
          if (progress?.done != null) progress.done += 10_112
        }
        yield structuredClone({ running, ended })
        await ticked.wait(signal)
      }
    }),
    output: os.pools.output.handler(({ input }) => fakeOutput(world.since, input)),
    pause: os.pools.pause.handler(({ input }) => setPaused(input.id, true)),
    resume: os.pools.resume.handler(({ input }) => setPaused(input.id, false)),
    audit: os.pools.audit.handler(({ input: { connectionId, queue } }) => {
      const { counts } = findQueue(connectionId, queue)
      if (queueKey(queue).startsWith('bull')) throw refuse('UNSUPPORTED')
      return fakeAudit(queue, counts.waiting, counts.failed)
    }),
    stop: os.pools.stop.handler(({ input }) => {
      const pool = findPool(input.id)
      pool.state = 'draining'
      setTimeout(() => {
        pool.state = 'stopped'
        pool.active = 0
        pool.donePerMinute = 0
        changed.ring()
      }, 1_500)
      changed.ring()
      return pool
    }),
    remove: os.pools.remove.handler(({ input }) => {
      const at = world.pools.findIndex(({ id }) => id === input.id)
      if (at >= 0) world.pools.splice(at, 1)
      changed.ring()
      return {}
    }),
    watch: os.pools.watch.handler(async function* ({ signal }) {
      while (!signal?.aborted) {
        yield world.pools.map((pool) => ({ ...pool }))
        await Promise.race([changed.wait(signal), ticked.wait(signal)])
      }
    }),
    messages: os.pools.messages.handler(({ input }) =>
      world.messages.filter(({ poolId }) => input.poolId === null || poolId === input.poolId),
    ),
  }
}

function importJob(): JobRecord {
  const message = 'Reading products-2026-11.csv'
  const progress = rows(402_118, 1_204_160, 42, message)
  return fakeRecord({ id: '7712', name: 'csv-import', startedAt: Date.now() - 71_000, pid: 41_020, progress })
}

function runningJobs(): JobRecord[] {
  const told = (percent: number | null, message: string | null) => ({
    ...rows(0, null, 0, message),
    percent,
    done: null,
    failed: null,
  })
  return [
    fakeRecord({
      id: '88121',
      name: 'resize',
      startedAt: Date.now() - 12_400,
      pid: 41_022,
      progress: told(62, 'Size 3 of 7'),
    }),
    fakeRecord({
      id: 'a-job-id-that-a-producer-made-of-all-that-it-knew-about-the-job-2026-11-22',
      name: 'سفارش \u202eنام\u202c',
      attempt: 3,
      startedAt: Date.now() - 4_100,
      pid: 41_023,
      progress: told(
        11,
        'A message that somebody made far too long because nobody said how long a message may be, so it goes on',
      ),
    }),
    fakeRecord({ id: '88124', name: 'resize', startedAt: Date.now() - 800, pid: 41_024 }),
  ]
}

/** One that ended in each of the ways there are. */
function endedJobs(): JobRecord[] {
  const at = (index: number, tookMs: number, more: Partial<JobRecord>) =>
    fakeRecord({
      key: `e${index}`,
      id: String(88_120 - index),
      name: 'resize',
      startedAt: Date.now() - index * 9_000 - tookMs,
      endedAt: Date.now() - index * 9_000,
      pid: 41_022,
      ...more,
    })
  return [
    at(1, 812, { result: '{"resized":7,"saved":"412 kB","files":["a-320.webp","a-640.webp","a-960.webp"]}' }),
    at(2, 91, {
      attempt: 2,
      failure: {
        kind: 'threw',
        message:
          'Error: Input buffer contains unsupported image format\n    at Sharp.toBuffer (/srv/app/node_modules/sharp/lib/output.js:163:17)',
      },
    }),
    at(3, 300_000, { failure: { kind: 'time', message: 'It took longer than 300 s.' } }),
    at(4, 41_000, {
      failure: { kind: 'memory', message: 'Its process used 268 MB, more than the 256 MB that it may.' },
    }),
    at(5, 2_100, { failure: { kind: 'exited', message: 'Its process ended with exit code 3.' } }),
    at(6, 640, { failure: { kind: 'result', message: 'It returned a BigInt, which is no JSON.' } }),
    at(7, 3_000, { failure: { kind: 'taken', message: 'The worker was stopped.' } }),
    at(8, 702, {}),
    at(9, 192_000, {
      name: 'csv-import',
      progress: rows(1_204_160, 1_204_160, 42),
      result: '{"rows":1204160,"bad":42,"report":"/srv/imports/products-2026-11.csv.report.csv"}',
    }),
  ]
}
