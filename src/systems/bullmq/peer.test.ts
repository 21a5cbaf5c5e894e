import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type BullmqPeer, bullmqPeer, fillBullmq } from '../../../test/peers/bullmq.ts'
import { testReader } from '../../../test/reader.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { isRefused } from '../../domain/errors.ts'
import type { JobDetail } from '../../domain/job.ts'
import { seenKeys } from '../conformance/keyspace.ts'
import type { Reader } from '../handles.ts'
import type { ClientInfo } from '../system.ts'
import { bullmq } from './index.ts'

describe.each([5, 6] as const)('with queues that BullMQ %i itself filled', (version) => {
  let server: TestRedis
  let reader: Reader
  const peers: BullmqPeer[] = []
  const peerOf = (name: string, options: { prefix?: string } = {}) => {
    const peer = bullmqPeer(version, server.port, name, options)
    peers.push(peer)
    return peer
  }
  const refOf = (name: string, prefix = 'bull') => ({ system: 'bullmq' as const, prefix, name })
  const noHints = { queues: [], trackedPrefix: '' }
  const queue = refOf('mail')

  beforeAll(async () => {
    server = await startRedis()
    reader = testReader(server.client)
  })
  afterAll(() => server?.stop())
  beforeEach(() => server.client.flushall())
  afterEach(() => Promise.all(peers.splice(0).map((peer) => peer.close())))

  const detect = async (hints: Parameters<typeof bullmq.detect>[1] = noHints) =>
    bullmq.detect(
      (await seenKeys(server.client)).filter((key) => bullmq.wants?.(key, hints)),
      hints,
      reader,
    )
  async function sample(of = queue) {
    const plan = bullmq.sample([of])
    const [reading] = plan.read(await reader.pipeline(plan.commands), Date.now())
    if (reading === undefined) throw new Error('no reading')
    return reading
  }
  const page = (state: string, offset = 0, limit = 50) => bullmq.page(reader, queue, state, { offset, limit })
  const idsOf = async (state: string) => (await page(state)).jobs.map(({ id }) => id)
  async function row(state: string, id: string) {
    const found = (await page(state)).jobs.find((job) => job.id === id)
    if (found === undefined) throw new Error(`${id} is not ${state}`)
    return found
  }
  async function open(state: string, id: string) {
    const detail = await bullmq.job(reader, queue, state, (await row(state, id)).ref, false)
    if (detail === null) throw new Error(`${id} is gone`)
    return detail
  }
  const fieldOf = (detail: Awaited<ReturnType<typeof open>>, label: string) =>
    detail.fields.find((field) => field.label === label)?.value
  async function clients(): Promise<ClientInfo[]> {
    const text = String(await server.client.call('CLIENT', 'LIST'))
    return text.split('\n').flatMap((line) => {
      const field = (name: string) => new RegExp(`(?:^| )${name}=(\\S*)`).exec(line)?.[1] ?? ''
      const number = (name: string) => Number(field(name))
      if (field('id') === '') return []
      const times = { ageSeconds: number('age'), idleSeconds: number('idle'), db: number('db') }
      return [{ id: field('id'), name: field('name'), address: field('addr'), command: field('cmd'), ...times }]
    })
  }

  it('finds, counts and pages as BullMQ does', async () => {
    const peer = peerOf('mail')
    const ids = await fillBullmq(peer)
    expect((await detect()).map((found) => found.queue)).toEqual([queue])

    const reading = await sample()
    const counts = await peer.queue.getJobCounts()
    expect(reading.states).toEqual({
      wait: counts.waiting,
      paused: counts.paused ?? 0,
      prioritized: counts.prioritized,
      delayed: counts.delayed,
      active: counts.active,
      'waiting-children': counts['waiting-children'],
      failed: counts.failed,
      completed: counts.completed,
    })
    expect(reading.states).toMatchObject({ wait: 4, prioritized: 2, delayed: 3, active: 1, 'waiting-children': 1 })
    expect(reading).toMatchObject({ paused: false, problem: null, readOnly: null })
    expect(reading.version).toMatch(new RegExp(`^${version}\\.\\d+\\.\\d+$`))
    expect(reading.totals.added).toBe(Number(await server.client.get('bull:mail:id')))
    expect(reading.totals.finished).toBe((counts.completed ?? 0) + (counts.failed ?? 0))

    const next = await peer.queue.getWaiting()
    expect(await idsOf('wait')).toEqual(next.map(({ id }) => id))
    expect((await idsOf('wait'))[0]).toBe(ids.custom)
    expect(reading.head).toEqual({ createdAt: next[0]?.timestamp, fingerprint: ids.custom })
    expect(await idsOf('prioritized')).toEqual([ids.high, ids.low])
    expect(await idsOf('delayed')).toEqual((await peer.queue.getDelayed()).map(({ id }) => id))
    expect(await idsOf('failed')).toEqual((await peer.queue.getFailed()).map(({ id }) => id))
    expect(await idsOf('completed')).toEqual((await peer.queue.getCompleted()).map(({ id }) => id))
  })

  it('shows every attempt of a failed job, and what a completed one returned', async () => {
    const ids = await fillBullmq(peerOf('mail'))
    const failed = await open('failed', ids.boom)
    expect(failed).toMatchObject({ state: 'failed', name: 'boom', attempts: 2, maxAttempts: 2, error: 'boom at 1' })
    expect(failed.failures.map(({ attempt, message }) => [attempt, message])).toEqual([
      [1, 'Error: boom at 0'],
      [2, 'Error: boom at 1'],
    ])
    for (const { stack } of failed.failures) expect(stack).toMatch(/\n\s+at .*bullmq\.ts/)
    expect(failed.progress).toBeNull()
    expect(fieldOf(failed, 'Progress')).toBe('{"step":"half","of":2}')
    expect(fieldOf(failed, 'Worker')).toBe('w1')
    expect(failed.logs).toEqual(['start boom', 'start boom'])
    expect(failed.timeline.map(({ label }) => label)).toEqual(['Added', 'Last started', 'Failed'])
    expect(failed.payload).toEqual({ text: '{"n":2}', encoding: 'utf8', bytes: 7, truncated: false })

    const completed = await open('completed', ids.ok)
    expect(completed.result?.text).toBe(`{"done":"${ids.ok}","exact":"9007199254740993"}`)
    expect(completed.logs).toEqual(['start ok', 'بسته شد'])
    expect(completed).toMatchObject({ progress: 50, maxAttempts: 3, error: null, failures: [] })
    expect(completed.payload.text).toBe('{"n":1,"to":"سارا"}')
    expect(JSON.parse(fieldOf(completed, 'Options') ?? '')).toMatchObject({ attempts: 3 })
  })

  it('names the parents and children of flows', async () => {
    const ids = await fillBullmq(peerOf('mail'))
    const outcomes = ({ family }: JobDetail) =>
      Object.fromEntries((family?.children ?? []).map(({ id, outcome }) => [id, outcome]))
    const broken = await open('failed', ids.broken.parent)
    expect(broken.error).toContain(`bull:mail:${ids.broken.children[1]} failed`)
    expect(broken.failures.at(-1)?.message).toContain(broken.error)
    expect(outcomes(broken)).toMatchObject({ [ids.broken.children[1] ?? '']: 'failed' })
    const whole = await open('completed', ids.whole.parent)
    expect(outcomes(whole)).toEqual({ [ids.whole.children[0] ?? '']: 'completed' })
    const waiting = await open('waiting-children', ids.open.parent)
    expect(outcomes(waiting)).toEqual(Object.fromEntries(ids.open.children.map((id) => [id, 'not ended'])))
    const child = await open('delayed', ids.open.children[0] ?? '')
    expect(fieldOf(child, 'Parent')).toBe(`bull:mail:${ids.open.parent}`)
  })

  it('tells a job that a worker holds from one whose worker died', async () => {
    const ids = await fillBullmq(peerOf('mail'))
    const held = await open('active', ids.hold)
    expect(held.badges).toEqual([])
    expect(held.at).toBe(held.timeline.find(({ label }) => label === 'Last started')?.at)
    const token = String(await server.client.get(`bull:mail:${ids.hold}:lock`))
    expect(fieldOf(held, 'Lock')).toMatch(new RegExp(`^${token}, for another \\d+\\.\\d s$`))
    await server.client.del(`bull:mail:${ids.hold}:lock`) // as when it expires
    expect((await row('active', ids.hold)).badges).toEqual(['stalled'])
    expect((await open('active', ids.hold)).badges).toEqual(['stalled'])
  })

  it('gives due times, priorities, schedulers and deduplication ids as BullMQ wrote them', async () => {
    const ids = await fillBullmq(peerOf('mail'))
    const later = await open('delayed', ids.later)
    expect(later.at).toBe((later.createdAt ?? 0) + 3_600_000)
    expect(later.timeline.map(({ label }) => label)).toEqual(['Added', 'Due'])
    expect(later.badges).toEqual([])
    const cron = await open('delayed', ids.cron)
    expect(cron.at).toBe(Number(ids.cron.split(':').at(-1)))
    expect(cron.name).toBe('cron')
    expect(fieldOf(cron, 'Job scheduler')).toBe('nightly')
    expect(fieldOf(await open('prioritized', ids.high), 'Priority')).toBe('2')
    expect(fieldOf(await open('wait', ids.plain), 'Priority')).toBeUndefined()
    expect(fieldOf(await open('wait', ids.unique), 'Deduplication id')).toBe('id')
    await server.client.zadd('bull:mail:delayed', 1_700_000_000_000 * 4096, ids.later)
    expect(await row('delayed', ids.later)).toMatchObject({ at: 1_700_000_000_000, badges: ['overdue'] })
  })

  it('follows a job from state to state, also through a retry by hand', async () => {
    const peer = peerOf('mail')
    const ids = await fillBullmq(peer)
    const { ref } = await row('failed', ids.boom)
    await (await peer.queue.getJob(ids.boom))?.retry()
    const moved = await bullmq.job(reader, queue, 'failed', ref, false)
    expect(moved).toMatchObject({ state: 'wait', id: ids.boom, attempts: 2 })
    expect(moved?.ref).toBe((await row('wait', ids.boom)).ref)
    expect(moved?.timeline.map(({ label }) => label)).toEqual(['Added'])
    expect(moved?.failures).toHaveLength(2)
    await (await peer.queue.getJob(ids.boom))?.remove()
    expect(await bullmq.job(reader, queue, 'failed', ref, false)).toBeNull()
  })

  it('knows that a queue is paused, and where its jobs are then', async () => {
    const peer = peerOf('mail')
    await peer.queue.add('ok', { n: 1 })
    await peer.queue.pause()
    await peer.queue.add('ok', { n: 2 })
    const reading = await sample()
    const [held, other] = version === 5 ? (['paused', 'wait'] as const) : (['wait', 'paused'] as const)
    expect(reading).toMatchObject({ paused: true, states: { [held]: 2, [other]: 0 } })
    expect(reading.head?.fingerprint).toBe('1')
    expect(await idsOf(held)).toEqual(['1', '2'])
    expect(await idsOf(other)).toEqual([])
    await peer.queue.resume()
    expect(await sample()).toMatchObject({ paused: false, states: { wait: 2, paused: 0 } })
  })

  it('takes the head from the priorities when nothing else waits', async () => {
    const peer = peerOf('mail')
    await peer.queue.add('ok', {}, { priority: 9 })
    const job = await peer.queue.add('ok', {}, { priority: 1 })
    expect((await sample()).head).toEqual({ createdAt: job.timestamp, fingerprint: job.id })
  })

  it('finds queues under prefixes with colons and braces, empty ones, and those named by hand', async () => {
    for (const [name, prefix] of [
      ['mail', '{bull}'],
      ['sms', 'shop:prod'],
      ['sms', '{shop}:prod'],
    ] as const) {
      await peerOf(name, { prefix }).queue.add('ok', {})
    }
    await peerOf('empty').queue.waitUntilReady()
    await expect.poll(() => server.client.exists('bull:empty:meta')).toBe(1)
    const worked = peerOf('worked')
    await worked.work()
    const { id } = await worked.queue.add('ok', {}, { removeOnComplete: true })
    await worked.ended(String(id))
    const found = (await detect()).map(({ queue: { prefix, name } }) => `${prefix} ${name}`)
    expect(found.sort()).toEqual(['bull empty', 'bull worked', 'shop:prod sms', '{bull} mail', '{shop}:prod sms'])
    await server.client.del('shop:prod:sms:meta') // evicted
    const hint = { system: 'bullmq', prefix: '', name: 'mine' }
    const again = await detect({ queues: [hint], trackedPrefix: '' })
    expect(again.map(({ queue: { prefix, name } }) => `${prefix} ${name}`).sort()).toEqual([' mine', ...found].sort())
    await peerOf('mine').queue.add('ok', {})
    expect((await sample({ ...queue, prefix: '', name: 'mine' })).states.wait).toBe(1)
    expect((await detect({ queues: [hint], trackedPrefix: '' })).map((f) => f.queue)).toContainEqual(hint)
  })

  it('sees the workers of a queue, with their names, and nobody else', async () => {
    const peer = peerOf('mail', { prefix: 'shop:prod' })
    await peer.work('w:w:1')
    await peer.work()
    await peer.listen()
    const other = peerOf('sms')
    await other.queue.waitUntilReady()
    const of = refOf('mail', 'shop:prod')
    const now = Date.now()
    await expect
      .poll(async () => bullmq.workers?.(await clients(), [refOf('sms'), refOf('mail'), of], now).length)
      .toBe(2)
    const seen = bullmq.workers?.(await clients(), [refOf('sms'), refOf('mail'), of], now) ?? []
    expect(seen.map((worker) => worker.queue)).toEqual([of, of])
    expect(seen.map(({ id }) => id.replace(/\d+\)?$/, '')).sort()).toEqual(['client ', 'w:w:1 (client '])
    for (const { since, address } of seen) {
      expect(since).toBeLessThanOrEqual(now)
      expect(address).toMatch(/^127\.0\.0\.1:\d+$/)
    }
  })

  it('leaves out the marker that old versions kept in the list', async () => {
    const peer = peerOf('mail')
    for (let n = 1; n <= 5; n++) await peer.queue.add('ok', { n })
    await server.client.rpush('bull:mail:wait', '0:1700000000000')
    const reading = await sample()
    expect(reading.states.wait).toBe(5)
    expect(reading.readOnly).toMatch(/^BullMQ 4 or older wrote here/)
    expect(reading.head?.fingerprint).toBe('1')
    const pages = [await page('wait', 0, 2), await page('wait', 2, 2), await page('wait', 4, 2)]
    expect(pages.map(({ total, jobs }) => [total, jobs.map(({ id }) => id)])).toEqual([
      [5, ['1', '2']],
      [5, ['3', '4']],
      [5, ['5']],
    ])
  })

  it('does not show what only left its hash behind', async () => {
    const ids = await fillBullmq(peerOf('mail'))
    const { ref } = await row('completed', ids.ok)
    await server.client.zrem('bull:mail:completed', ids.ok)
    expect(await server.client.exists(`bull:mail:${ids.ok}`)).toBe(1)
    expect(await bullmq.job(reader, queue, 'completed', ref, false)).toBeNull()
  })

  it('believes that a job still waits where the list is too long to look through', async () => {
    const { id } = await peerOf('mail').queue.add('ok', {})
    const { ref } = await row('wait', String(id))
    await server.client.rpush('bull:mail:wait', ...Array.from({ length: 10_000 }, (_, i) => `x${i}`))
    expect(await bullmq.job(reader, queue, 'wait', ref, false)).toMatchObject({ id: String(id), state: 'wait' })
    await server.client.lpop('bull:mail:wait')
    await server.client.rpush('bull:mail:wait', String(id))
    expect((await bullmq.job(reader, queue, 'failed', ref, false))?.state).toBe('wait')
  })

  it('looks into no more payload a page than Redis bears', async () => {
    const peer = peerOf('mail')
    for (const n of [1, 2, 3]) await peer.queue.add('ok', { n, blob: 'x'.repeat(900_000) })
    const { jobs } = await page('wait')
    expect(jobs.map(({ preview }) => preview.slice(0, 11))).toEqual(['{"n":1,"blo', '{"n":2,"blo', '900017 byte'])
    expect(jobs.map(({ bytes }) => bytes)).toEqual([900_017, 900_017, 900_017])
  })

  it('samples the keys of its jobs for memory figures', async () => {
    await fillBullmq(peerOf('mail'))
    const { keys, total } = (await bullmq.jobKeys?.(reader, queue, 50)) ?? { keys: [], total: 0 }
    expect(total).toBe(Object.values((await sample()).states).reduce((sum, count) => sum + count, 0))
    expect(keys).toHaveLength(total)
    for (const key of keys) expect(await server.client.hexists(key, 'data'), key).toBe(1)
    expect((await bullmq.jobKeys?.(reader, queue, 4))?.keys).toHaveLength(4)

    for (let n = 0; n < 30; n++) await server.client.zadd('bull:sms:completed', n, `done${n}`)
    await server.client.lpush('bull:sms:wait', 'a', 'b', 'c')
    const part = await bullmq.jobKeys?.(reader, refOf('sms'), 11)
    expect(part?.total).toBe(33)
    expect(part?.keys.filter((key) => key.includes('done'))).toHaveLength(10)
    expect(part?.keys.at(0)).toBe('bull:sms:a')
  })

  it('reads the same for a user who may not run scripts', async () => {
    await fillBullmq(peerOf('mail'))
    await server.client.call('ACL', 'SETUSER', 'reader', 'on', '>secret', '~*', '+@all', '-@scripting')
    const plain = server.client.duplicate({ username: 'reader', password: 'secret' })
    const poor = testReader(plain)
    const plan = bullmq.sample([queue])
    expect(isRefused((await poor.pipeline(plan.commands))[0])).toBe(true)
    const oneByOne = plan.plain?.()
    if (oneByOne === undefined) throw new Error('no plan without scripts')
    const [reading] = oneByOne.read(await poor.pipeline(oneByOne.commands), Date.now())
    const full = await sample()
    expect(reading).toEqual({ ...full, head: { createdAt: null, fingerprint: full.head?.fingerprint } })
    const withoutTtl = (detail: Awaited<ReturnType<typeof bullmq.job>>) => ({
      ...detail,
      fields: detail?.fields.filter(({ label }) => label !== 'Lock'),
    })
    for (const { id: state } of bullmq.states) {
      const rows = await page(state)
      expect(await bullmq.page(poor, queue, state, { offset: 0, limit: 50 })).toEqual(rows)
      for (const { ref } of rows.jobs) {
        expect(withoutTtl(await bullmq.job(poor, queue, state, ref, false))).toEqual(
          withoutTtl(await bullmq.job(reader, queue, state, ref, false)),
        )
      }
    }
    await plain.quit()
  })
})
