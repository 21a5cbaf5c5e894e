import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { eventually, openTestConnection, quick } from '../../../../test/pool.ts'
import { startRedis, type TestRedis } from '../../../../test/redis.ts'
import type { OpenConnection } from '../../redis/open-connection.ts'
import { layoutOf } from './layout.ts'
import { createListPool, listPoolDefaults } from './list-pool.ts'
import { fireSchedules, listSchedules, removeSchedule, setSchedule } from './schedules.ts'

let redis: TestRedis
let connection: OpenConnection
const layout = layoutOf('plain-list', 'queue:', 'email')
const daily = {
  id: 'report',
  cron: '30 9 * * *',
  timezone: 'Asia/Tehran',
  payload: '{"type":"report","n":9007199254740993}',
}

beforeAll(async () => {
  redis = await startRedis()
  connection = await openTestConnection(redis.url)
})
afterAll(async () => {
  connection.close()
  await redis.stop()
})
beforeEach(() => redis.client.flushall())

const waiting = () => redis.client.lrange(layout.waiting, 0, -1)
/** Makes a schedule due, as the passing of time does. */
const makeDue = (id: string, at: number) => redis.client.zadd(layout.scheduleTimes, at, id)

describe('a schedule', () => {
  it('is planned on the clock of its place', async () => {
    const { next } = await setSchedule(connection.writer(), layout, daily)
    const clock = new Intl.DateTimeFormat('en-GB', { timeZone: 'Asia/Tehran', timeStyle: 'medium' })
    expect(clock.format(next)).toBe('09:30:00')
    expect(next - Date.now()).toBeGreaterThan(0)
    expect(next - Date.now()).toBeLessThanOrEqual(86_400_000)
    expect(await listSchedules(connection.reader, layout)).toEqual([{ ...daily, next }])
  })

  it('adds its job once when it is due, however many look and however often it was missed', async () => {
    await setSchedule(connection.writer(), layout, daily)
    const missed = Date.parse('2024-03-01T06:00:00Z')
    await makeDue('report', missed)
    const writers = [connection.writer(), connection.writer(), connection.writer()]
    const waits = await Promise.all(writers.map((writer) => fireSchedules(writer, layout)))
    for (const ms of waits) expect(ms !== null && ms > 0 && ms <= 86_400_000).toBe(true)
    expect(await waiting()).toEqual(['{"type":"report","n":9007199254740993,"id":"report@2024-03-01T06:00:00.000Z"}'])
  })

  it('is not fired as it was when it is changed or removed in between', async () => {
    await setSchedule(connection.writer(), layout, daily)
    await makeDue('report', 1000)
    const changing = connection.writer()
    const slow: typeof changing = {
      ...changing,
      async run(script, keys, args) {
        await redis.client.hset(layout.schedules, 'report', '{"cron":"@daily","timezone":"UTC","payload":"{}"}')
        return changing.run(script, keys, args)
      },
    }
    await fireSchedules(slow, layout)
    expect(await waiting()).toEqual([])
    expect(await removeSchedule(changing, layout, 'report')).toBe(true)
    expect(await removeSchedule(changing, layout, 'report')).toBe(false)
    expect(await redis.client.keys('*')).toEqual([])
  })

  it.each([
    ['61 * * * *', 'UTC', 'INVALID_INPUT'],
    ['* * * * *', 'Moon/Sea', 'INVALID_INPUT'],
    ['2001-01-01T00:00:00', 'UTC', 'INVALID_INPUT'],
  ])('that makes no sense is refused: %s in %s', async (cron, timezone, code) => {
    const set = setSchedule(connection.writer(), layout, { ...daily, cron, timezone })
    await expect(set).rejects.toMatchObject({ code })
    expect(await redis.client.keys('*')).toEqual([])
  })

  it('is carried out by any pool of its queue', async () => {
    const ran: string[] = []
    const config = { ...listPoolDefaults, system: 'plain-list', queuePrefix: 'queue:', queueName: 'email' } as const
    const pool = createListPool({
      connection,
      handler: async ({ id }) => void ran.push(id ?? ''),
      config,
      timing: quick,
    })
    await pool.start()
    await setSchedule(connection.writer(), layout, { ...daily, cron: '* * * * * *', timezone: 'UTC' })
    await eventually('two have run', () => ran.length >= 2)
    await pool.stop()
    const times = ran.map((id) => Date.parse(id.replace('report@', '')))
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBe(1000)
  })
})
