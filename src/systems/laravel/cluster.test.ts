import { afterAll, beforeAll, expect, it } from 'vitest'
import { freeRun } from '../../../test/free-run.ts'
import { freePort, startRedis, type TestRedis } from '../../../test/redis.ts'
import { testWriter } from '../../../test/writer.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Writer } from '../handles.ts'
import type { TrashSlot, WriteActions } from '../system.ts'
import { laravel } from './index.ts'
import { keyOfState, notifyKey } from './keys.ts'

const write = laravel.write as Required<WriteActions>
const tagged = (name: string): QueueRef => ({ system: 'laravel', prefix: 'shop_database_', name })
const trash = { key: 'sluice:trash:{mail}:1', ttlMs: 60_000 }
const payload = (n: number) => `{"uuid":"u-${n}","job":"Pay@handle","data":[],"id":"i-${n}","attempts":1}`

let entries = 0
const slot = (): TrashSlot => ({ key: `sluice:trash:{mail}:t${++entries}`, ttlMs: 60_000 })
const frozen = (queue: QueueRef, state: string) => laravel.freeze(writer, queue, state)
let server: TestRedis
let writer: Writer

// One node that holds all slots refuses keys of two slots in one script as a whole cluster does.
beforeAll(async () => {
  server = await startRedis('--cluster-enabled', 'yes', '--cluster-port', String(await freePort()))
  const { client } = server
  await client.call('CLUSTER', 'ADDSLOTSRANGE', 0, 16383)
  while (!(await client.call('CLUSTER', 'INFO'))?.toString().includes('cluster_state:ok')) await client.ping()
  writer = testWriter(client)
})
afterAll(() => server?.stop())

it('does everything to a queue whose name is a hash tag, as a cluster wants it', async () => {
  const queue = tagged('{mail}')
  const { client } = server
  const now = Number((await client.time())[0])
  const ready = keyOfState(queue, 'ready')
  const refs = async (state: string) =>
    (await laravel.page(writer, queue, state, { offset: 0, limit: 50 })).jobs.map(({ ref }) => ref)

  await write.add(writer, queue, { payload: payload(1), name: null, options: null })
  await write.duplicate(writer, queue, 'ready', await refs('ready'))
  await client.zadd(keyOfState(queue, 'delayed'), now + 60, payload(2), now + 61, payload(3))
  const [two = ''] = await refs('delayed')
  expect(await write.promote(writer, queue, 'delayed', [two])).toMatchObject({ done: 1 })
  await client.zadd(keyOfState(queue, 'reserved'), now - 5, payload(4), now - 4, payload(5), now - 3, payload(6))
  const [four = '', five = ''] = await refs('reserved')
  expect(await write.retry(writer, queue, 'reserved', [four], 'keep', slot())).toMatchObject({ done: 1 })
  expect(await write.remove(writer, queue, 'reserved', [five], trash)).toMatchObject({ done: 1 })
  expect(await write.restore(writer, queue, 'reserved', trash, freeRun)).toMatchObject({ done: 1, exact: true })
  expect(await write.purge(writer, queue, 'reserved', await frozen(queue, 'reserved'), trash, freeRun)).toMatchObject({
    done: 2,
  })
  expect(await write.restore(writer, queue, 'reserved', trash, freeRun)).toMatchObject({ done: 2 })
  expect(
    await write.retryAll(writer, queue, 'reserved', await frozen(queue, 'reserved'), slot(), 'keep', freeRun),
  ).toMatchObject({ done: 2 })
  const [first = ''] = await refs('ready')
  expect(await write.editAndRetry(writer, queue, 'ready', first, payload(9), slot())).toMatchObject({ done: 1 })
  expect(await client.llen(ready)).toBe(6)
  expect(await write.purge(writer, queue, 'ready', await frozen(queue, 'ready'), trash, freeRun)).toMatchObject({
    done: 6,
  })
  expect(await write.restore(writer, queue, 'ready', trash, freeRun)).toMatchObject({ done: 6 })
  expect([await client.llen(ready), await client.llen(notifyKey(queue))]).toEqual([6, 6])
  expect(await write.move(writer, queue, 'ready', await refs('ready'), tagged('late{mail}'), slot())).toMatchObject({
    done: 6,
  })
})

it('moves nothing to a queue of another slot, and says why', async () => {
  const queue = tagged('{mail}')
  await server.client.rpush(keyOfState(queue, 'ready'), payload(1))
  const [{ ref = '' } = {}] = (await laravel.page(writer, queue, 'ready', { offset: 0, limit: 1 })).jobs
  const moved = write.move(writer, queue, 'ready', [ref], tagged('{sms}'), slot())
  await expect(moved).rejects.toMatchObject({ code: 'UNSUPPORTED', message: expect.stringContaining('the same {tag}') })
  expect(await server.client.llen(keyOfState(queue, 'ready'))).toBe(1)
})
