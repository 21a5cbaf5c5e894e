import type Bull from 'bull'
import type { Queue } from 'bullmq'
import { describe, expect, it, vi } from 'vitest'
import { patience } from '../../../../../test/patience.ts'
import { type HashedPeer, hashedPeers } from '../../../../../test/peers/hashed.ts'
import { done, hashedWorld, run, slot, trash } from '../../../../../test/peers/hashed-world.ts'
import type { ScheduleChange } from '../../../../domain/schedule.ts'
import { systemOf } from '../../../registry.ts'

const hour = 3_600_000
const payload = '{"n":9223372036854775807}'

/** How each library makes something repeat, and how many schedules it knows of. */
const ways: {
  title: string
  of: string
  start: (peer: HashedPeer, every: number) => Promise<unknown>
  count: Count
}[] = [
  {
    title: 'a repeatable job of Bull',
    of: 'Bull 4.16',
    start: ({ raw }, every) => (raw as Bull.Queue).add('ok', { n: 1 }, { repeat: { every } }),
    count: async ({ raw }) => (await (raw as Bull.Queue).getRepeatableJobs()).length,
  },
  {
    title: 'a repeatable job of BullMQ 5',
    of: 'BullMQ 5',
    start: ({ raw }, every) => (raw as Bull.Queue).add('ok', { n: 1 }, { repeat: { every } }),
    count: async ({ raw }) => (await (raw as unknown as Bull.Queue).getRepeatableJobs()).length,
  },
  ...['BullMQ 5', 'BullMQ 6'].map((of) => ({
    title: `a job scheduler of ${of}`,
    of,
    start: ({ raw }: HashedPeer, every: number) =>
      (raw as Queue).upsertJobScheduler('nightly', { every }, { name: 'ok', data: { n: 1 }, opts: { attempts: 2 } }),
    count: async ({ raw }: HashedPeer) => (await (raw as Queue).getJobSchedulers()).length,
  })),
]
type Count = (peer: HashedPeer) => Promise<number>

describe.each(ways)('$title', ({ of, start, count }) => {
  const kind = hashedPeers.find(({ title }) => title === of)
  if (kind === undefined) throw new Error(`no ${of}`)
  const w = hashedWorld(kind)
  const schedules = async () => (await systemOf(w.queue.system).schedules?.(w.writer, w.queue)) ?? []
  const next = async () => (await w.page('delayed')).find(({ id }) => id?.startsWith('repeat:'))
  /** The next two jobs run, the second made by the library when it took the first. */
  async function goesOn() {
    await w.peer.work()
    for (let n = 0; n < 2; n++) {
      // Between the moment when it is due and the one in which a worker takes it, there is none.
      const id = await vi.waitFor(
        async () => (await next())?.id ?? Promise.reject(new Error('there is no next job')),
        patience,
      )
      await w.peer.ended(id)
    }
  }
  /** Waits until the first job, which some libraries make at once, is over. */
  async function begin(every: number) {
    await start(w.peer, every)
    const early = (await w.page(kind?.waiting ?? '')).map(({ id }) => id ?? '')
    if (early.length > 0) {
      await w.peer.work()
      for (const id of early) await w.peer.ended(id)
      await w.peer.rest()
    }
  }

  it('keeps its next job, whoever would take it away', async () => {
    await begin(200)
    const job = await next()
    const refused = { done: 0, refused: [{ reason: expect.stringContaining('It is the next job of a schedule') }] }
    const refs = [job?.ref ?? '']
    expect(await w.write.remove(w.writer, w.queue, 'delayed', refs, trash)).toMatchObject(refused)
    expect(await w.write.reschedule(w.writer, w.queue, 'delayed', refs, Date.now() + hour)).toMatchObject(refused)
    expect(await w.write.move(w.writer, w.queue, 'delayed', refs, { ...w.queue, name: 'other' }, slot())).toMatchObject(
      {
        done: 0,
        refused: [{ reason: 'A schedule of this queue made it.' }],
      },
    )
    await goesOn()
  })

  it('outlives a purge of the delayed jobs', async () => {
    await begin(200)
    const purge = async () => w.write.purge(w.writer, w.queue, 'delayed', await w.frozen('delayed'), slot(), run)
    const refused = [{ ref: (await next())?.id, reason: expect.stringContaining('the next job of a schedule') }]
    expect(await purge()).toEqual({ ...done(0), refused })
    expect(await w.redis.keys('sluice:*:items')).toEqual([])
    await w.peer.add('ok', {}, { delay: hour })
    await w.peer.add('ok', {}, { delay: hour })
    expect(await purge()).toEqual({ ...done(2), refused })
    expect(await w.page('delayed')).toHaveLength(1)
    await goesOn()
  })

  it('outlives a purge of what waits, when its job is among that', async () => {
    await begin(hour)
    const job = await next()
    await w.write.promote(w.writer, w.queue, 'delayed', [job?.ref ?? ''])
    await w.peer.add('ok', {})
    expect(
      await w.write.purge(w.writer, w.queue, kind.waiting, await w.frozen(kind.waiting), trash, run),
    ).toMatchObject({
      done: 1,
      refused: [{ ref: job?.id, reason: expect.stringContaining('It is the next job of a schedule') }],
    })
    await w.peer.work()
    await w.peer.ended(job?.id ?? '')
    expect(await next()).toBeDefined()
  })

  it('runs now, and goes on as if nothing had been', async () => {
    await begin(hour)
    const job = await next()
    await w.write.editAndRetry(w.writer, w.queue, 'delayed', job?.ref ?? '', payload, slot())
    const before = [await schedules(), await w.page('delayed')]
    const [schedule] = await schedules()
    expect(await w.write.runSchedule(w.writer, w.queue, schedule?.id ?? '')).toEqual(done(1))
    expect([await schedules(), await w.page('delayed')]).toEqual(before)
    const [added] = await w.page(kind.waiting)
    expect(added).toMatchObject({ name: 'ok', preview: payload })
    await w.peer.work()
    await w.peer.ended(added?.id ?? '')
    expect([await schedules(), await w.page('delayed')]).toEqual(before)
  })

  it('ends when it is removed, with its next job', async () => {
    await begin(hour)
    const [schedule] = await schedules()
    expect(await w.write.removeSchedule(w.writer, w.queue, schedule?.id ?? '')).toEqual(done(1))
    expect(await count(w.peer)).toBe(0)
    expect(await next()).toBeUndefined()
    expect((await w.redis.keys('bull:mail:repeat*')).filter((key) => !/:\d{13}$/.test(key))).toEqual([])
    const gone = { code: 'NOT_FOUND' }
    await expect(w.write.removeSchedule(w.writer, w.queue, schedule?.id ?? '')).rejects.toMatchObject(gone)
    await expect(w.write.runSchedule(w.writer, w.queue, schedule?.id ?? '')).rejects.toMatchObject(gone)
  })
})

describe('a repeatable job of BullMQ 5', () => {
  const w = hashedWorld(hashedPeers[1] as (typeof hashedPeers)[number])

  it('cannot be changed, and says so', async () => {
    await (w.peer.raw as Bull.Queue).add('ok', {}, { repeat: { every: hour } })
    const [id = ''] = await w.redis.zrange('bull:mail:repeat', 0, '0')
    const change = { id, pattern: null, everyMs: 1000, timeZone: null, payload: '{}' }
    const before = await w.dump()
    await expect(w.write.saveSchedule(w.writer, w.queue, change)).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    expect(await w.dump()).toEqual(before)
  })
})

describe.each(hashedPeers.slice(1))('a changed job scheduler of $title', (kind) => {
  const w = hashedWorld(kind)
  const library = () => w.peer.raw as Queue
  const change = (what: Partial<ScheduleChange>): ScheduleChange => ({
    ...{ id: 'nightly', pattern: null, everyMs: null, timeZone: null, payload },
    ...what,
  })
  const save = (what: Partial<ScheduleChange>) => w.write.saveSchedule(w.writer, w.queue, change(what))
  const begin = (repeat: object) => library().upsertJobScheduler('nightly', repeat, { name: 'ok', data: { n: 1 } })
  const next = async () => (await w.page('delayed'))[0]

  it('runs by its new pattern from then on', async () => {
    await begin({ pattern: '0 3 * * *', tz: 'Europe/Berlin' })
    expect(await save({ pattern: '* * * * * *' })).toEqual(done(1))
    const told = await library().getJobScheduler('nightly')
    expect(told).toMatchObject({ key: 'nightly', name: 'ok', pattern: '* * * * * *' })
    expect(told?.tz).toBeUndefined()
    const first = await next()
    expect(first).toMatchObject({ id: `repeat:nightly:${told?.next}`, preview: payload })
    await w.peer.work()
    await w.peer.ended(first?.id ?? '')
    const second = await next()
    expect(Number(second?.id?.split(':')[2]) - Number(first?.id?.split(':')[2])).toBe(1000)
    await w.peer.ended(second?.id ?? '')
    expect(await w.page('delayed')).toHaveLength(1)
  })

  it('keeps the hour of its time zone', async () => {
    await begin({ pattern: '0 3 * * *' })
    await save({ pattern: '0 4 * * *', timeZone: 'Asia/Tehran' })
    const told = await library().getJobScheduler('nightly')
    expect(told).toMatchObject({ pattern: '0 4 * * *', tz: 'Asia/Tehran' })
    const clock = { timeZone: 'Asia/Tehran', hour: 'numeric', minute: 'numeric', hour12: false } as const
    expect(new Intl.DateTimeFormat('en-GB', clock).format(told?.next)).toBe('04:00')
    // The library itself, asked for the same, finds the same moment.
    const ours = told?.next
    await library().upsertJobScheduler('twin', { pattern: '0 4 * * *', tz: 'Asia/Tehran' }, { name: 'ok' })
    expect((await library().getJobScheduler('twin'))?.next).toBe(ours)
  })

  it('runs by its new span of time from then on', async () => {
    await begin({ pattern: '0 3 * * *' })
    await save({ everyMs: 250 })
    expect(await library().getJobScheduler('nightly')).toMatchObject({ key: 'nightly', every: 250 })
    const first = await next()
    await w.peer.work()
    await w.peer.ended(first?.id ?? '')
    const second = await next()
    expect(Number(second?.id?.split(':')[2]) - Number(first?.id?.split(':')[2])).toBe(250)
    await w.peer.ended(second?.id ?? '')
  })

  it('keeps its time where the payload alone is changed', async () => {
    await begin({ pattern: '0 3 * * *' })
    const before = await next()
    await save({ pattern: '0 3 * * *' })
    expect(await next()).toMatchObject({ id: before?.id, at: before?.at, preview: payload })
    expect(await w.redis.hget('bull:mail:repeat:nightly', 'data')).toBe(payload)
  })

  it('is left alone while its job waits or runs', async () => {
    await begin({ pattern: '0 3 * * *' })
    await w.write.promote(w.writer, w.queue, 'delayed', [(await next())?.ref ?? ''])
    const before = await w.dump()
    await expect(save({ everyMs: 1000 })).rejects.toMatchObject({ code: 'CHANGED' })
    expect(await w.dump()).toEqual(before)
  })

  it('is left alone by a pattern that is none, and by one that is over', async () => {
    await begin({ pattern: '0 3 * * *' })
    const before = await w.dump()
    for (const pattern of ['often', '', '0 0 31 2 *', '61 * * * *']) {
      await expect(save({ pattern })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    }
    await expect(save({ pattern: '0 3 * * *', timeZone: 'Nowhere/City' })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    })
    await expect(save({ id: 'another', everyMs: 1000 })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await w.dump()).toEqual(before)
  })
})
