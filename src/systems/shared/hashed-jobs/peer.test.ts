import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { bullPeer, fillBull } from '../../../../test/peers/bull.ts'
import { bullmqPeer, fillBullmq } from '../../../../test/peers/bullmq.ts'
import { countingReader, testReader } from '../../../../test/reader.ts'
import { startRedis, type TestRedis } from '../../../../test/redis.ts'
import type { JobPage } from '../../../domain/job.ts'
import type { SystemId } from '../../../domain/queue.ts'
import { bull } from '../../bull/index.ts'
import { bullmq } from '../../bullmq/index.ts'
import type { Reader } from '../../handles.ts'
import { markOf } from './refs.ts'

/** What these tests need of a library; ids are of the jobs that every peer fills its queue with. */
interface Peer {
  add(data: object): Promise<string>
  fill(): Promise<Record<'ok' | 'boom' | 'hold' | 'plain' | 'later' | 'cron' | 'custom', string>>
  close(): Promise<unknown>
}

const bullmqAs = (version: 5 | 6) => ({
  library: `BullMQ ${version}`,
  system: bullmq,
  waiting: 'wait',
  make(port: number, name: string, prefix = 'bull'): Peer {
    const peer = bullmqPeer(version, port, name, { prefix })
    return {
      add: async (data) => String((await peer.queue.add('ok', data)).id),
      fill: () => fillBullmq(peer),
      close: () => peer.close(),
    }
  },
  /** A queue whose keys begin with those of the queue `mail`. */
  within: { prefix: 'bull:mail', name: 'eu' },
})

const libraries = [
  {
    library: 'Bull',
    system: bull,
    waiting: 'waiting',
    make(port: number, name: string, prefix = 'bull'): Peer {
      const peer = bullPeer(port, name, { prefix })
      return {
        add: async (data) => String((await peer.queue.add('ok', data)).id),
        fill: () => fillBull(peer),
        close: () => peer.close(),
      }
    },
    within: { prefix: 'bull', name: 'mail:eu' },
  },
  bullmqAs(5),
  bullmqAs(6),
]

describe.each(libraries)('jobs of $library', ({ system, waiting, make, within }) => {
  let server: TestRedis
  let reader: Reader
  const open: Peer[] = []
  const queue = { system: system.id as SystemId, prefix: 'bull', name: 'mail' }
  const peerOf = (name = 'mail', prefix?: string) => {
    const peer = make(server.port, name, prefix)
    open.push(peer)
    return peer
  }

  beforeAll(async () => {
    server = await startRedis()
    reader = testReader(server.client)
  })
  afterAll(() => server?.stop())
  beforeEach(() => server.client.flushall())
  afterEach(() => Promise.all(open.splice(0).map((peer) => peer.close())))

  const page = (state: string, by = reader, offset = 0, limit = 50) => system.page(by, queue, state, { offset, limit })
  const idsIn = ({ jobs }: JobPage) => jobs.map(({ id }) => id)
  const rowOf = async (state: string, id: string) => {
    const row = (await page(state)).jobs.find((job) => job.id === id)
    if (row === undefined) throw new Error(`${id} is not ${state}`)
    return row
  }
  const open1 = (state: string, ref: string) => system.job(reader, queue, state, ref, false)
  /** A reader for a user who may not run scripts. */
  async function poor() {
    await server.client.call('ACL', 'SETUSER', 'reader', 'on', '>secret', '~*', '+@all', '-@scripting')
    const client = server.client.duplicate({ username: 'reader', password: 'secret' })
    return { by: testReader(client), close: () => client.quit() }
  }

  describe('whose worker died', () => {
    it('are seen as stalled once the lock is gone, and no longer when it is back', async () => {
      const { hold } = await peerOf().fill()
      const lock = `bull:mail:${hold}:lock`
      expect(await page('stalled')).toMatchObject({ total: 0, jobs: [], partial: null })
      const token = (await server.client.get(lock)) ?? ''
      await server.client.del(lock) // as when it expires
      const { jobs, total } = await page('stalled')
      expect(total).toBe(1)
      expect(jobs).toMatchObject([{ id: hold, state: 'stalled', badges: ['stalled'], name: 'hold' }])
      const { at } = await rowOf('active', hold)
      expect(jobs[0]?.at).toBe(at)
      const ref = jobs[0]?.ref ?? ''
      expect(await open1('stalled', ref)).toMatchObject({ state: 'stalled', ref, badges: ['stalled'] })
      await server.client.set(lock, token)
      expect(await open1('stalled', ref)).toMatchObject({ state: 'active', badges: [] })
      const [reading] = system.sample([queue]).read([], 0)
      expect(Object.keys(reading?.states ?? {})).not.toContain('stalled')
    })

    it('are paged from the one taken first, as far as a page looks', async () => {
      const ids = Array.from({ length: 5200 }, (_, n) => `n${n}`)
      await server.client.lpush('bull:mail:active', ...ids)
      for (const id of ['n0', 'n2000']) await server.client.set(`bull:mail:${id}:lock`, 'token')
      const first = await page('stalled', reader, 0, 3)
      expect(idsIn(first)).toEqual(['n1', 'n2', 'n3'])
      expect(first.total).toBe(4998)
      expect(first.partial).toMatch(/^Only the 5000 jobs .* of 5200 that are active\.$/)
      expect(idsIn(await page('stalled', reader, 1998, 2))).toEqual(['n1999', 'n2001'])
      const { by, close } = await poor()
      expect(await page('stalled', by, 1998, 2)).toEqual(await page('stalled', reader, 1998, 2))
      await close()
    })

    it('are none where active is something else', async () => {
      await server.client.set('bull:mail:active', 'x')
      expect((await page('stalled')).partial).toMatch(/^The key bull:mail:active is not the list/)
    })
  })

  describe('whose id is in no state', () => {
    it('are found, and nothing else is taken for one', async () => {
      const ids = await peerOf().fill()
      await peerOf(within.name, within.prefix).add({ of: 'another queue' })
      await server.client.hset('bull:mail:notes', { author: 'nobody' })
      expect(await page('orphans')).toMatchObject({ total: 0, jobs: [], partial: null })
      await server.client.zrem('bull:mail:completed', ids.ok)
      await server.client.lrem(`bull:mail:wait`, 1, ids.custom)
      await server.client.hset('bull:mail:ghost', { processedOn: '1700000000000' })
      const counting = countingReader(reader)
      const lost = await page('orphans', counting)
      expect(idsIn(lost).sort()).toEqual([ids.custom, ids.ok, 'ghost'].sort())
      expect(lost).toMatchObject({ total: 3, partial: null })
      expect(counting.trips).toBeLessThanOrEqual(25)
      const of = (id: string) => lost.jobs.find((job) => job.id === id)
      expect(of(ids.ok)).toMatchObject({ name: 'ok', state: 'orphans', badges: ['orphan'] })
      expect(of('ghost')).toMatchObject({ badges: ['no-data', 'orphan'], at: 1_700_000_000_000 })
      expect(await open1('orphans', of(ids.ok)?.ref ?? '')).toMatchObject({
        state: 'orphans',
        ref: of(ids.ok)?.ref,
        payload: { text: '{"n":1,"to":"سارا"}' },
      })
      expect(idsIn(await page('orphans', reader, 1, 1))).toEqual(idsIn(lost).slice(1, 2))
      const { by, close } = await poor()
      expect(await page('orphans', by)).toEqual(lost)
      await close()
      await server.client.lpush('bull:mail:wait', ids.custom) // found again
      expect((await open1('orphans', of(ids.custom)?.ref ?? ''))?.state).toBe(waiting)
    })

    it('are not those that came or moved while the page looked', async () => {
      const peer = peerOf()
      await peer.add({ n: 1 })
      let trips = 0
      const late: Reader = {
        call: (...command) => reader.call(...command),
        async pipeline(commands) {
          const replies = await reader.pipeline(commands)
          if (trips++ === 0) await peer.add({ n: 2 }) // after the lists were read
          return replies
        },
      }
      expect(await page('orphans', late)).toMatchObject({ total: 0, jobs: [] })
      expect(trips).toBeGreaterThanOrEqual(4)
    })

    it('are not guessed where a place may not be looked into', async () => {
      await peerOf().add({})
      const as = async (...rules: string[]) => {
        await server.client.call('ACL', 'SETUSER', 'half', 'reset', 'on', '>secret', '~*', '+@all', ...rules)
        const client = server.client.duplicate({ username: 'half', password: 'secret' })
        const by = testReader(client)
        return { by, close: () => client.quit() }
      }
      const listless = await as('-lrange')
      await expect(page('orphans', listless.by)).rejects.toThrow(/lrange/)
      await listless.close()
      await server.client.hset('bull:mail:lost', { timestamp: '1', data: '{}' })
      const scoreless = await as('-zmscore')
      expect(await page('orphans', scoreless.by)).toMatchObject({
        jobs: [],
        partial: expect.stringMatching(/^Redis does not let this be looked for: .*zmscore/),
      })
      await scoreless.close()
      await server.client.set('bull:mail:completed', 'x') // holds no ids, whatever it is
      expect(idsIn(await page('orphans'))).toEqual(['lost'])
    })

    it('are sought in part of a large database, which the page says', async () => {
      const filler = server.client.pipeline()
      for (let n = 0; n < 30_000; n++) filler.set(`other:${n}`, '')
      await filler.exec()
      expect((await page('orphans')).partial).toMatch(/^Looked through about 20000 of 30000 keys: there may be more\.$/)
    })

    it('cannot be told from the jobs of a list that is too long', async () => {
      await server.client.hset('bull:mail:1', { timestamp: '1', data: '{}' })
      await server.client.rpush('bull:mail:wait', ...Array.from({ length: 50_000 }, (_, n) => `n${n}`))
      expect(idsIn(await page('orphans'))).toEqual(['1'])
      await server.client.rpush('bull:mail:wait', '1')
      const { jobs, partial } = await page('orphans')
      expect(jobs).toEqual([])
      expect(partial).toMatch(/^bull:mail:wait holds 50001 ids/)
    })

    it('are found under names with glob characters', async () => {
      const odd = { ...queue, name: 'a*[b]?\\' }
      await server.client.hset(`bull:${odd.name}:7`, { timestamp: '1', data: '{}' })
      await server.client.hset('bull:axb\\:8', { timestamp: '1', data: '{}' })
      const { jobs } = await system.page(reader, odd, 'orphans', { offset: 0, limit: 10 })
      expect(jobs.map(({ id }) => id)).toEqual(['7'])
    })
  })

  describe('looked for by id', () => {
    it('are found where they are, with the ref of their row, in one round trip', async () => {
      const ids = await peerOf().fill()
      for (const [state, id] of [
        ['completed', ids.ok],
        ['failed', ids.boom],
        ['active', ids.hold],
        [waiting, ids.custom],
        ['delayed', ids.later],
        ['delayed', ids.cron],
      ] as const) {
        const counting = countingReader(reader)
        expect(await system.find?.(counting, queue, id)).toEqual({ state, ref: (await rowOf(state, id)).ref })
        expect(counting.trips).toBe(1)
      }
      expect(await system.find?.(reader, queue, 'nowhere')).toBeNull()
      expect(await system.find?.(reader, queue, `${ids.ok}:lock`)).toBeNull()
      await server.client.zrem('bull:mail:completed', ids.ok)
      const { ref } = await rowOf('orphans', ids.ok)
      expect(await system.find?.(reader, queue, ids.ok)).toEqual({ state: 'orphans', ref })
      const { by, close } = await poor()
      expect(await system.find?.(by, queue, ids.ok)).toEqual({ state: 'orphans', ref })
      expect(await system.find?.(by, queue, ids.boom)).toEqual({
        state: 'failed',
        ref: (await rowOf('failed', ids.boom)).ref,
      })
      await close()
    })

    it('are taken to wait where the list is too long to look through', async () => {
      const id = await peerOf().add({})
      await server.client.rpush('bull:mail:wait', ...Array.from({ length: 10_000 }, (_, i) => `x${i}`))
      expect((await system.find?.(reader, queue, id))?.state).toBe(waiting)
      const { by, close } = await poor()
      expect((await system.find?.(by, queue, id))?.state).toBe(waiting)
      await close()
    })
  })

  describe('that changed', () => {
    it.each([
      ['small', { n: 1 }],
      ['large', { n: 1, blob: 'x'.repeat(9000) }],
    ])('have another ref, be the payload %s', async (_, data) => {
      const id = await peerOf().add(data)
      const { ref } = await rowOf(waiting, id)
      expect(ref).toMatch(new RegExp(`^${waiting}:\\d+:${markOf(Buffer.from(JSON.stringify(data)))}:${id}$`))
      expect((await open1(waiting, ref))?.ref).toBe(ref)
      const { by, close } = await poor()
      expect(idsIn(await page(waiting, by))).toEqual([id])
      expect((await page(waiting, by)).jobs[0]?.ref).toBe(ref)
      await close()
      await server.client.hset(`bull:mail:${id}`, 'data', JSON.stringify({ ...data, n: 2 }))
      const changed = await open1(waiting, ref)
      expect(changed?.ref).toBe((await rowOf(waiting, id)).ref)
      expect(changed?.ref).not.toBe(ref)
    })

    it('keep a ref without a mark, which a payload too large to read leaves', async () => {
      const peer = peerOf()
      const id = await peer.add({ blob: 'x'.repeat(3_000_000) })
      const { ref } = await rowOf(waiting, id)
      expect(ref).toMatch(new RegExp(`^${waiting}:\\d+::${id}$`))
      expect((await open1(waiting, ref))?.ref).toBe(ref)
    })
  })
})
