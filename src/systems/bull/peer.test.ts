import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type BullPeer, bullPeer, fillBull } from '../../../test/peers/bull.ts'
import { testReader } from '../../../test/reader.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { isRefused } from '../../domain/errors.ts'
import { seenKeys } from '../conformance/keyspace.ts'
import type { Reader } from '../handles.ts'
import { placeOf } from '../shared/hashed-jobs/layout.ts'
import type { ClientInfo } from '../system.ts'
import { bull } from './index.ts'
import { layout } from './keys.ts'

describe('with queues that Bull itself filled', () => {
  let server: TestRedis
  let reader: Reader
  const peers: BullPeer[] = []
  const peerOf = (name: string, options: { prefix?: string } = {}) => {
    const peer = bullPeer(server.port, name, options)
    peers.push(peer)
    return peer
  }
  const refOf = (name: string, prefix = 'bull') => ({ system: 'bull' as const, prefix, name })
  const noHints = { queues: [], trackedPrefix: '' }

  beforeAll(async () => {
    server = await startRedis()
    reader = testReader(server.client)
  })
  afterAll(() => server?.stop())
  beforeEach(() => server.client.flushall())
  afterEach(() => Promise.all(peers.splice(0).map((peer) => peer.close())))

  const detect = async (hints: Parameters<typeof bull.detect>[1] = noHints) =>
    bull.detect(
      (await seenKeys(server.client)).filter((key) => bull.wants?.(key, hints)),
      hints,
      reader,
    )
  async function sample(queue: ReturnType<typeof refOf>) {
    const plan = bull.sample([queue])
    const [reading] = plan.read(await reader.pipeline(plan.commands), Date.now())
    if (reading === undefined) throw new Error('no reading')
    return reading
  }
  const page = (queue: ReturnType<typeof refOf>, state: string, offset = 0, limit = 50) =>
    bull.page(reader, queue, state, { offset, limit })
  const row = async (queue: ReturnType<typeof refOf>, state: string, id: string) => {
    const found = (await page(queue, state)).jobs.find((job) => job.id === id)
    if (found === undefined) throw new Error(`${id} is not ${state}`)
    return found
  }
  async function open(queue: ReturnType<typeof refOf>, state: string, id: string) {
    const detail = await bull.job(reader, queue, state, (await row(queue, state, id)).ref, false)
    if (detail === null) throw new Error(`${id} is gone`)
    return detail
  }
  const fieldOf = (detail: Awaited<ReturnType<typeof open>>, label: string) =>
    detail.fields.find((field) => field.label === label)?.value
  async function clients(): Promise<ClientInfo[]> {
    const text = String(await server.client.call('CLIENT', 'LIST'))
    return text.split('\n').flatMap((line) => {
      const field = (name: string) => new RegExp(`(?:^| )${name}=(\\S*)`).exec(line)?.[1] ?? ''
      if (field('id') === '') return []
      const [ageSeconds, idleSeconds, db] = ['age', 'idle', 'db'].map((name) => Number(field(name))) as [
        number,
        number,
        number,
      ]
      return [
        {
          id: field('id'),
          name: field('name'),
          address: field('addr'),
          ageSeconds,
          idleSeconds,
          db,
          command: field('cmd'),
        },
      ]
    })
  }

  it('finds, counts and pages as Bull does', async () => {
    const peer = peerOf('mail')
    const ids = await fillBull(peer)
    const queue = refOf('mail')
    expect((await detect()).map((found) => found.queue)).toEqual([queue])

    const reading = await sample(queue)
    const counts = await peer.queue.getJobCounts()
    expect(reading.states).toEqual({
      waiting: counts.waiting,
      paused: 0,
      active: counts.active,
      delayed: counts.delayed,
      failed: counts.failed,
      completed: counts.completed,
    })
    expect(reading.states).toEqual({ waiting: 5, paused: 0, active: 1, delayed: 2, failed: 1, completed: 1 })
    expect(reading).toMatchObject({ paused: false, problem: null, totals: { finished: 2 } })
    expect(reading.totals.added).toBe(Number(await server.client.get('bull:mail:id')))

    const next = await peer.queue.getWaiting()
    const { jobs } = await page(queue, 'waiting')
    expect(jobs.map(({ id }) => id)).toEqual(next.map(({ id }) => String(id)))
    // Those put at the tail run first, then by priority, then in the order in which they came.
    expect(jobs.map(({ id }) => id)).toEqual([ids.custom, ids.high, ids.low, ids.plain, ids.debounced])
    expect(reading.head).toEqual({ createdAt: next[0]?.timestamp, fingerprint: ids.custom })
    expect(jobs.map(({ name }) => name)).toEqual(['ok', 'ok', 'ok', null, 'ok'])
    expect((await page(queue, 'delayed')).jobs.map(({ id }) => id)).toEqual(
      (await peer.queue.getDelayed()).map(({ id }) => String(id)),
    )
  })

  it('pages what ended last first', async () => {
    const peer = peerOf('mail')
    const names = ['ok', 'boom', 'ok', 'boom', 'ok', 'boom']
    const ids = await Promise.all(names.map(async (name) => String((await peer.queue.add(name, {})).id)))
    await peer.work()
    await Promise.all(ids.map((id) => peer.ended(id)))
    const ended = [await peer.queue.getCompleted(), await peer.queue.getFailed()]
    for (const [i, state] of ['completed', 'failed'].entries()) {
      const { jobs } = await page(refOf('mail'), state)
      expect(jobs.map(({ id }) => id)).toEqual(ended[i]?.map(({ id }) => String(id)))
      expect(jobs).toHaveLength(3)
    }
  })

  it('shows every attempt of a failed job, and what a completed one returned', async () => {
    const peer = peerOf('mail')
    const ids = await fillBull(peer)
    const queue = refOf('mail')
    const failed = await open(queue, 'failed', ids.boom)
    expect(failed).toMatchObject({ state: 'failed', name: 'boom', attempts: 2, maxAttempts: 2, error: 'boom at 1' })
    expect(failed.failures.map(({ attempt, message }) => [attempt, message])).toEqual([
      [1, 'Error: boom at 0'],
      [2, 'Error: boom at 1'],
    ])
    for (const { stack } of failed.failures) expect(stack).toMatch(/\n\s+at .*bull\.ts/)
    expect(failed.logs).toEqual(['start boom', 'start boom'])
    expect(failed.timeline.map(({ label }) => label)).toEqual(['Added', 'Last started', 'Failed'])
    expect(failed.payload).toEqual({ text: '{"n":2}', encoding: 'utf8', bytes: 7, truncated: false })

    const completed = await open(queue, 'completed', ids.ok)
    expect(completed.result?.text).toBe(`{"done":"${ids.ok}","exact":"9007199254740993"}`)
    expect(completed.logs).toEqual(['start ok', 'بسته شد'])
    expect(completed).toMatchObject({ progress: 50, maxAttempts: 3, error: null, failures: [] })
    expect(completed.payload.text).toBe('{"n":1,"to":"سارا"}')
    expect(JSON.parse(fieldOf(completed, 'Options') ?? '')).toMatchObject({ attempts: 3 })
  })

  it('tells a job that a worker holds from one whose worker died', async () => {
    const peer = peerOf('mail')
    const ids = await fillBull(peer)
    const queue = refOf('mail')
    const held = await open(queue, 'active', ids.hold)
    expect(held.badges).toEqual([])
    expect(held.at).toBe(held.timeline.find(({ label }) => label === 'Last started')?.at)
    const token = String(await server.client.get(`bull:mail:${ids.hold}:lock`))
    expect(fieldOf(held, 'Lock')).toMatch(new RegExp(`^${token}, for another \\d+\\.\\d s$`))
    await server.client.del(`bull:mail:${ids.hold}:lock`) // as when it expires
    expect((await row(queue, 'active', ids.hold)).badges).toEqual(['stalled'])
    expect((await open(queue, 'active', ids.hold)).badges).toEqual(['stalled'])
  })

  it('gives due times, priorities and debounce ids as Bull wrote them', async () => {
    const peer = peerOf('mail')
    const ids = await fillBull(peer)
    const queue = refOf('mail')
    const later = await open(queue, 'delayed', ids.later)
    expect(later.at).toBe((later.createdAt ?? 0) + 3_600_000)
    expect(later.timeline.map(({ label }) => label)).toEqual(['Added', 'Due'])
    expect(later.badges).toEqual([])
    const cron = await row(queue, 'delayed', ids.cron)
    expect(cron.at).toBe(Number(ids.cron.split(':').at(-1)))
    expect(fieldOf(await open(queue, 'waiting', ids.high), 'Priority')).toBe('2')
    expect(fieldOf(await open(queue, 'waiting', ids.low), 'Priority')).toBe('7')
    expect(fieldOf(await open(queue, 'waiting', ids.plain), 'Priority')).toBeUndefined()
    expect(fieldOf(await open(queue, 'waiting', ids.debounced), 'Debounce id')).toBe('id')
    expect((await open(queue, 'waiting', ids.custom)).id).toBe('order:7')
    await server.client.zadd('bull:mail:delayed', 1_700_000_000_000 * 4096, ids.later)
    expect(await row(queue, 'delayed', ids.later)).toMatchObject({ at: 1_700_000_000_000, badges: ['overdue'] })
  })

  it('follows a job from state to state, also through a retry by hand', async () => {
    const peer = peerOf('mail')
    const ids = await fillBull(peer)
    const queue = refOf('mail')
    const { ref } = await row(queue, 'failed', ids.boom)
    await (await peer.queue.getJob(ids.boom))?.retry()
    const moved = await bull.job(reader, queue, 'failed', ref, false)
    expect(moved).toMatchObject({ state: 'waiting', id: ids.boom, attempts: 2 })
    expect(moved?.ref).toBe((await row(queue, 'waiting', ids.boom)).ref)
    expect(moved?.timeline.map(({ label }) => label)).toEqual(['Added', 'Retried by hand'])
    expect(moved?.failures).toHaveLength(2)
    await (await peer.queue.getJob(ids.boom))?.remove()
    expect(await bull.job(reader, queue, 'failed', ref, false)).toBeNull()
  })

  it('counts a paused queue as paused, and finds it although it has a hash like BullMQ', async () => {
    const peer = peerOf('mail')
    await peer.queue.add('ok', { n: 1 })
    await peer.queue.pause()
    await peer.queue.add('ok', { n: 2 })
    expect(await server.client.exists('bull:mail:meta')).toBe(1)
    expect((await detect()).map((found) => found.queue)).toEqual([refOf('mail')])
    const reading = await sample(refOf('mail'))
    expect(reading).toMatchObject({ paused: true, states: { waiting: 0, paused: 2 } })
    expect(reading.head?.fingerprint).toBe('1')
    expect((await page(refOf('mail'), 'paused')).jobs.map(({ id }) => id)).toEqual(['1', '2'])
    await peer.queue.resume()
    expect(await sample(refOf('mail'))).toMatchObject({ paused: false, states: { waiting: 2, paused: 0 } })
  })

  it('finds queues under prefixes with colons and braces, drained ones, and those named by hand', async () => {
    for (const [name, prefix] of [
      ['mail', '{bull}'],
      ['a:b', '{shop}'],
      ['sms', 'shop:prod'],
    ] as const) {
      await peerOf(name, { prefix }).queue.add('ok', {})
    }
    const drained = peerOf('drained')
    const job = await drained.queue.add('ok', {}, { removeOnComplete: true })
    await drained.work()
    await drained.ended(job.id)
    await drained.close()
    await server.client.del('bull:drained:stalled-check', 'bull:drained:metrics:completed')
    expect(await server.client.keys('bull:drained:*')).toEqual(['bull:drained:id'])
    const found = (await detect()).map(({ queue }) => [queue.prefix, queue.name])
    expect(found.sort()).toEqual([
      ['bull', 'drained'],
      ['shop:prod', 'sms'],
      ['{bull}', 'mail'],
      ['{shop}', 'a:b'],
    ])
    const hint = { system: 'bull', prefix: 'shop', name: 'prod:sms' }
    const byHand = await detect({ queues: [hint, { ...hint, name: 'empty' }], trackedPrefix: '' })
    expect(byHand.filter(({ queue }) => queue.prefix.startsWith('shop')).map(({ queue }) => queue)).toEqual([
      hint,
      { ...hint, name: 'empty' },
    ])
  })

  it('sees the workers of a queue, however its name is split, and nobody else', async () => {
    const peer = peerOf('a:b', { prefix: 'shop' })
    await peer.queue.add('hold', {})
    await peer.work()
    await peer.held
    peerOf('idle').queue.on('error', () => {})
    const now = Date.now()
    for (const queue of [refOf('a:b', 'shop'), refOf('b', 'shop:a')]) {
      const seen = bull.workers?.(await clients(), [refOf('idle'), queue], now) ?? []
      expect(seen.map((worker) => worker.queue)).toEqual([queue])
      expect(seen[0]?.since).toBeLessThanOrEqual(now)
      expect(seen[0]?.address).toMatch(/^127\.0\.0\.1:\d+$/)
    }
    expect(bull.workers?.(await clients(), [{ ...refOf('a:b', 'shop'), system: 'bullmq' }], now)).toEqual([])
  })

  it('shows an id without a hash as such, and opens it', async () => {
    await peerOf('mail').queue.add('ok', {})
    await server.client.rpush('bull:mail:wait', '99', 'repeat:x:1')
    const { jobs } = await page(refOf('mail'), 'waiting')
    expect(jobs.map(({ id, badges, attempts }) => [id, badges, attempts])).toEqual([
      ['repeat:x:1', ['no-data'], null],
      ['99', ['no-data'], null],
      ['1', [], 0],
    ])
    expect(await bull.job(reader, refOf('mail'), 'waiting', jobs[0]?.ref ?? '', false)).toMatchObject({
      badges: ['no-data'],
      payload: { text: '', bytes: 0 },
    })
  })

  it('does not show what only left its hash behind', async () => {
    const ids = await fillBull(peerOf('mail'))
    const { ref } = await row(refOf('mail'), 'completed', ids.ok)
    await server.client.zrem('bull:mail:completed', ids.ok)
    expect(await server.client.exists(`bull:mail:${ids.ok}`)).toBe(1)
    expect(await bull.job(reader, refOf('mail'), 'completed', ref, false)).toBeNull()
  })

  it('believes that a job still waits where the list is too long to look through', async () => {
    const { id } = await peerOf('mail').queue.add('ok', {})
    const { ref } = await row(refOf('mail'), 'waiting', String(id))
    await server.client.rpush('bull:mail:wait', ...Array.from({ length: 10_000 }, (_, i) => `x${i}`))
    expect(await bull.job(reader, refOf('mail'), 'waiting', ref, false)).toMatchObject({
      id: String(id),
      state: 'waiting',
    })
    await server.client.lpop('bull:mail:wait')
    await server.client.rpush('bull:mail:wait', String(id))
    expect((await bull.job(reader, refOf('mail'), 'failed', ref, false))?.state).toBe('waiting')
  })

  it('looks into no more payload a page than Redis bears', async () => {
    const peer = peerOf('mail')
    for (const n of [1, 2, 3]) await peer.queue.add('ok', { n, blob: 'x'.repeat(900_000) })
    const { jobs } = await page(refOf('mail'), 'waiting')
    expect(jobs.map(({ preview }) => preview.slice(0, 11))).toEqual(['{"n":1,"blo', '{"n":2,"blo', '900017 byte'])
    expect(jobs.map(({ bytes }) => bytes)).toEqual([900_017, 900_017, 900_017])
  })

  it('samples the keys of its jobs for memory figures', async () => {
    const peer = peerOf('mail')
    const ids = await fillBull(peer)
    const { keys, total } = (await bull.jobKeys?.(reader, refOf('mail'), 50)) ?? { keys: [], total: 0 }
    expect(total).toBe(10)
    expect(keys.sort()).toEqual(
      Object.values(ids)
        .map((id) => `bull:mail:${id}`)
        .sort(),
    )
    expect((await bull.jobKeys?.(reader, refOf('mail'), 4))?.keys).toHaveLength(4)

    for (let n = 0; n < 30; n++) await server.client.zadd('bull:sms:completed', n, `done${n}`)
    await server.client.lpush('bull:sms:wait', 'a', 'b', 'c')
    const part = await bull.jobKeys?.(reader, refOf('sms'), 11)
    expect(part?.total).toBe(33)
    expect(part?.keys.filter((key) => key.includes('done'))).toHaveLength(10)
    expect(part?.keys.at(0)).toBe('bull:sms:a')
    for (const { key, state } of bull.keysOf(refOf('mail'))) {
      expect(placeOf(layout, state)).not.toBeNull()
      if (await server.client.exists(key)) expect(await server.client.type(key)).toMatch(/^(list|zset)$/)
    }
  })

  it('reads the same for a user who may not run scripts', async () => {
    const peer = peerOf('mail')
    await fillBull(peer)
    await server.client.call('ACL', 'SETUSER', 'reader', 'on', '>secret', '~*', '+@all', '-@scripting')
    const plain = server.client.duplicate({ username: 'reader', password: 'secret' })
    const poor = testReader(plain)
    const queue = refOf('mail')
    const plan = bull.sample([queue])
    expect(isRefused((await poor.pipeline(plan.commands))[0])).toBe(true)
    const oneByOne = plan.plain?.()
    if (oneByOne === undefined) throw new Error('no plan without scripts')
    const [reading] = oneByOne.read(await poor.pipeline(oneByOne.commands), Date.now())
    const full = await sample(queue)
    expect(reading).toEqual({ ...full, head: { createdAt: null, fingerprint: full.head?.fingerprint } })
    for (const { id: state } of bull.states) {
      const rows = await page(queue, state)
      expect(await bull.page(poor, queue, state, { offset: 0, limit: 50 })).toEqual(rows)
      for (const { ref } of rows.jobs) {
        const withoutTtl = (detail: Awaited<ReturnType<typeof bull.job>>) => ({
          ...detail,
          fields: detail?.fields.filter(({ label }) => label !== 'Lock'),
        })
        expect(withoutTtl(await bull.job(poor, queue, state, ref, false))).toEqual(
          withoutTtl(await bull.job(reader, queue, state, ref, false)),
        )
      }
    }
    await plain.quit()
  })
})
