import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { build } from 'vite'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { openTestConnection, type TestConnection } from '../../../test/connection.ts'
import { freeRun } from '../../../test/free-run.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import type { QueueRef } from '../../domain/queue.ts'
import { systemOf } from '../../systems/registry.ts'
import { openJournal } from '../journal/journal.ts'
import { trashTtlOf } from '../journal/journal-line.ts'
import { openTrash } from './trash.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const email: QueueRef = { system: 'plain-list', prefix: 'queue:', name: 'email' }
const slot = { key: 'sluice:trash:1', ttlMs: trashTtlOf('purge') }
const key = randomBytes(32).toString('base64')
const secrets = { kind: 'keychain' as const, get: async () => key, set: async () => {}, delete: async () => {} }
/** How often the process is killed; more by hand. */
const kills = Number(process.env.SLUICE_TRASH_KILLS ?? 4)

let redis: TestRedis
let connection: TestConnection
let program: string
let folder: string
let child: ChildProcess | null = null

beforeAll(async () => {
  const cache = join(root, 'node_modules', '.cache')
  mkdirSync(cache, { recursive: true })
  program = mkdtempSync(join(cache, 'sluice-trash-'))
  const ssr = join(root, 'test', 'trash-mover.ts')
  await build({
    root,
    configFile: false,
    logLevel: 'warn',
    build: { ssr, outDir: program, target: 'node20', minify: false },
  })
  redis = await startRedis()
  connection = await openTestConnection(redis)
})
afterAll(async () => {
  connection.close()
  await redis.stop()
  rmSync(program, { recursive: true, force: true })
})
beforeEach(async () => {
  await redis.client.flushall()
  folder = mkdtempSync(join(tmpdir(), 'sluice-killed-trash-'))
})
afterEach(() => {
  child?.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

const open = async () => {
  const journal = await openJournal(join(folder, 'journal'))
  return { journal, trash: await openTrash({ dataFolder: folder, secrets, journal, connection: () => connection }) }
}

/** The files of the trash; its folder is made for the first one. */
function files(): string[] {
  const trash = join(folder, 'trash')
  return existsSync(trash) ? readdirSync(trash) : []
}

/** Purges a list as the machinery does, and returns the id of the journal entry. */
async function purged(count: number): Promise<{ id: string; before: string[] }> {
  const payloads = Array.from({ length: count }, (_, i) => `{"id":"${i}","text":"${randomBytes(60).toString('hex')}"}`)
  await redis.client.del('queue:email:dlq')
  await redis.client.rpush('queue:email:dlq', ...payloads)
  const { journal, trash } = await open()
  const what = {
    connectionId: 'test',
    profileName: 'Test',
    environment: 'local',
    queue: email,
    state: 'dead',
    stateLabel: 'Dead',
  }
  const id = await journal.begin({ ...what, action: 'purge', detail: '', trash: slot.key, reason: null, before: null })
  const { freeze, write } = systemOf('plain-list')
  const frozen = await freeze(connection.reader, email, 'dead')
  const outcome = await write?.purge?.(connection.writer(), email, 'dead', frozen, slot, freeRun)
  await journal.end(id, { done: outcome?.done ?? 0, missing: 0, refused: 0, error: null, after: null })
  await trash.close()
  await journal.close()
  return { id, before: payloads }
}

function start(id: string, how: 'once' | 'always', limitKb?: number): ChildProcess {
  const args = [join(program, 'trash-mover.js'), redis.url, folder, id, key, how]
  const started =
    limitKb === undefined
      ? spawn(process.execPath, args)
      : // The signal is ignored, so that the write itself fails, as on a full disk.
        spawn('bash', ['-c', `trap '' XFSZ; ulimit -f ${limitKb}; exec "$0" "$@"`, process.execPath, ...args])
  started.stderr?.pipe(process.stderr)
  child = started
  return started
}

async function said(of: ChildProcess, word: RegExp): Promise<string> {
  let output = ''
  for await (const chunk of of.stdout ?? []) {
    output += chunk
    if (word.test(output)) break
  }
  return output
}

it(
  'loses nothing and doubles nothing, wherever the process that moves an entry is killed',
  async () => {
    const { id, before } = await purged(3000)
    for (let i = 0; i < kills; i++) {
      const mover = start(id, 'always')
      expect(await said(mover, /\n/)).toBe('ready\n')
      await pause(Math.random() * 80)
      const gone = once(mover, 'exit')
      mover.kill('SIGKILL')
      await gone
      const { journal, trash } = await open()
      const list = await trash.list('test')
      expect(list.map((entry) => entry.id)).toEqual([id])
      const [keys, names] = [await redis.client.keys('sluice:trash:*'), files()]
      if (list[0]?.place === 'computer') expect({ keys, names: names.length }).toEqual({ keys: [], names: 1 })
      else expect(names).toEqual([])
      await trash.close()
      await journal.close()
    }
    const { journal, trash } = await open()
    await trash.bringBack(id)
    await systemOf('plain-list').write?.restore?.(connection.writer(), email, 'dead', slot, freeRun)
    expect(await redis.client.lrange('queue:email:dlq', 0, -1)).toEqual(before)
    await trash.close()
    await journal.close()
  },
  90_000 + kills * 5_000,
)

it.skipIf(process.platform === 'win32')(
  'keeps all in Redis when the disk is full half-way (Windows has no such limit)',
  async () => {
    const { id, before } = await purged(3000)
    const keys = (await redis.client.keys('sluice:trash:*')).sort()
    const mover = start(id, 'once', 200)
    expect(await said(mover, /DISK_FAILED|done/)).toBe('ready\nDISK_FAILED\n')
    expect(files()).toEqual([])
    expect((await redis.client.keys('sluice:trash:*')).sort()).toEqual(keys)
    await systemOf('plain-list').write?.restore?.(connection.writer(), email, 'dead', slot, freeRun)
    expect(await redis.client.lrange('queue:email:dlq', 0, -1)).toEqual(before)
  },
)
