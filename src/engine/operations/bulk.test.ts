import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openTestConnection, type TestConnection } from '../../../test/connection.ts'
import { atFullSpeed, type OperationsStage, planQuestion, stageOperations } from '../../../test/operations-stage.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import type { PlanQuestion, RunQuestion } from '../../domain/operation.ts'
import { systemOf } from '../../systems/registry.ts'

const email = { system: 'plain-list' as const, prefix: 'queue:', name: 'email' }
const sms = { ...email, name: 'sms' }
const dlq = 'queue:email:dlq'
const all = { type: 'all' as const, places: [{ queue: email, state: 'dead' }] }

let server: TestRedis
let connection: TestConnection
let stage: OperationsStage

beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server?.stop())
beforeEach(async () => {
  await server.client.flushall()
  connection = await openTestConnection(server, { id: 'c', environment: 'staging' })
  stage = await stageOperations(() => connection)
})
afterEach(async () => {
  await stage.close()
  connection.close()
})

const fill = async (key: string, count: number, from = 0) => {
  const jobs = Array.from({ length: count }, (_, i) => JSON.stringify({ id: from + i, data: { n: from + i } }))
  await server.client.rpush(key, ...jobs)
  return jobs
}
const plan = (question: Pick<PlanQuestion, 'action' | 'selection'> & Partial<PlanQuestion>) =>
  stage.operations.plan(planQuestion({ connectionId: 'c', ...question }))
const begin = async (planId: string, how: Partial<RunQuestion> = {}) =>
  stage.operations.run({ ...atFullSpeed, planId, ...how })
const done = async (planId: string, how: Partial<RunQuestion> = {}) => {
  const { id } = await begin(planId, how)
  return stage.runs.ended(id)
}
/** What a search might have found: all dead letters there are. */
const search = async (queue = email) => {
  const set = await stage.newSet()
  const place = { queue, state: 'dead' }
  for await (const { jobs } of systemOf('plain-list').scan(connection.reader, queue, 'dead', {
    chunk: 200,
    payloads: true,
  })) {
    await set.add(
      place,
      jobs.map(({ ref }) => ref),
      jobs.reduce((sum, { bytes }) => sum + bytes, 0),
    )
  }
  return { type: 'search' as const, searchId: set.id }
}
const list = (key: string) => server.client.lrange(key, 0, -1)

describe('plans and runs', () => {
  it('says what a retry of a search would do, does it in chunks, and undoes it', async () => {
    const jobs = await fill(dlq, 350)
    const made = await plan({ action: 'retry', selection: await search() })
    expect(made).toMatchObject({
      count: 350,
      undo: true,
      typeCount: false,
      bytes: { value: jobs.join('').length, estimated: false },
    })
    expect(made.sample).toHaveLength(10)
    expect(made.sample[0]?.before.text).toMatch(/^\{"id":/)
    expect(made.script).toContain('redis-cli EVAL')
    await fill(dlq, 5, 1000) // they arrive later
    const run = await done(made.id)
    expect(run).toMatchObject({ status: 'ended', done: 350, missing: 0, refused: 0, problem: null, total: 350 })
    expect(await server.client.llen(dlq)).toBe(5)
    expect((await list('queue:email')).length).toBe(350)
    expect(stage.journal.list(1)[0]).toMatchObject({ summary: 'Retried 350 jobs in email (Dead)', undo: true })
    expect(await stage.operations.undo(run.id)).toMatchObject({ done: 350, missing: 0 })
    const after = await list(dlq)
    expect(after.filter((job) => jobs.includes(job))).toEqual(jobs)
    expect(after).toHaveLength(355)
    await expect(begin(made.id)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
  it('finds each of the thousands of jobs of a search, however many it has taken', async () => {
    const jobs = await fill(dlq, 4000)
    for (const [action, went] of [
      ['retry', 'queue:email'],
      ['remove', null],
    ] as const) {
      const made = await plan({ action, selection: await search() })
      const run = await done(made.id, { typedCount: 4000 })
      expect(run).toMatchObject({ done: 4000, missing: 0, refused: 0, problem: null })
      if (went !== null) expect(await list(went)).toEqual(jobs) // the oldest first, as they were
      await stage.operations.undo(run.id)
      await Promise.all(stage.runs.unfinished().map((id) => stage.runs.ended(id)))
      expect(await list(dlq)).toEqual(jobs)
    }
  })
  it('takes thousands that are named in any order from the first one on', async () => {
    const jobs = await fill(dlq, 2600)
    const refs: string[] = []
    for await (const step of systemOf('plain-list').scan(connection.reader, email, 'dead', {
      chunk: 500,
      payloads: true,
    }))
      refs.push(...step.jobs.map(({ ref }) => ref))
    const chosen = refs.filter((_, i) => i % 13 !== 0).reverse()
    const selection = { type: 'refs' as const, places: [{ queue: email, state: 'dead', refs: chosen }] }
    for (const action of ['move', 'remove'] as const) {
      const made = await plan({ action, selection, ...(action === 'move' && { to: sms }) })
      const run = await done(made.id, { typedCount: 2400 })
      expect(run).toMatchObject({ done: 2400, missing: 0, refused: 0, problem: null })
      expect(await list(dlq)).toEqual(jobs.filter((_, i) => i % 13 === 0))
      if (action === 'move') expect(await list('queue:sms')).toEqual(jobs.filter((_, i) => i % 13 !== 0))
      await stage.operations.undo(run.id)
      await Promise.all(stage.runs.unfinished().map((id) => stage.runs.ended(id)))
      expect(await list(dlq)).toEqual(jobs)
    }
  })
  it('says so where a list is so long that Redis has to walk far into it', async () => {
    for (let i = 0; i < 30; i++) await server.client.rpush(dlq, ...Array.from({ length: 10_000 }, () => '{}'))
    await server.client.zadd('queue:email:delayed', 1, '{}')
    const refs = [`150000:${createHash('sha1').update('{}').digest('hex')}`]
    const some = (state: string) => ({ type: 'refs' as const, places: [{ queue: email, state, refs }] })
    const sentence = 'email (Dead) is a list of 300,000 jobs.'
    const told = async (question: Parameters<typeof plan>[0]) => (await plan(question)).warnings.join('\n')
    expect(await told({ action: 'remove', selection: some('dead') })).toContain(sentence)
    expect(await told({ action: 'remove', selection: all })).not.toContain('walk')
    expect(await told({ action: 'remove', selection: some('delayed') })).not.toContain('walk')
  })
  it('acts on all of two queues, a journal entry each, and undoes the run', async () => {
    const jobs = await fill(dlq, 120)
    const others = await fill('queue:sms:dlq', 30)
    const selection = { type: 'all' as const, places: [email, sms].map((queue) => ({ queue, state: 'dead' })) }
    const made = await plan({ action: 'remove', selection })
    expect(made).toMatchObject({ count: 150, typeCount: true, undo: true })
    await expect(begin(made.id)).rejects.toMatchObject({ code: 'CONFIRMATION_NEEDED' })
    await fill(dlq, 2, 500)
    const run = await done(made.id, { typedCount: 150 })
    expect(run).toMatchObject({ done: 150, action: 'purge', problem: null, queue: null })
    expect(run.journalIds).toHaveLength(2)
    expect(await server.client.llen(dlq)).toBe(2)
    expect(await stage.operations.undo(run.id)).toMatchObject({ done: 150 })
    expect((await list(dlq)).slice(0, 120)).toEqual(jobs)
    expect(await list('queue:sms:dlq')).toEqual(others)
    expect(stage.journal.list(4).map(({ undoneAt }) => undoneAt !== null)).toEqual([false, false, true, true])
  })
  it('edits many, refuses those that the change does not fit, and reports them', async () => {
    await fill(dlq, 3)
    await server.client.rpush(dlq, 'no json')
    const change = { type: 'assign' as const, text: 'data.n = data.n + 1' }
    const made = await plan({ action: 'edit', selection: await search(), change })
    expect(made.sample.find(({ before }) => before.text.startsWith('{"id":2'))?.after?.text).toBe(
      '{"id":2,"data":{"n":3}}',
    )
    expect(made.sample.filter(({ problem }) => problem !== null)).toHaveLength(1)
    const run = await done(made.id)
    expect(run).toMatchObject({ done: 3, refused: 1 })
    expect((await list('queue:email')).sort()).toEqual([0, 1, 2].map((i) => `{"id":${i},"data":{"n":${i + 1}}}`))
    const report = await stage.runs.report(run.id, 0, 10)
    expect(report).toMatchObject({ total: 1, others: [{ what: 'refused', state: 'dead', queue: email }] })
  })
  it('says why a place cannot be acted on', async () => {
    await fill('queue:email', 2)
    const selection = {
      type: 'all' as const,
      places: [
        { queue: email, state: 'waiting' },
        { queue: email, state: 'dead' },
      ],
    }
    const made = await plan({ action: 'retry', selection })
    expect(made.places[0]?.able).toBe('These jobs have not run yet.')
    await expect(begin(made.id)).rejects.toMatchObject({ code: 'UNSUPPORTED' })
  })
  it('keeps to its pace, can be paused, and leaves the rest when it is cancelled', async () => {
    await fill(dlq, 200)
    const made = await plan({ action: 'retry', selection: await search() })
    const { id } = await begin(made.id, { pace: 40 })
    await expect.poll(() => stage.runs.list()[0]?.done).toBeGreaterThan(0)
    stage.runs.pause(id)
    expect(stage.runs.list()[0]).toMatchObject({ status: 'paused' })
    expect(stage.runs.list()[0]?.done).toBeLessThan(100)
    stage.runs.resume(id)
    stage.runs.cancel(id)
    const run = await stage.runs.ended(id)
    expect(run).toMatchObject({ cancelled: true, problem: null })
    expect(run.done).toBe(await server.client.llen('queue:email'))
    expect(stage.journal.list(1)[0]?.summary).toContain(`cancelled, ${200 - run.done} were left`)
  })
  it('lets a canary go first, and the rest when it ended well', async () => {
    await fill(dlq, 30)
    const made = await plan({ action: 'retry', selection: all })
    const { id } = await begin(made.id, { canary: { second: 5, failPercent: 10, patienceMs: 60_000 } })
    const now = () => stage.runs.list().find((run) => run.id === id)
    await expect.poll(() => now()?.canary).toMatchObject({ step: 1, waiting: 1 })
    expect(now()).toMatchObject({ done: 1 })
    await server.client.lpop('queue:email') // a worker does it
    await expect.poll(() => now()?.canary).toMatchObject({ step: 2, waiting: 5 })
    expect(await server.client.llen('queue:email')).toBe(5)
    await server.client.del('queue:email')
    expect(await stage.runs.ended(id)).toMatchObject({ done: 30, problem: null })
    expect(await server.client.llen('queue:email')).toBe(24)
  })
  it('goes on where an earlier start of the app left it', async () => {
    const jobs = await fill(dlq, 300)
    const made = await plan({ action: 'remove', selection: await search() })
    const { id } = await begin(made.id, { pace: 100 })
    await expect.poll(() => stage.runs.list()[0]?.done).toBeGreaterThan(20)
    await stage.close(true)
    expect(await server.client.llen(dlq)).toBeGreaterThan(0)
    stage = await stageOperations(() => connection, stage.folder)
    stage.runs.setPace(id, null)
    const run = await stage.runs.ended(id)
    expect(run).toMatchObject({ done: 300, missing: 0, refused: 0, resumed: true, problem: null })
    expect(await server.client.llen(dlq)).toBe(0)
    expect(stage.journal.list(10)).toHaveLength(1)
    await stage.operations.undo(run.id)
    expect(await list(dlq)).toEqual(jobs)
  })
  it('removes for good when nobody wants the trash', async () => {
    await fill(dlq, 20)
    const made = await plan({ action: 'remove', selection: all })
    await done(made.id, { typedCount: 20, trash: 'none' })
    expect(stage.journal.list(2)[1]?.undo).toMatch(/emptied/)
    expect((await server.client.keys('sluice:trash*')).filter((key) => !key.endsWith(':receipt'))).toEqual([])
  })
  it('waits while production is locked, and wants a reason', async () => {
    await fill(dlq, 5)
    connection.update({ ...connection.profile, environment: 'production' })
    const made = await plan({ action: 'retry', selection: all })
    await expect(begin(made.id)).rejects.toMatchObject({ code: 'READ_ONLY' })
    connection.unlock(Date.now() + 60_000)
    await expect(begin(made.id)).rejects.toMatchObject({ code: 'CONFIRMATION_NEEDED' })
    const run = await done(made.id, { reason: 'incident 12' })
    expect(run.done).toBe(5)
    expect(stage.journal.list(1)[0]?.reason).toBe('incident 12')
  })
})
