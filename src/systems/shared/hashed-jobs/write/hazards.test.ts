import { describe, expect, it } from 'vitest'
import { hashedPeers } from '../../../../../test/peers/hashed.ts'
import { done, hashedWorld, run, slot, trash } from '../../../../../test/peers/hashed-world.ts'

const hour = 3_600_000

describe.each(hashedPeers)('$title', (kind) => {
  const w = hashedWorld(kind)
  const bullmq = kind.title !== 'Bull 4.16'

  // An idle worker of these peers looks for jobs once an hour: what it runs it was woken for.
  describe('wakes an idle worker', () => {
    /** A worker that blocks on an empty queue. */
    const idle = async () => {
      const before = await blockedNow()
      await w.peer.work()
      await w.blocked(before + 1)
    }
    const blockedNow = async () => Number(/blocked_clients:(\d+)/.exec(await w.redis.info('clients'))?.[1])

    it('for a job that is added', async () => {
      await idle()
      await w.write.add(w.writer, w.queue, { payload: '{}', name: 'ok', options: null })
      await w.peer.ended('1')
    })

    it('for a job that is added with a priority', async () => {
      await idle()
      await w.write.add(w.writer, w.queue, { payload: '{}', name: 'ok', options: '{"priority":3}' })
      await w.peer.ended('1')
    })

    it('for a job that is added with a delay', async () => {
      await idle()
      await w.write.add(w.writer, w.queue, { payload: '{}', name: 'ok', options: '{"delay":50}' })
      await w.peer.ended('1')
    })

    it('for a job that is promoted', async () => {
      const id = await w.peer.add('ok', {}, { delay: hour })
      await idle()
      await w.write.promote(w.writer, w.queue, 'delayed', [await w.ref('delayed', id)])
      await w.peer.ended(id)
    })

    it.each(['retry', 'retryAll', 'editAndRetry'] as const)('by %s', async (action) => {
      const id = await w.failed({}, { n: 1 }, 'once')
      const ref = await w.ref('failed', id)
      await idle()
      if (action === 'retry') await w.write.retry(w.writer, w.queue, 'failed', [ref], 'keep', slot())
      else if (action === 'retryAll')
        await w.write.retryAll(w.writer, w.queue, 'failed', await w.frozen('failed'), slot(), 'keep', run)
      else await w.write.editAndRetry(w.writer, w.queue, 'failed', ref, '{"n":2}', slot())
      await w.peer.ended(id)
      expect(await w.peer.stateOf(id)).toBe('completed')
    })

    it('when the queue is resumed', async () => {
      await w.write.pause(w.writer, w.queue)
      const ids = [await w.peer.add('ok', {}), await w.peer.add('ok', {}, { priority: 2 })]
      await idle()
      await w.write.resume(w.writer, w.queue)
      for (const id of ids) await w.peer.ended(id)
    })

    it.each([{}, { priority: 2 }])('for a job that is restored, with options %j', async (options) => {
      const id = await w.peer.add('ok', {}, options)
      const state = 'priority' in options ? w.states.prioritized : w.states.waiting
      await w.write.remove(w.writer, w.queue, state, [await w.ref(state, id)], trash)
      await idle()
      await w.write.restore(w.writer, w.queue, state, trash, run)
      await w.peer.ended(id)
    })

    it('for copies', async () => {
      const id = await w.peer.add('ok', {}, { delay: hour })
      await idle()
      await w.write.duplicate(w.writer, w.queue, 'delayed', [await w.ref('delayed', id)])
      await w.peer.ended(String(Number(id) + 1))
    })

    it('of the queue that a job moves to', async () => {
      const other = await w.open('other')
      await other.work()
      const id = await w.peer.add('ok', {})
      const moved = await w.write.move(
        w.writer,
        w.queue,
        kind.waiting,
        [await w.ref(kind.waiting, id)],
        other.queue,
        slot(),
      )
      expect(moved).toEqual(done(1))
      await other.ended('1')
    })

    if (bullmq)
      it('by a marker that is there before anyone works, but not while the queue is paused', async () => {
        const marker = () => w.redis.zrange('bull:mail:marker', 0, '-1')
        const add = () => w.write.add(w.writer, w.queue, { payload: '{}', name: 'ok', options: null })
        await w.write.pause(w.writer, w.queue)
        await add()
        expect(await marker()).toEqual([])
        await w.write.resume(w.writer, w.queue)
        expect(await marker()).toEqual(['0'])
        await w.write.pause(w.writer, w.queue)
        expect(await marker()).toEqual([])
      })
  })

  describe('keeps every job through a pause', () => {
    const add = (options: string | null = null) =>
      w.write.add(w.writer, w.queue, { payload: '{}', name: 'ok', options })

    it('by us, resumed by the library', async () => {
      const first = await w.peer.add('ok', {})
      await w.write.pause(w.writer, w.queue)
      await add()
      await w.peer.add('ok', {})
      await w.peer.resume()
      expect(await w.peer.count('waiting')).toBe(3)
      await w.peer.work()
      for (let id = Number(first); id < Number(first) + 3; id++) await w.peer.ended(String(id))
    })

    it('by the library, resumed by us', async () => {
      const first = await w.peer.add('ok', {})
      await w.peer.pause()
      await add()
      await w.peer.add('ok', {})
      expect(await w.write.resume(w.writer, w.queue)).toEqual(done(1))
      expect(await w.peer.count('waiting')).toBe(3)
      await w.peer.work()
      for (let id = Number(first); id < Number(first) + 3; id++) await w.peer.ended(String(id))
    })

    it('with each way of putting a job back to work, resumed by the library', async () => {
      const failed = await w.failed({}, {}, 'once')
      const delayed = await w.peer.add('ok', {}, { delay: hour })
      const removed = await w.peer.add('ok', {})
      await w.write.remove(w.writer, w.queue, kind.waiting, [await w.ref(kind.waiting, removed)], trash)
      await w.peer.pause()
      await w.write.retry(w.writer, w.queue, 'failed', [await w.ref('failed', failed)], 'keep', slot())
      await w.write.promote(w.writer, w.queue, 'delayed', [await w.ref('delayed', delayed)])
      await w.write.restore(w.writer, w.queue, kind.waiting, trash, run)
      await w.peer.resume()
      await w.peer.work()
      for (const id of [failed, delayed, removed]) await w.peer.ended(id)
    })

    if (bullmq) {
      it('that left jobs in the list of 5, resumed by the library', async () => {
        const first = await w.peer.add('ok', {})
        await w.peer.pause()
        // What 5 did itself already, and 6 finds where 5 was before it.
        if (kind.title === 'BullMQ 6') await w.redis.rename('bull:mail:wait', 'bull:mail:paused')
        await w.redis.lpush('bull:mail:wait', 'stray')
        await add()
        // 5 resumes by a RENAME over the other list, which takes the stray along, and would take ours.
        await w.peer.resume()
        const ours = String(Number(first) + 1)
        expect(await w.redis.lrange('bull:mail:wait', 0, -1)).toEqual(expect.arrayContaining([first, ours]))
        await w.redis.lrem('bull:mail:wait', 0, 'stray')
        await w.peer.work()
        await w.peer.ended(first)
        await w.peer.ended(ours)
      })
    }

    it('of a queue whose jobs are in both lists', async () => {
      await w.write.pause(w.writer, w.queue)
      await w.redis.del('bull:mail:wait', 'bull:mail:paused')
      const ids = [await w.peer.add('ok', {}), await w.peer.add('ok', {})]
      const [early = '', late = ''] = ids
      await w.redis.del('bull:mail:wait', 'bull:mail:paused')
      await w.redis.lpush('bull:mail:paused', early)
      await w.redis.lpush('bull:mail:wait', late)
      await w.write.resume(w.writer, w.queue)
      expect(await w.redis.lrange('bull:mail:wait', 0, -1)).toEqual([late, early])
      await w.peer.work()
      for (const id of ids) await w.peer.ended(id)
    })
  })

  describe('keeps the order of priorities', () => {
    it('of jobs that are retried, one by one and all together', async () => {
      const low = await w.failed({ priority: 9 })
      const high = await w.failed({ priority: 2 })
      const middle = await w.failed({ priority: 5 })
      const refs = [await w.ref('failed', low)]
      await w.write.retry(w.writer, w.queue, 'failed', refs, 'keep', slot())
      await w.write.retryAll(w.writer, w.queue, 'failed', await w.frozen('failed'), slot(), 'keep', run)
      expect((await w.page(w.states.prioritized)).map(({ id }) => id)).toEqual([high, middle, low])
      expect(await w.peer.stateOf(high)).toBe('waiting')
    })

    it('of jobs that are added, promoted and restored', async () => {
      const ids = [await w.peer.add('ok', {}, { priority: 5 }), await w.peer.add('ok', {}, { priority: 1 })]
      const later = await w.peer.add('ok', {}, { priority: 3, delay: hour })
      await w.write.promote(w.writer, w.queue, 'delayed', [await w.ref('delayed', later)])
      // Both libraries go by the priority where a job has `lifo` as well.
      await w.write.add(w.writer, w.queue, { payload: '{}', name: 'ok', options: '{"priority":4,"lifo":true}' })
      const order = [ids[1], later, String(Number(later) + 1), ids[0]]
      const state = w.states.prioritized
      expect((await w.page(state)).map(({ id }) => id)).toEqual(order)
      await w.write.remove(w.writer, w.queue, state, [await w.ref(state, later)], trash)
      await w.write.restore(w.writer, w.queue, state, trash, run)
      expect((await w.page(state)).map(({ id }) => id)).toEqual(order)
      if (!bullmq) expect(await w.redis.zscore('bull:mail:priority', later)).toBe('3')
    })

    it('and runs a retried job that is to run first as the next', async () => {
      const id = await w.failed({ lifo: true })
      await w.peer.add('ok', {})
      await w.write.retry(w.writer, w.queue, 'failed', [await w.ref('failed', id)], 'keep', slot())
      expect((await w.page(kind.waiting)).map((job) => job.id)).toEqual([id, String(Number(id) + 1)])
    })
  })

  describe('with ids that stand for one job', () => {
    const unique = bullmq ? { deduplication: { id: 'once' } } : { debounce: { id: 'once', ttl: hour } }
    const key = 'bull:mail:de:once'

    it('sets them free when the job is removed, and takes them again when it is restored', async () => {
      const id = await w.peer.add('ok', {}, unique)
      expect(await w.peer.add('ok', {}, unique)).toBe(id)
      await w.write.remove(w.writer, w.queue, kind.waiting, [await w.ref(kind.waiting, id)], trash)
      expect(await w.redis.exists(key)).toBe(0)
      await w.write.restore(w.writer, w.queue, kind.waiting, trash, run)
      expect(await w.redis.get(key)).toBe(id)
      if (!bullmq) expect(await w.redis.pttl(key)).toBeGreaterThan(0)
      expect(await w.peer.add('ok', {}, unique)).toBe(id)
    })

    it('leaves them to the job that has them by now', async () => {
      const id = await w.peer.add('ok', {}, unique)
      const ref = await w.ref(kind.waiting, id)
      await w.redis.set(key, 'another')
      await w.write.remove(w.writer, w.queue, kind.waiting, [ref], trash)
      expect(await w.redis.get(key)).toBe('another')
      await w.write.restore(w.writer, w.queue, kind.waiting, trash, run)
      expect(await w.redis.get(key)).toBe('another')
    })

    it('sets them free in a purge, and gives a new job the way', async () => {
      const id = await w.peer.add('ok', {}, unique)
      await w.write.purge(w.writer, w.queue, kind.waiting, await w.frozen(kind.waiting), trash, run)
      const next = await w.peer.add('ok', {}, unique)
      expect(next).not.toBe(id)
      await w.write.restore(w.writer, w.queue, kind.waiting, trash, run)
      expect(await w.redis.get(key)).toBe(next)
      expect(
        await w.write.move(w.writer, w.queue, kind.waiting, [await w.ref(kind.waiting, next)], w.queue, slot()),
      ).toMatchObject({ done: 0, refused: [{ reason: 'Its deduplication id is bound to this queue.' }] })
    })

    it('sets them free in a purge of failed jobs, and takes them again', async () => {
      const id = await w.failed(bullmq ? { deduplication: { id: 'once', ttl: hour } } : unique)
      if (!bullmq) await w.redis.set(key, id)
      expect(await w.redis.get(key)).toBe(id)
      await w.write.purge(w.writer, w.queue, 'failed', await w.frozen('failed'), trash, run)
      expect(await w.redis.exists(key)).toBe(0)
      await w.write.restore(w.writer, w.queue, 'failed', trash, run)
      expect(await w.redis.get(key)).toBe(id)
    })

    if (bullmq)
      it('keeps what was to be added after the job', async () => {
        const last = { deduplication: { id: 'once', keepLastIfActive: true } }
        const id = await w.peer.add('hold', {}, last)
        await w.peer.work()
        await w.peer.held()
        await w.peer.add('ok', { n: 2 }, last)
        await w.peer.die()
        await w.redis.del(`bull:mail:${id}:lock`)
        const before = await w.dump('bull:mail:d[en]:*')
        expect(Object.keys(before)).toHaveLength(2)
        await w.write.remove(w.writer, w.queue, 'stalled', [await w.ref('stalled', id)], trash)
        expect(await w.dump('bull:mail:d[en]:*')).toEqual({})
        await w.write.restore(w.writer, w.queue, 'stalled', trash, run)
        expect(await w.dump('bull:mail:d[en]:*')).toEqual(before)
      })
  })

  it('carries integers of 64 bits through everything that touches a payload', async () => {
    const payload = '{"n":9223372036854775807,"m":[-9007199254740993]}'
    const preview = { preview: payload }
    const id = await w.failed({}, {}, 'once')
    await w.write.editAndRetry(w.writer, w.queue, 'failed', await w.ref('failed', id), payload, slot())
    expect(await w.row(kind.waiting, id)).toMatchObject(preview)
    await w.write.duplicate(w.writer, w.queue, kind.waiting, [await w.ref(kind.waiting, id)])
    const copy = String(Number(id) + 1)
    expect(await w.row(kind.waiting, copy)).toMatchObject(preview)
    const to = { ...w.queue, name: 'other' }
    await w.write.move(w.writer, w.queue, kind.waiting, [await w.ref(kind.waiting, copy)], to, slot())
    expect(await w.page(kind.waiting, to)).toMatchObject([preview])
    await w.write.remove(w.writer, w.queue, kind.waiting, [await w.ref(kind.waiting, id)], trash)
    await w.write.restore(w.writer, w.queue, kind.waiting, trash, run)
    expect(await w.row(kind.waiting, id)).toMatchObject(preview)
    await w.write.add(w.writer, w.queue, { payload, name: 'boom', options: null })
    await w.peer.work()
    const added = String(Number(id) + 2)
    await w.peer.ended(added)
    await w.peer.rest()
    await w.write.retry(w.writer, w.queue, 'failed', [await w.ref('failed', added)], 'reset', slot())
    expect(await w.row(kind.waiting, added)).toMatchObject(preview)
  })
})
