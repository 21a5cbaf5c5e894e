import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { laravelMissing, runLaravel } from '../../../test/peers/laravel.ts'
import { testReader } from '../../../test/reader.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { seenKeys } from '../conformance/keyspace.ts'
import type { Reader } from '../handles.ts'
import { laravel } from './index.ts'

const missing = laravelMissing()
const reason = missing === null ? '' : ` (skipped: ${missing})`
const prefix = 'shop_database_'

describe('the real Laravel', () => {
  let server: TestRedis
  let reader: Reader

  beforeAll(async () => {
    server = await startRedis()
    reader = testReader(server.client)
  })
  afterAll(() => server?.stop())

  it.skipIf(missing !== null)(`is found, counted and read as it pushes and works${reason}`, async () => {
    const pushed = await runLaravel(server.port, prefix, 'push', 'mail')
    expect(pushed).toEqual({ code: 0, signal: null, output: '' })

    const detect = async () => laravel.detect(await seenKeys(server.client), { queues: [], trackedPrefix: '' }, reader)
    const [found, ...others] = await detect()
    expect(others).toEqual([])
    const queue = found?.queue ?? { system: 'laravel', prefix: '', name: '' }
    expect(queue).toEqual({ system: 'laravel', prefix, name: 'mail' })

    const states = async () => {
      const plan = laravel.sample([queue])
      return plan.read(await reader.pipeline(plan.commands), Date.now())[0]?.states
    }
    const rows = async (state: string) => (await laravel.page(reader, queue, state, { offset: 0, limit: 50 })).jobs
    const fields = async (state: string, ref: string) => {
      const detail = await laravel.job(reader, queue, state, ref, false)
      return Object.fromEntries(detail?.fields.map(({ label, value }) => [label, value]) ?? [])
    }

    expect(await states()).toEqual({ ready: 4, delayed: 1, reserved: 0 })
    const ready = await rows('ready')
    expect(ready.map(({ name }) => name)).toEqual(['SendReceipt', 'ChargeCard', 'KillWorker', 'PlainHandler'])
    expect(ready.map(({ maxAttempts }) => maxAttempts)).toEqual([3, 2, 1, null])
    expect(await fields('ready', ready[0]?.ref ?? '')).toMatchObject({
      Class: 'SendReceipt',
      'Time limit': '45 s',
      'Property order': '9007199254740993',
      'Property secret': 'kept',
    })

    // The first job ends well, the second fails and waits two minutes, the third takes its worker down with it.
    const worked = await runLaravel(server.port, prefix, 'work', 'mail', '3', '30')
    expect(worked).toMatchObject({ signal: 'SIGKILL', output: 'reported card declined\n' })
    expect(await states()).toEqual({ ready: 1, delayed: 2, reserved: 1 })
    const [killed] = await rows('reserved')
    expect(killed).toMatchObject({ name: 'KillWorker', attempts: 1, badges: [], id: ready[2]?.id })
    const [retried] = await rows('delayed')
    expect(retried).toMatchObject({ name: 'ChargeCard', attempts: 1, maxAttempts: 2, id: ready[1]?.id })
    expect((retried?.at ?? 0) - Date.now()).toBeGreaterThan(60_000)
    expect(await fields('delayed', retried?.ref ?? '')).toMatchObject({ 'Property customer': 'مشتری' })
    expect((await detect()).map((each) => each.queue)).toEqual([queue])
  })
})
