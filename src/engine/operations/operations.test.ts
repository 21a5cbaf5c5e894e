import type { Queue } from 'bullmq'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openTestConnection, type TestConnection } from '../../../test/connection.ts'
import { type OperationsStage, stageOperations } from '../../../test/operations-stage.ts'
import { hashedPeers } from '../../../test/peers/hashed.ts'
import { startProxy, type TestProxy } from '../../../test/proxy.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { testWriter } from '../../../test/writer.ts'
import type { Action, SystemId } from '../../domain/queue.ts'
import type { Writer } from '../../systems/handles.ts'
import { capability, systemOf } from '../../systems/registry.ts'
import type { Journal } from '../journal/journal.ts'
import type { Operations } from './operations.ts'

const email = { system: 'plain-list' as const, prefix: 'queue:', name: 'email' }
const dead = { connectionId: 'c', queue: email, state: 'dead' }

let server: TestRedis
let proxy: TestProxy
let connection: TestConnection
let writer: Writer
let stage: OperationsStage
let journal: Journal
let operations: Operations

beforeAll(async () => {
  server = await startRedis()
  proxy = await startProxy(server.port)
})
afterAll(async () => {
  await proxy?.close()
  await server?.stop()
})
beforeEach(async () => {
  await server.client.flushall()
  connection = await openTestConnection({ url: `redis://127.0.0.1:${proxy.port}` }, { id: 'c', environment: 'staging' })
  writer = testWriter(server.client)
  stage = await stageOperations(() => connection)
  ;({ journal, operations } = stage)
})
afterEach(async () => {
  await stage.close()
  connection.close()
})

const deadRefs = async () =>
  (await systemOf('plain-list').page(writer, email, 'dead', { offset: 0, limit: 200 })).jobs.map(({ ref }) => ref)

const daily = { id: 'daily', pattern: '0 5 * * *', everyMs: null, timeZone: null, payload: '{}' }

function reasonOf(id: SystemId, stateId: string, action: Action): string {
  const system = systemOf(id)
  const state = system.states.find((one) => one.id === stateId)
  return state === undefined ? 'no state' : String(capability(system, state, action))
}

describe('operations', () => {
  it('writes down what it removes, and undoes it once, byte for byte', async () => {
    await server.client.rpush('queue:email:dlq', 'one', 'two', 'three')
    const before = await server.client.lrange('queue:email:dlq', 0, -1)
    const { journalId, done } = await operations.remove(dead, (await deadRefs()).slice(1))
    expect(done).toBe(2)
    expect(journal.list(1)[0]).toMatchObject({ summary: 'Removed 2 jobs from email (Dead)', undo: true })
    expect(await operations.undo(journalId as string)).toMatchObject({ done: 2 })
    expect(await server.client.lrange('queue:email:dlq', 0, -1)).toEqual(before)
    await expect(operations.undo(journalId as string)).rejects.toThrow('Undone already.')
    expect(journal.list(2).map(({ summary }) => summary)).toEqual([
      'Put back 2 jobs to email (Dead)',
      'Removed 2 jobs from email (Dead)',
    ])
  })
  it('makes no journal entry where the connection is read-only', async () => {
    await server.client.rpush('queue:email:dlq', 'one')
    connection.update({ ...connection.profile, readOnly: true })
    await expect(operations.remove(dead, await deadRefs())).rejects.toMatchObject({ code: 'READ_ONLY' })
    expect(await server.client.llen('queue:email:dlq')).toBe(1)
    expect(journal.list(10)).toEqual([])
  })
  it('refuses what a state cannot do, with the reason, without asking Redis', async () => {
    const active = { ...dead, state: 'active' }
    await expect(operations.remove(active, ['0:x'])).rejects.toThrow('A worker holds this job.')
    await expect(operations.retry({ ...dead, state: 'nowhere' }, ['x'])).rejects.toMatchObject({ code: 'NOT_FOUND' })
    const notNow = async (act: Promise<unknown>, sentence: string) =>
      expect(act).rejects.toMatchObject({ code: 'UNSUPPORTED', message: sentence })
    await notNow(operations.pause(dead), reasonOf('plain-list', 'waiting', 'pause'))
    await notNow(operations.resume(dead), reasonOf('plain-list', 'waiting', 'resume'))
    const mail = { ...dead, queue: { system: 'bull' as const, prefix: 'bull', name: 'mail' }, state: 'delayed' }
    await notNow(operations.retry(mail, ['1']), 'These jobs wait for their time: promote them instead.')
    await notNow(operations.promote({ ...mail, state: 'failed' }, ['1']), 'Only delayed jobs can be promoted.')
    await notNow(operations.saveSchedule(mail, daily), 'Bull queues cannot do this.')
    await notNow(operations.tellWorker(mail, 'w', 'pause'), 'Bull queues cannot do this.')
    await notNow(operations.removeSchedule(dead, 'daily'), `${systemOf('plain-list').label} queues cannot do this.`)
    await notNow(operations.runSchedule(dead, 'daily'), `${systemOf('plain-list').label} queues cannot do this.`)
    expect(journal.list(10)).toEqual([])
  })
  it('refuses payloads that no worker could read, and moves that go nowhere', async () => {
    await expect(operations.add(dead, { payload: '{"id":', name: null, options: null })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    })
    await expect(operations.editAndRetry(dead, '0:x', 'nope')).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await expect(operations.move(dead, ['0:x'], email)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await expect(operations.move(dead, ['0:x'], { ...email, system: 'bull' })).rejects.toMatchObject({
      code: 'UNSUPPORTED',
    })
    expect(await server.client.dbsize()).toBe(0)
  })
  it('finds out what was done when the answer is lost, and does it once', async () => {
    await server.client.rpush('queue:email:dlq', 'one', 'two')
    const refs = await deadRefs()
    proxy.loseReplyTo(/EVAL[\s\S]*sluice:trash/)
    expect(await operations.remove(dead, refs)).toMatchObject({ done: 2, missing: 0 })
    proxy.loseReplyTo(/EVAL[\s\S]*sluice:trash/)
    await operations.add(dead, { payload: '{}', name: null, options: null })
    expect(await server.client.lrange('queue:email', 0, -1)).toEqual(['{}'])
    expect(proxy.pendingCuts).toBe(0)
    await operations.undo(journal.list(2)[1]?.id as string)
    expect(await server.client.lrange('queue:email:dlq', 0, -1)).toEqual(['one', 'two'])
  })
  it('keeps an Undo of a retry, an edit and a move', async () => {
    await server.client.rpush('queue:email:dlq', '{"a":1}', '{"a":2}', '{"a":3}')
    const before = await server.client.lrange('queue:email:dlq', 0, -1)
    const [first, second, third] = (await deadRefs()) as [string, string, string]
    const { journalId: retried } = await operations.retry(dead, [first])
    const { journalId: edited } = await operations.editAndRetry(dead, second, '{"b":2}')
    const { journalId: moved } = await operations.move(dead, [third], { ...email, name: 'other' })
    expect(await server.client.llen('queue:email:dlq')).toBe(0)
    for (const id of [moved, edited, retried]) expect(await operations.undo(id as string)).toMatchObject({ done: 1 })
    expect((await server.client.lrange('queue:email:dlq', 0, -1)).sort()).toEqual(before.sort())
    expect(await server.client.llen('queue:email')).toBe(0)
    expect(await server.client.llen('queue:other')).toBe(0)
  })
  it('does nothing when the journal cannot be written', async () => {
    await server.client.rpush('queue:email:dlq', 'one')
    await journal.close()
    await expect(operations.remove(dead, await deadRefs())).rejects.toMatchObject({ code: 'DISK_FAILED' })
    expect(await server.client.llen('queue:email:dlq')).toBe(1)
  })
  it('adds exactly the text that was given', async () => {
    await operations.add(dead, { payload: '{"n":9007199254740993}', name: null, options: null })
    expect(await server.client.lrange('queue:email', 0, -1)).toEqual(['{"n":9007199254740993}'])
    expect(journal.list(1)[0]?.summary).toBe('Added 1 job to email (Waiting)')
  })
})

describe.each(hashedPeers)('what the journal tells of $title', ({ open, waiting }) => {
  const summary = () => journal.list(1)[0]?.summary

  it('tells of a pause and a resume, and that a second one did nothing', async () => {
    const peer = await open(server.port, 'mail')
    try {
      const target = { connectionId: 'c', queue: peer.queue }
      expect(await operations.pause(target)).toMatchObject({ done: 1 })
      expect(await peer.isPaused()).toBe(true)
      expect(journal.list(1)[0]).toMatchObject({ action: 'pause', summary: 'Paused mail', undo: 'Resume the queue.' })
      expect(await operations.pause(target)).toMatchObject({ done: 0 })
      expect(await operations.resume(target)).toMatchObject({ done: 1 })
      expect(await peer.isPaused()).toBe(false)
      expect(journal.list(1)[0]).toMatchObject({ summary: 'Resumed mail', undo: 'Pause the queue again.' })
    } finally {
      await peer.close()
    }
  })

  it('tells of jobs that were added, promoted, put off, copied, moved and written to', async () => {
    const peer = await open(server.port, 'mail')
    try {
      const target = { connectionId: 'c', queue: peer.queue }
      const refs = async (state: string) =>
        (await systemOf(peer.queue.system).page(writer, peer.queue, state, { offset: 0, limit: 50 })).jobs.map(
          ({ ref }) => ref,
        )
      const label = systemOf(peer.queue.system).states.find(({ id }) => id === waiting)?.label
      for (const delay of [60_000, 70_000]) await peer.add('later', {}, { delay })
      const delayed = { ...target, state: 'delayed' }
      await operations.reschedule(delayed, await refs('delayed'), Date.UTC(2040, 0, 2, 3, 4, 5))
      expect(summary()).toBe('Rescheduled 2 jobs in mail (Delayed) to 2040-01-02T03:04:05.000Z')
      await operations.promote(delayed, (await refs('delayed')).slice(0, 1))
      expect(summary()).toBe('Promoted 1 job in mail (Delayed)')
      const waits = { ...target, state: waiting }
      await operations.duplicate(waits, await refs(waiting))
      expect(summary()).toBe(`Duplicated 1 job in mail (${label})`)
      await operations.log(waits, (await refs(waiting))[0] as string, 'checked by hand')
      expect(summary()).toBe(`Wrote to the log of 1 job in mail (${label})`)
      await operations.editAndRetry(waits, (await refs(waiting))[0] as string, '{"n":1}')
      expect(summary()).toBe(`Edited 1 job in mail (${label})`)
      await operations.move(waits, await refs(waiting), { ...peer.queue, name: 'other' })
      expect(summary()).toBe(`Moved 2 jobs from mail (${label}) to other`)
      await operations.add(target, { payload: '{}', name: 'send', options: null })
      expect(summary()).toBe(`Added 1 job to mail (${label})`)
      expect(await peer.count('waiting')).toBe(1)
    } finally {
      await peer.close()
    }
  })
})

describe.each(hashedPeers.slice(1))('what the journal tells of $title', ({ open }) => {
  const summary = () => journal.list(1)[0]?.summary

  it('tells of schedules', async () => {
    const peer = await open(server.port, 'mail')
    try {
      const target = { connectionId: 'c', queue: peer.queue }
      const library = peer.raw as Queue
      await library.upsertJobScheduler('daily', { pattern: '0 4 * * *' }, { name: 'report', data: {} })
      await operations.saveSchedule(target, daily)
      expect(summary()).toBe('Changed the schedule daily of mail')
      expect((await library.getJobScheduler('daily'))?.pattern).toBe('0 5 * * *')
      await operations.runSchedule(target, 'daily')
      expect(summary()).toBe('Ran the schedule daily of mail')
      expect(await peer.count('waiting')).toBe(1)
      await operations.removeSchedule(target, 'daily')
      expect(summary()).toBe('Removed the schedule daily of mail')
      expect(await library.getJobSchedulersCount()).toBe(0)
      await expect(operations.runSchedule(target, 'daily')).rejects.toMatchObject({ code: 'NOT_FOUND' })
      for (const change of [
        { ...daily, pattern: null },
        { ...daily, everyMs: 5 },
        { ...daily, payload: '{' },
      ]) {
        await expect(operations.saveSchedule(target, change)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
      }
    } finally {
      await peer.close()
    }
  })
})

it('tells a supervisor of Horizon what to do, and the journal which one', async () => {
  const horizon = { connectionId: 'c', queue: { system: 'horizon' as const, prefix: 'shop_horizon:', name: 'shop' } }
  const now = Math.floor(Date.now() / 1000)
  await server.client.zadd('shop_horizon:supervisors', now, 'web-1:bulk')
  expect(await operations.tellWorker(horizon, 'web-1:bulk', 'pause')).toMatchObject({ done: 1 })
  expect(await server.client.llen('shop_horizon:commands:web-1:bulk')).toBe(1)
  expect(journal.list(1)[0]).toMatchObject({
    summary: 'Told the worker web-1:bulk to pause',
    undo: 'Tell the worker the opposite.',
  })
  await expect(operations.tellWorker(horizon, 'web-2:bulk', 'continue')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  expect(journal.list(1)[0]?.summary).toContain('Told the worker web-2:bulk to continue: ')
})
