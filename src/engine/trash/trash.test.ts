import { appendFileSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Queue } from 'bullmq'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { openTestConnection, type TestConnection } from '../../../test/connection.ts'
import { freeRun } from '../../../test/free-run.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { SluiceError } from '../../domain/errors.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Writer } from '../../systems/handles.ts'
import { systemOf } from '../../systems/registry.ts'
import { type Journal, openJournal } from '../journal/journal.ts'
import { trashTtlOf } from '../journal/journal-line.ts'
import { createSecrets } from '../profiles/create-secrets.ts'
import { memorySecretStore, type SecretStore } from '../profiles/secret-store.ts'
import type { Connection } from '../redis/connection.ts'
import { openTrash, type Trash } from './trash.ts'

let redis: TestRedis
let connection: TestConnection
let folder: string
let journal: Journal
let secrets: SecretStore
let trash: Trash
/** What the trash gets as the connection; a test may replace it. */
let given: Connection

beforeAll(async () => {
  redis = await startRedis()
  connection = await openTestConnection(redis)
})
afterAll(async () => {
  connection.close()
  await redis.stop()
})
beforeEach(async () => {
  await redis.client.flushall()
  folder = mkdtempSync(join(tmpdir(), 'sluice-trash-'))
  secrets = { ...memorySecretStore(), kind: 'keychain' }
  given = connection
  await start()
})
afterEach(async () => {
  vi.useRealTimers()
  await trash.close()
  await journal.close()
  rmSync(folder, { recursive: true, force: true })
})

async function start(): Promise<void> {
  journal = await openJournal(join(folder, 'journal'))
  trash = await openTrash({
    dataFolder: folder,
    secrets,
    journal,
    connection(id) {
      if (id !== 'test') throw new SluiceError('NOT_OPEN')
      return given
    },
  })
}

/** As after a crash: all that is in memory is gone. */
async function restart(): Promise<void> {
  await trash.close()
  await journal.close()
  await start()
}

const email: QueueRef = { system: 'plain-list', prefix: 'queue:', name: 'email' }
const mail: QueueRef = { system: 'bullmq', prefix: 'bull', name: 'mail' }
const files = () => (readdirSync(folder).includes('trash') ? readdirSync(join(folder, 'trash')) : [])
const fileOf = (id: string) => join(folder, 'trash', `${id}.trash`)
const trashKeys = async () => (await redis.client.keys('sluice:trash:*')).sort()

/** Removes jobs as the machinery does: written down, with a place in the trash. */
async function removed(queue: QueueRef, state: string, count: number | 'all'): Promise<string> {
  const { write, page, freeze } = systemOf(queue.system)
  const action = count === 'all' ? 'purge' : 'remove'
  const key = `sluice:trash:${crypto.randomUUID()}`
  const id = await journal.begin({
    ...{ connectionId: 'test', profileName: 'Test', environment: 'local', action, queue, state, stateLabel: state },
    ...{ detail: '', trash: key, reason: null, before: null },
  })
  const slot = { key, ttlMs: trashTtlOf(action) }
  const writer = connection.writer()
  const frozen = await freeze(connection.reader, queue, state)
  const refs = (await page(connection.reader, queue, state, { offset: 0, limit: 200 })).jobs.map(({ ref }) => ref)
  const outcome =
    count === 'all'
      ? await write?.purge?.(writer, queue, state, frozen, slot, freeRun)
      : await write?.remove?.(writer, queue, state, refs.slice(0, count), slot)
  if (outcome === undefined) throw new Error('this system cannot')
  await journal.end(id, {
    done: outcome.done,
    missing: outcome.missing,
    refused: outcome.refused.length,
    error: null,
    after: null,
  })
  return id
}

/** An Undo as the machinery does it. */
async function undo(id: string): Promise<{ done: number; exact: boolean }> {
  const release = trash.hold(id)
  try {
    await trash.bringBack(id)
    const { queue, state, trash: key } = journal.record(id)?.begun ?? {}
    if (!queue || !key || state === undefined) throw new Error('no such entry')
    const restored = await systemOf(queue.system).write?.restore?.(
      connection.writer(),
      queue,
      state,
      { key, ttlMs: 1000 },
      freeRun,
    )
    if (restored === undefined) throw new Error('this system cannot')
    await journal.undone(id)
    return restored
  } finally {
    release()
  }
}

/** All of Redis, to compare: the trash has another time to live each time. */
async function everything(): Promise<Record<string, unknown>> {
  const { client } = redis
  const all: Record<string, unknown> = {}
  for (const key of (await client.keys('*')).filter((name) => !name.startsWith('sluice:trash:')).sort()) {
    const type = await client.type(key)
    if (type === 'list') all[key] = (await client.lrangeBuffer(key, 0, -1)).map((each) => each.toString('latin1'))
    else if (type === 'zset') all[key] = await client.zrange(key, '0', '-1', 'WITHSCORES')
    else if (type === 'hash') all[key] = await client.hgetall(key)
    else if (type === 'string') all[key] = await client.get(key)
  }
  return all
}

async function fillList(count = 20): Promise<void> {
  const dead = Array.from({ length: count }, (_, i) =>
    Buffer.concat([
      Buffer.from(`{"id":"${i}","n":9007199254740993,"x":"`),
      Buffer.from([0xff, 0xc3, 0x28]),
      Buffer.from('"}'),
    ]),
  )
  await redis.client.rpush('queue:email:dlq', ...dead)
}

async function fillBullmq(count = 20): Promise<void> {
  const queue = new Queue('mail', { connection: { host: '127.0.0.1', port: redis.port } })
  await queue.waitUntilReady()
  await queue.addBulk(
    Array.from({ length: count }, (_, i) => ({
      name: 'send',
      data: { i },
      opts: { delay: 1_000_000 + i, attempts: 3 },
    })),
  )
  const jobs = await queue.getDelayed(0, 3)
  for (const job of jobs) await job.log('a line of its log')
  await queue.close()
}

describe('what is kept on this computer', () => {
  it.each([
    ['removed entries of a list', email, 'dead', 7, () => fillList()],
    ['a purged list of 30,000', email, 'dead', 'all', () => fillList(30_000)],
    ['removed jobs of BullMQ', mail, 'delayed', 6, () => fillBullmq()],
    ['a purged state of BullMQ', mail, 'delayed', 'all', () => fillBullmq(300)],
  ] as const)('goes back to where it was, byte for byte: %s', async (_what, queue, state, count, fill) => {
    await fill()
    const before = await everything()
    const id = await removed(queue, state, count)
    const without = await everything()
    const entry = await trash.keepHere(id)
    expect(entry).toMatchObject({ id, place: 'computer', queue, jobs: journal.record(id)?.ended?.done })
    expect(entry.bytes).toBe(readFileSync(fileOf(id)).length)
    expect(await trashKeys()).toEqual([])
    expect(await everything()).toEqual(without)
    await restart()
    expect(await trash.list('test')).toEqual([entry])
    expect(await undo(id)).toMatchObject({ exact: true })
    expect(await everything()).toEqual(before)
    expect(files()).toEqual([])
    expect(await trash.list('test')).toEqual([])
  })

  it('shows nothing of the jobs to who has the file alone', async () => {
    await redis.client.rpush('queue:email:dlq', JSON.stringify({ id: '1', card: 'canary-4711' }))
    const id = await removed(email, 'dead', 1)
    await trash.keepHere(id)
    expect(readFileSync(fileOf(id), 'latin1')).not.toContain('canary')
    expect(files()).toHaveLength(1)
  })

  it('is used as it was written or not at all', async () => {
    await fillList()
    const [one, two] = [await removed(email, 'dead', 3), await removed(email, 'dead', 3)]
    await trash.keepHere(one)
    await trash.keepHere(two)
    const whole = readFileSync(fileOf(one))
    const damaged = { code: 'DISK_FAILED', message: expect.stringMatching(/not as it was written/) }
    for (const bytes of [
      whole.subarray(0, -1),
      whole.subarray(0, 40),
      Buffer.concat([whole, Buffer.from('x')]),
      flipped(whole),
    ]) {
      writeFileSync(fileOf(one), bytes)
      await expect(trash.bringBack(one)).rejects.toMatchObject(damaged)
    }
    renameSync(fileOf(two), fileOf(one)) // the file of another entry
    await expect(trash.bringBack(one)).rejects.toMatchObject({
      code: 'DISK_FAILED',
      message: expect.stringMatching(/another entry/),
    })
    await expect(trash.bringBack(two)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await trashKeys()).toEqual([])
    writeFileSync(fileOf(one), whole)
    expect(await undo(one)).toMatchObject({ done: 3 })
  })

  it('is read to its end before any of it goes back', async () => {
    await fillList(30_000)
    const id = await removed(email, 'dead', 'all')
    await trash.keepHere(id)
    const whole = readFileSync(fileOf(id))
    expect(whole.length).toBeGreaterThan(1_000_000)
    writeFileSync(fileOf(id), flipped(whole))
    await expect(trash.bringBack(id)).rejects.toMatchObject({ code: 'DISK_FAILED' })
    expect(await redis.client.keys('*')).toEqual([])
  })

  const flipped = (bytes: Buffer) => {
    const copy = Buffer.from(bytes)
    copy.writeUInt8(copy.readUInt8(bytes.length - 60) ^ 4, bytes.length - 60)
    return copy
  }

  it('stays in Redis where nobody could keep the key of the file, or the disk takes nothing', async () => {
    await fillList()
    const id = await removed(email, 'dead', 3)
    const keys = await trashKeys()
    secrets = memorySecretStore()
    await restart()
    expect(trash.canKeepHere).toMatch(/no keychain/)
    await expect(trash.keepHere(id)).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    secrets = { ...memorySecretStore(), kind: 'keychain' }
    writeFileSync(join(folder, 'trash'), 'a file where the folder should be')
    await restart()
    await expect(trash.keepHere(id)).rejects.toMatchObject({ code: 'DISK_FAILED' })
    expect(await trashKeys()).toEqual(keys)
    expect(await trash.list('test')).toMatchObject([{ id, place: 'redis', jobs: 3 }])
  })

  it('is not given a new key while the old one cannot be had', async () => {
    await fillList()
    const [one, two] = [await removed(email, 'dead', 3), await removed(email, 'dead', 3)]
    await trash.keepHere(one)
    const good = secrets
    secrets = { ...memorySecretStore(), kind: 'keychain' }
    await restart()
    await expect(trash.keepHere(two)).rejects.toMatchObject({ code: 'SECRET_MISSING' })
    await expect(trash.bringBack(one)).rejects.toMatchObject({ code: 'SECRET_MISSING' })
    secrets = good
    await restart()
    expect(await undo(one)).toMatchObject({ done: 3 })
  })

  it('waits in Redis, or in its file, for the passphrase of a vault', async () => {
    await fillList()
    const [one, two] = [await removed(email, 'dead', 3), await removed(email, 'dead', 3)]
    secrets = await createSecrets({ folder, keychain: null, cost: { N: 1024, r: 8, p: 1 } })
    await restart()
    expect(trash.canKeepHere).toMatch(/no keychain or vault/)
    await secrets.vault.make('a passphrase')
    expect(trash.canKeepHere).toBe(true)
    await trash.keepHere(one)
    await secrets.vault.lock()
    await expect(trash.keepHere(two)).rejects.toMatchObject({ code: 'VAULT_LOCKED', remedy: { kind: 'vault' } })
    await expect(trash.bringBack(one)).rejects.toMatchObject({ code: 'VAULT_LOCKED' })
    expect(await trash.list('test')).toMatchObject([
      { id: two, place: 'redis' },
      { id: one, place: 'computer' },
    ])
    await secrets.vault.unlock('a passphrase')
    await trash.keepHere(two)
    expect(await undo(one)).toMatchObject({ done: 3 })
    expect(await undo(two)).toMatchObject({ done: 3 })
  })

  it('waits while its action or its Undo runs', async () => {
    await fillList()
    const id = await removed(email, 'dead', 3)
    const releases = [trash.hold(id), trash.hold(id)]
    await expect(trash.keepHere(id)).rejects.toMatchObject({ code: 'CHANGED' })
    releases[0]?.()
    releases[0]?.()
    await expect(trash.empty(id)).rejects.toMatchObject({ code: 'CHANGED' })
    releases[1]?.()
    await trash.keepHere(id)
    expect(await trashKeys()).toEqual([])
  })

  it('is not moved when it is gone, done with, or under way', async () => {
    await fillList()
    const [gone, undone, open] = [
      await removed(email, 'dead', 1),
      await removed(email, 'dead', 1),
      await removed(email, 'dead', 1),
    ]
    await redis.client.del(journal.record(gone)?.begun.trash ?? '')
    await expect(trash.keepHere(gone)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await undo(undone)
    await expect(trash.keepHere(undone)).rejects.toMatchObject({ code: 'UNSUPPORTED', message: 'Undone already.' })
    await redis.client.persist(journal.record(open)?.begun.trash ?? '') // as the entry of a run that has more to do
    await expect(trash.keepHere(open)).rejects.toMatchObject({ code: 'CHANGED' })
    await expect(trash.empty(open)).rejects.toMatchObject({ code: 'CHANGED' })
    const cut = await removed(email, 'dead', 'all')
    await journal.end(cut, { done: 1, missing: 0, refused: 0, error: 'The connection broke.', after: null })
    await expect(trash.keepHere(cut)).rejects.toMatchObject({ code: 'CHANGED' })
    await expect(trash.empty(cut)).rejects.toMatchObject({ code: 'CHANGED' })
    expect(await undo(cut)).toMatchObject({ done: 18 })
    await expect(trash.keepHere('nobody')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(files()).toEqual([])
  })

  it('is removed when its time is over, and with its profile', async () => {
    await fillList()
    const [old, other] = [await removed(email, 'dead', 1), await removed(email, 'dead', 1)]
    await trash.keepHere(old)
    vi.useFakeTimers({ now: Date.now() + trashTtlOf('remove') + 1, toFake: ['Date'] })
    await restart()
    expect(files()).toEqual([])
    vi.useRealTimers()
    await restart()
    await trash.keepHere(other)
    await trash.forget('test')
    expect(files()).toEqual([])
    expect(await secrets.get('test', 'trash')).toBeNull()
  })
})

describe('a crash', () => {
  /** A connection that is cut at the nth thing that is asked of it. */
  function cutAt(n: number): Connection {
    let left = n
    const maybe = <T extends (...args: never[]) => unknown>(work: T): T =>
      (async (...args: never[]) => {
        if (left-- <= 0) throw new SluiceError('OUTCOME_UNKNOWN')
        const answer = await work(...args)
        if (left-- <= 0) throw new SluiceError('OUTCOME_UNKNOWN')
        return answer
      }) as never
    const cut = (to: Writer): Writer => ({ call: maybe(to.call), pipeline: maybe(to.pipeline), run: maybe(to.run) })
    const reader = { call: maybe(connection.reader.call), pipeline: maybe(connection.reader.pipeline) }
    return {
      ...connection,
      id: connection.id,
      profile: connection.profile,
      reader,
      writer: () => cut(connection.writer()),
    }
  }

  it.each([
    ['a list', email, 'dead', () => fillList(2500)],
    ['BullMQ', mail, 'delayed', () => fillBullmq(30)],
  ] as const)('anywhere while it is moved loses nothing and doubles nothing: %s', async (_what, queue, state, fill) => {
    await fill()
    const before = await everything()
    let id = await removed(queue, state, 'all')
    for (let n = 0, ended = 0; ended < 2; n++) {
      given = cutAt(n)
      const isHere = journal.record(id)?.keptAt !== null
      const work = isHere ? trash.bringBack(id) : trash.keepHere(id)
      const failed = await work.then(
        () => false,
        () => true,
      )
      given = connection
      await restart()
      const entries = await trash.list('test')
      expect(
        entries.map((entry) => entry.id),
        `cut ${n}`,
      ).toEqual([id])
      if (entries[0]?.place === 'computer') expect(await trashKeys(), `cut ${n}`).toEqual([])
      else expect(files(), `cut ${n}`).toEqual([])
      if (!failed) ended++
      if (n % 5 === 4) {
        await undo(id)
        expect(await everything(), `undone after cut ${n}`).toEqual(before)
        expect(files()).toEqual([])
        id = await removed(queue, state, 'all')
      }
    }
    await undo(id)
    expect(await everything()).toEqual(before)
  })

  it('while it is emptied leaves no half of it to be put back, and the next look removes the rest', async () => {
    await fillBullmq(30)
    const id = await removed(mail, 'delayed', 'all')
    const all = await trashKeys()
    for (let n = 0; journal.record(id)?.emptiedAt === null; n++) {
      given = cutAt(n)
      await trash.empty(id).catch(() => {})
      given = connection
      await restart()
      if (journal.record(id)?.emptiedAt !== null) {
        await expect(trash.bringBack(id)).rejects.toMatchObject({ code: 'UNSUPPORTED' })
        expect(await trash.list('test')).toEqual([])
        expect(await trashKeys()).toEqual([])
      } else {
        expect(await trashKeys(), `cut ${n}`).toEqual(all)
      }
    }
  })
})

describe('the list', () => {
  it('tells what can be put back, newest first, with what it takes up', async () => {
    await fillList(3000)
    await fillBullmq(300)
    const one = await removed(email, 'dead', 5)
    const two = await removed(mail, 'delayed', 'all')
    const three = await removed(email, 'dead', 'all')
    await trash.keepHere(one)
    const list = await trash.list('test')
    expect(list.map(({ id, place, jobs }) => [id, place, jobs])).toEqual([
      [three, 'redis', 2995],
      [two, 'redis', 300],
      [one, 'computer', 5],
    ])
    expect(list[0]).toMatchObject({
      action: 'purge',
      summary: 'Purged 2,995 jobs from email (dead)',
      expiresAt: (list[0]?.at ?? 0) + trashTtlOf('purge'),
    })
    const sizes = await Promise.all((await trashKeys()).map((key) => redis.client.memory('USAGE', key)))
    const real = sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0)
    const told = (list[0]?.bytes ?? 0) + (list[1]?.bytes ?? 0)
    expect(told / real).toBeGreaterThan(0.7)
    expect(told / real).toBeLessThan(1.5)
    expect(await trash.used('test')).toBe(told)
  })

  it('leaves out what is gone from Redis, and says what is kept here while Redis is away', async () => {
    await fillList()
    const [gone, here, there] = [
      await removed(email, 'dead', 1),
      await removed(email, 'dead', 1),
      await removed(email, 'dead', 1),
    ]
    await redis.client.del(journal.record(gone)?.begun.trash ?? '')
    await trash.keepHere(here)
    expect((await trash.list('test')).map(({ id }) => id)).toEqual([there, here])
    given = {
      ...connection,
      id: 'test',
      profile: connection.profile,
      status: () => ({ ...connection.status(), status: 'reconnecting' }),
    }
    const list = await trash.list('test')
    expect(list.map(({ id, bytes }) => [id, bytes === null])).toEqual([
      [there, true],
      [here, false],
      [gone, true],
    ])
    await expect(trash.list('other')).rejects.toMatchObject({ code: 'NOT_OPEN' })
  })

  it('ends an Undo for good, in Redis and here, and writes that down', async () => {
    await fillList()
    const [one, two] = [await removed(email, 'dead', 2), await removed(email, 'dead', 3)]
    await trash.keepHere(two)
    const dead = await redis.client.llen('queue:email:dlq')
    await trash.empty(one)
    await trash.empty(two)
    await trash.empty(two)
    expect(await trashKeys()).toEqual([])
    expect(files()).toEqual([])
    expect(await trash.list('test')).toEqual([])
    expect(await redis.client.llen('queue:email:dlq')).toBe(dead)
    expect(journal.list(2).map(({ summary, undo }) => [summary, undo])).toEqual([
      ['Ended the Undo of “Removed 3 jobs from email (dead)”', 'What was in the trash is gone.'],
      ['Ended the Undo of “Removed 2 jobs from email (dead)”', 'What was in the trash is gone.'],
    ])
    expect(journal.list(10).find(({ id }) => id === one)?.undo).toBe('Its Undo was ended: the trash was emptied.')
  })

  it('keeps a file whose journal was damaged until its time is over', async () => {
    await fillList()
    const id = await removed(email, 'dead', 3)
    await trash.keepHere(id)
    await journal.close()
    const path = join(folder, 'journal', 'test.ndjson')
    const lines = readFileSync(path, 'utf8').split('\n')
    writeFileSync(path, lines.filter((line) => !line.includes('"kept"')).join('\n'))
    appendFileSync(path, 'torn\n')
    await start()
    expect(await trash.list('test')).toMatchObject([{ id, place: 'computer' }])
    expect(await undo(id)).toMatchObject({ done: 3 })
  })
})
