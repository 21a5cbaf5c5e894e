import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openTestConnection, type TestConnection } from '../../../test/connection.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import type { QueueRef } from '../../domain/queue.ts'
import { openJournal } from '../journal/journal.ts'
import { createBulkRuns } from '../operations/bulk-runs.ts'
import { memorySecretStore } from '../profiles/secret-store.ts'
import { openTrash } from '../trash/trash.ts'
import { createTransfers } from './transfers.ts'

const queue: QueueRef = { system: 'plain-list', prefix: 'queue:', name: 'mail' }
let server: TestRedis
let connection: TestConnection
let folder: string

beforeAll(async () => {
  server = await startRedis()
  connection = await openTestConnection(server)
  folder = mkdtempSync(join(tmpdir(), 'sluice-import-'))
})
afterAll(async () => {
  await connection?.close()
  await server?.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** The part of the engine that imports, on the same folder each time. */
async function open() {
  const journal = await openJournal(join(folder, 'journal'))
  const secrets = memorySecretStore()
  const trash = await openTrash({ dataFolder: folder, secrets, journal, connection: () => connection })
  const options = { folder: join(folder, 'runs'), dataFolder: folder, journal, trash, connection: () => connection }
  const runs = createBulkRuns(options)
  const searches = { set: () => expect.fail('no search here') }
  const transfers = await createTransfers({ dataFolder: folder, connection: () => connection, searches, runs })
  await runs.start()
  return {
    ...{ runs, transfers, journal },
    async close() {
      await runs.close()
      await trash.close()
      await journal.close()
    },
  }
}

it('adds each row of a file once, in its order, also when the app ends in between', async () => {
  const rows = Array.from({ length: 400 }, (_, i) => (i % 100 === 7 ? 'no json' : `{"id":${i}}`))
  const first = await open()
  const { id } = await first.transfers.upload(null, rows.join('\n'))
  const question = { connectionId: 'test', queue, id, format: 'ndjson' as const, reason: 'try' }
  const run = await first.transfers.import(question)
  first.runs.setPace(run.id, 300)
  for await (const list of first.runs.feed.read(AbortSignal.timeout(10_000))) {
    const now = list.find((one) => one.id === run.id)
    if (now !== undefined && now.done > 0) break
  }
  await first.close()

  const second = await open()
  const ended = await second.runs.ended(run.id)
  expect(ended).toMatchObject({ action: 'import', done: 396, missing: 0, refused: 4, total: 400, resumed: true })
  expect(await server.client.lrange('queue:mail', 0, -1)).toEqual(rows.filter((row) => row !== 'no json'))
  const { others } = await second.runs.report(run.id, 0, 10)
  expect(others.map(({ ref, reason }) => [ref, reason])).toEqual(
    [8, 108, 208, 308].map((line) => [`line ${line}`, 'It is not JSON.']),
  )
  expect(readdirSync(join(folder, 'uploads'))).toEqual([])
  await second.close()
})
