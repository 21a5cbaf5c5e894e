import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { testWriter } from '../../../test/writer.ts'
import { SluiceError } from '../../domain/errors.ts'
import type { Profile } from '../../domain/profile.ts'
import type { Writer } from '../../systems/handles.ts'
import { systemOf } from '../../systems/registry.ts'
import { type Journal, openJournal } from '../journal/journal.ts'
import type { Connection } from '../redis/connection.ts'
import { createOperations, type Operations } from './operations.ts'

const email = { system: 'plain-list' as const, prefix: 'queue:', name: 'email' }
const dead = { connectionId: 'c', queue: email, state: 'dead' }
const profile: Profile = {
  id: 'c',
  name: 'Shop',
  url: 'redis://127.0.0.1',
  colour: 'blue',
  environment: 'staging',
  readOnly: false,
  hints: [],
  trackedPrefix: 'local_request:',
  builtIn: false,
  hasSecret: false,
}

let server: TestRedis
let writer: Writer
let folder: string
let journal: Journal
let operations: Operations
/** What `connection.writer()` does; a test may replace it. */
let makeWriter: () => Writer

beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server?.stop())
beforeEach(async () => {
  await server.client.flushall()
  folder = mkdtempSync(join(tmpdir(), 'sluice-operations-'))
  journal = await openJournal(join(folder, 'journal.ndjson'))
  writer = testWriter(server.client)
  makeWriter = () => writer
  const open: Pick<Connection, 'id' | 'profile' | 'reader' | 'writer'> = {
    id: 'c',
    profile,
    reader: writer,
    writer: () => makeWriter(),
  }
  operations = createOperations({ connection: () => open as Connection, journal })
})
afterEach(async () => {
  await journal.close()
  rmSync(folder, { recursive: true, force: true })
})

const deadRefs = async () =>
  (await systemOf('plain-list').page(writer, email, 'dead', { offset: 0, limit: 200 })).jobs.map(({ ref }) => ref)

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
  it('makes no writer and no journal entry where the connection is read-only', async () => {
    makeWriter = () => {
      throw new SluiceError('READ_ONLY')
    }
    await server.client.rpush('queue:email:dlq', 'one')
    await expect(operations.purge(dead, 1)).rejects.toMatchObject({ code: 'READ_ONLY' })
    expect(await server.client.llen('queue:email:dlq')).toBe(1)
    expect(journal.list(10)).toEqual([])
  })
  it('refuses what a state cannot do, with the reason, without asking Redis', async () => {
    const active = { ...dead, state: 'active' }
    await expect(operations.remove(active, ['0:x'])).rejects.toThrow('A worker holds this job.')
    await expect(operations.retry({ ...dead, state: 'nowhere' }, ['x'])).rejects.toMatchObject({ code: 'NOT_FOUND' })
    const bull = { connectionId: 'c', queue: { system: 'bull' as const, prefix: 'bull', name: 'x' }, state: 'failed' }
    await expect(operations.retry(bull, ['1'])).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    expect(journal.list(10)).toEqual([])
  })
  it('refuses payloads that no worker could read, and moves that go nowhere', async () => {
    await expect(operations.add('c', email, '{"id":')).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await expect(operations.editAndRetry(dead, '0:x', 'nope')).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await expect(operations.move(dead, ['0:x'], email)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await expect(operations.move(dead, ['0:x'], { ...email, system: 'bull' })).rejects.toMatchObject({
      code: 'UNSUPPORTED',
    })
    expect(await server.client.dbsize()).toBe(0)
  })
  it('writes down that the outcome is unknown, and still offers the Undo', async () => {
    await server.client.rpush('queue:email:dlq', 'one')
    makeWriter = () => ({
      ...writer,
      async run(script, keys, args) {
        await writer.run(script, keys, args)
        throw new SluiceError('OUTCOME_UNKNOWN') // Redis did it, and the answer was lost
      },
    })
    await expect(operations.purge(dead, 1)).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' })
    const [entry] = journal.list(1)
    expect(entry?.undo).toBe(true)
    makeWriter = () => writer
    await operations.undo(entry?.id as string)
    expect(await server.client.lrange('queue:email:dlq', 0, -1)).toEqual(['one'])
  })
  it('does nothing when the journal cannot be written', async () => {
    await server.client.rpush('queue:email:dlq', 'one')
    await journal.close()
    await expect(operations.purge(dead, 1)).rejects.toMatchObject({ code: 'DISK_FAILED' })
    expect(await server.client.llen('queue:email:dlq')).toBe(1)
    journal = await openJournal(join(folder, 'journal.ndjson'))
  })
  it('adds exactly the text that was given', async () => {
    await operations.add('c', email, '{"n":9007199254740993}')
    expect(await server.client.lrange('queue:email', 0, -1)).toEqual(['{"n":9007199254740993}'])
    expect(journal.list(1)[0]?.summary).toBe('Added 1 job to email (Waiting)')
  })
})
