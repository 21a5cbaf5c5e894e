import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Queue } from 'bullmq'
import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest'
import { SluiceError } from '../src/domain/errors.ts'
import type { QueueRef } from '../src/domain/queue.ts'
import { type Journal, openJournal } from '../src/engine/journal/journal.ts'
import { trashTtlOf } from '../src/engine/journal/journal-line.ts'
import { memorySecretStore, type SecretStore } from '../src/engine/profiles/secret-store.ts'
import type { Connection } from '../src/engine/redis/connection.ts'
import { openTrash, type Trash } from '../src/engine/trash/trash.ts'
import { systemOf } from '../src/systems/registry.ts'
import { openTestConnection, type TestConnection } from './connection.ts'
import { freeRun } from './free-run.ts'
import { startRedis, type TestRedis } from './redis.ts'

/** A trash with all that it needs, new for each test, in a folder of its own and on an empty Redis. */
export interface TrashStage {
  readonly redis: TestRedis
  readonly connection: TestConnection
  readonly folder: string
  readonly journal: Journal
  readonly trash: Trash
  /** From the next start on. */
  secrets: SecretStore
  /** What the trash gets as the connection `test`. */
  given: Connection
  start(): Promise<void>
  /** As after a crash: all that is in memory is gone. */
  restart(): Promise<void>
  files(): string[]
  fileOf(id: string): string
  /** The keys of the trash in Redis. */
  trashKeys(): Promise<string[]>
  /** Removes jobs as the machinery does: written down, with a place in the trash. */
  removed(queue: QueueRef, state: string, count: number | 'all'): Promise<string>
  /** An Undo as the machinery does it. */
  undo(id: string): Promise<{ done: number; exact: boolean }>
  /** All of Redis, to compare: the trash has another time to live each time. */
  everything(): Promise<Record<string, unknown>>
  /** Dead letters of `email`, with bytes that are no text. */
  fillList(count?: number): Promise<void>
  /** Delayed jobs of `mail`. */
  fillBullmq(count?: number): Promise<void>
}

export const email: QueueRef = { system: 'plain-list', prefix: 'queue:', name: 'email' }
export const mail: QueueRef = { system: 'bullmq', prefix: 'bull', name: 'mail' }

/** To be called once, at the top of a test file. */
export function stageTrash(): TrashStage {
  let redis: TestRedis
  let connection: TestConnection
  let folder: string
  let journal: Journal
  let secrets: SecretStore
  let trash: Trash
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

  async function restart(): Promise<void> {
    await trash.close()
    await journal.close()
    await start()
  }

  const files = () => (readdirSync(folder).includes('trash') ? readdirSync(join(folder, 'trash')) : [])
  const fileOf = (id: string) => join(folder, 'trash', `${id}.trash`)
  const trashKeys = async () => (await redis.client.keys('sluice:trash:*')).sort()

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

  return {
    get redis() {
      return redis
    },
    get connection() {
      return connection
    },
    get folder() {
      return folder
    },
    get journal() {
      return journal
    },
    get trash() {
      return trash
    },
    get secrets() {
      return secrets
    },
    set secrets(other) {
      secrets = other
    },
    get given() {
      return given
    },
    set given(other) {
      given = other
    },
    ...{ start, restart, files, fileOf, trashKeys, removed, undo, everything, fillList, fillBullmq },
  }
}
