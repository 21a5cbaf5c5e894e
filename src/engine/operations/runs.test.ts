import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { testProfile } from '../../../test/connection.ts'
import { freePort, startRedis, type TestRedis } from '../../../test/redis.ts'
import { testWriter } from '../../../test/writer.ts'
import { SluiceError } from '../../domain/errors.ts'
import type { OperationRun } from '../../domain/operation.ts'
import type { Writer } from '../../systems/handles.ts'
import { type Journal, openJournal } from '../journal/journal.ts'
import type { Connection } from '../redis/connection.ts'
import { createOperations, type Operations } from './operations.ts'
import { Runs } from './runs.ts'

const queue = { system: 'bullmq' as const, prefix: 'bull', name: 'mail' }
const failed = { connectionId: 'test', queue, state: 'failed' }
const jobs = 1000

let server: TestRedis
/** It serves nothing, but knows which slot a key has. */
let node: TestRedis
let folder: string
let journal: Journal
let operations: Operations
/** Called before and after each script, with its number from 1. */
let before: (script: number) => void
let after: (script: number) => void
let scripts: { name: string; keys: readonly string[] }[]

beforeAll(async () => {
  server = await startRedis()
  node = await startRedis('--cluster-enabled', 'yes', '--cluster-port', String(await freePort()))
})
afterAll(async () => {
  await server?.stop()
  await node?.stop()
})
beforeEach(async () => {
  await server.client.flushall()
  folder = mkdtempSync(join(tmpdir(), 'sluice-runs-'))
  journal = await openJournal(join(folder, 'journal'))
  before = () => {}
  after = () => {}
  scripts = []
  const plain = testWriter(server.client)
  const writer: Writer = {
    ...plain,
    async run(script, keys, args) {
      scripts.push({ name: script.name, keys })
      const number = scripts.length
      before(number)
      const reply = await plain.run(script, keys, args)
      after(number)
      return reply
    },
  }
  const open: Pick<Connection, 'id' | 'profile' | 'reader' | 'writer'> = {
    id: 'test',
    profile: testProfile(server),
    reader: writer,
    writer: () => writer,
  }
  operations = createOperations({ connection: () => open as Connection, journal })
})
afterEach(async () => {
  await journal.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Jobs as BullMQ 6 leaves them when they failed, with the ids 1 and up. */
async function failJobs(count = jobs, base = 'bull:mail:') {
  const pipeline = server.client.pipeline()
  pipeline.hset(`${base}meta`, 'version', 'bullmq:6.7.0', 'opts.maxLenEvents', '10000')
  for (let id = 1; id <= count; id++) {
    const job = { name: 'send', data: `{"n":${id}}`, opts: '{"attempts":1}', timestamp: 1000 + id, priority: 0 }
    pipeline.hset(`${base}${id}`, {
      ...job,
      atm: 1,
      ats: 1,
      processedOn: 2000,
      finishedOn: 3000 + id,
      failedReason: 'x',
    })
    pipeline.zadd(`${base}failed`, 3000 + id, String(id))
  }
  await pipeline.exec()
}

/** All of the queue, byte for byte, save for what it tells of itself. */
async function contents(): Promise<Record<string, unknown>> {
  const keys = (await server.client.keys('bull:*')).filter((key) => !key.endsWith(':events')).sort()
  const dumps = await Promise.all(keys.map((key) => server.client.dumpBuffer(key)))
  return Object.fromEntries(keys.map((key, i) => [key, dumps[i]?.toString('base64')]))
}

const waiting = () => server.client.llen('bull:mail:wait')
const stillFailed = () => server.client.zcard('bull:mail:failed')
const onlyRun = () => operations.runs.list()[0] as OperationRun

describe('an action over many jobs', () => {
  it('is listed while it runs, with how far it is, and not any more when it ended', async () => {
    await failJobs()
    const seen: OperationRun[] = []
    before = () => seen.push(onlyRun())
    expect(await operations.retryAll(failed)).toMatchObject({ done: jobs, missing: 0, refused: [] })
    const [first, second] = seen
    const entry = journal.list(1)[0]
    expect(first).toMatchObject({ id: entry?.id, connectionId: 'test', action: 'retry', queue, stateLabel: 'Failed' })
    expect(first).toMatchObject({ done: 0, total: null, cancelled: false })
    expect(second?.total).toBe(jobs)
    const steps = seen.map(({ done }) => done)
    expect(steps.length).toBeGreaterThan(2)
    expect(steps).toEqual([...steps].sort((a, b) => a - b))
    expect(new Set(steps).size).toBeGreaterThan(1)
    expect(operations.runs.list()).toEqual([])
    expect(entry?.summary).toBe('Retried 1,000 jobs in mail (Failed)')
    expect(await waiting()).toBe(jobs)
  })

  it('stops after the chunk in hand when it is cancelled, and says how many were left', async () => {
    await failJobs()
    before = (script) => {
      if (script === 2) expect(operations.runs.cancel(onlyRun().id)).toMatchObject({ cancelled: true })
    }
    const outcome = await operations.retryAll(failed, 'reset')
    expect(scripts).toHaveLength(2)
    expect(outcome.done).toBe(await waiting())
    expect(outcome.left).toBe(await stillFailed())
    expect(outcome.done + (outcome.left ?? 0)).toBe(jobs)
    expect(journal.list(1)[0]).toMatchObject({
      summary: `Retried ${outcome.done} jobs in mail (Failed) with all attempts: cancelled, ${outcome.left} were left`,
      undo: 'The jobs may have run already.',
    })
    // To go on is to begin again.
    expect(await operations.retryAll(failed, 'reset')).toMatchObject({ done: outcome.left })
    expect(new Set(await server.client.lrange('bull:mail:wait', 0, -1)).size).toBe(jobs)
  })

  it.each(['failed', 'wait'])(
    'leaves the rest of a cancelled purge of %s, and Undo brings back all as it was',
    async (state) => {
      await failJobs()
      if (state === 'wait') await operations.retryAll(failed)
      scripts = []
      const whole = await contents()
      // Two scripts are on their way at a time: at the third they may have all of the jobs.
      before = (script) => {
        if (script === 2) operations.runs.cancel(onlyRun().id)
      }
      const { done, left, journalId } = await operations.purge({ ...failed, state }, jobs)
      expect(done).toBeGreaterThan(0)
      expect(left).toBeGreaterThan(0)
      expect(left).toBe(state === 'wait' ? await waiting() : await stillFailed())
      expect(done + (left ?? 0)).toBe(jobs)
      const label = state === 'wait' ? 'Waiting' : 'Failed'
      expect(journal.list(1)[0]).toMatchObject({
        summary: `Purged ${done} jobs from mail (${label}): cancelled, ${left} were left`,
        undo: true,
      })
      before = () => {}
      expect(await operations.undo(journalId as string)).toMatchObject({ done, refused: [] })
      expect(await contents()).toEqual(whole)
    },
  )

  it('can be undone again where the Undo was cancelled', async () => {
    await failJobs()
    const whole = await contents()
    const { journalId } = await operations.purge(failed, jobs)
    scripts = []
    before = (script) => {
      if (script === 2) operations.runs.cancel(onlyRun().id)
    }
    const first = await operations.undo(journalId as string)
    expect(first.left).toBeGreaterThan(0)
    expect(journal.list(1)[0]?.summary).toBe(
      `Put back ${first.done} jobs to mail (Failed): cancelled, ${first.left} were left`,
    )
    before = () => {}
    expect(await operations.undo(journalId as string)).toMatchObject({ done: first.left })
    expect(await contents()).toEqual(whole)
    await expect(operations.undo(journalId as string)).rejects.toThrow('Undone already.')
  })

  it('can be undone again for what was refused, once its id is free', async () => {
    await failJobs(3)
    const { journalId } = await operations.purge(failed, 3)
    await server.client.hset('bull:mail:2', 'name', 'another')
    const first = await operations.undo(journalId as string)
    expect(first).toMatchObject({ done: 2, refused: [{ ref: '2', reason: 'Another job has this id now.' }] })
    await server.client.del('bull:mail:2')
    expect(await operations.undo(journalId as string)).toMatchObject({ done: 1, refused: [] })
    expect(await stillFailed()).toBe(3)
  })

  it('writes down how many jobs are behind it when an error comes half-way', async () => {
    await failJobs()
    before = (script) => {
      if (script === 3) throw new SluiceError('CONNECTION_LOST')
    }
    await expect(operations.purge(failed, jobs)).rejects.toMatchObject({ code: 'CONNECTION_LOST' })
    const done = jobs - (await stillFailed())
    expect(done).toBeGreaterThan(0)
    expect(journal.list(1)[0]).toMatchObject({
      done,
      summary: `Purged ${done} jobs from mail (Failed): Redis is not reachable at the moment.`,
      undo: true,
    })
    expect(operations.runs.list()).toEqual([])
  })

  it('offers no Undo for a retry of BullMQ that an error ended: its jobs are in no trash', async () => {
    await failJobs()
    after = (script) => {
      if (script === 2) throw new SluiceError('OUTCOME_UNKNOWN')
    }
    await expect(operations.retryAll(failed)).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' })
    expect(journal.list(1)[0]?.undo).toBe('The jobs may have run already.')
    expect((await waiting()) + (await stillFailed())).toBe(jobs)
  })

  it('ends nobody else, and nothing that has ended', async () => {
    await failJobs()
    expect(() => operations.runs.cancel('nobody')).toThrow('That action has ended already.')
    const { journalId } = await operations.retryAll(failed)
    expect(() => operations.runs.cancel(journalId as string)).toThrow('That action has ended already.')
  })

  it.each([
    [{ ...queue, name: '{mail}' }, '{mail}'],
    [{ ...queue, prefix: '{shop}' }, '{shop}'],
    [{ ...queue, prefix: '{shop}', name: 'a{b}' }, '{shop}'],
    [{ ...queue, prefix: 'a{b', name: 'c}d' }, '{b:c}'],
    [{ ...queue, prefix: '{}', name: '{mail}' }, ''], // Redis takes the whole key where the first braces are empty
    [queue, ''],
  ])('keeps the trash in the slot of the keys: %o', async (where, tag) => {
    await failJobs(1, `${where.prefix}:${where.name}:`)
    await operations.purge({ ...failed, queue: where }, 1)
    const trash = (await server.client.keys('sluice:trash:*')).sort()
    expect(trash).toHaveLength(3) // what is there, the list of it, and the job
    for (const key of trash) {
      expect(key.startsWith(`sluice:trash:${tag}`)).toBe(true)
      if (tag === '') expect(key).not.toMatch(/^sluice:trash:\{/)
      else {
        const slots = [key, `${where.prefix}:${where.name}:failed`].map((one) => node.client.cluster('KEYSLOT', one))
        const [trashSlot, queueSlot] = await Promise.all(slots)
        expect(trashSlot).toBe(queueSlot)
      }
    }
  })
})

describe('the feed of runs', () => {
  it('tells each beginning, each end and what was cancelled, and progress now and then', async () => {
    const runs = new Runs()
    const ended = new AbortController()
    const told: OperationRun[][] = []
    const feed = runs.feed.read(ended.signal, () => runs.list())
    const next = async () => {
      const { value } = await feed.next()
      if (value) told.push(value)
    }
    await next()
    expect(told.at(-1)).toEqual([])
    const what = { id: '1', connectionId: 'c', action: 'purge' as const, queue, stateLabel: 'Failed' }
    const behind: number[] = []
    let finish = () => {}
    const work = runs.during(
      what,
      (done) => behind.push(done),
      async (run) => {
        await next()
        expect(told.at(-1)).toMatchObject([{ id: '1', done: 0, total: null, cancelled: false }])
        const later = next()
        for (let done = 1; done <= 50; done++) run.progress(done, 100)
        await later
        expect(told.at(-1)).toMatchObject([{ done: 50, total: 100 }])
        expect(run.signal.aborted).toBe(false)
        expect(runs.cancel('1')).toMatchObject({ done: 50, cancelled: true })
        expect(run.signal.aborted).toBe(true)
        await next()
        expect(told.at(-1)).toMatchObject([{ cancelled: true }])
        await new Promise<void>((resolve) => (finish = resolve))
        return 'ended'
      },
    )
    while (told.length < 4) await new Promise((resolve) => setImmediate(resolve))
    finish()
    expect(await work).toBe('ended')
    await next()
    expect(told.at(-1)).toEqual([])
    expect(told).toHaveLength(5)
    expect(behind).toEqual(Array.from({ length: 50 }, (_, n) => n + 1))
    // What was told does not change afterwards.
    expect(told[1]).toMatchObject([{ done: 0, total: null }])
    ended.abort()
  })
})
