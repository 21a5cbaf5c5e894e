import type { Queue } from 'bullmq'
import { describe, expect, it } from 'vitest'
import { hashedPeers } from '../../../../../test/peers/hashed.ts'
import { done, hashedWorld, run, trash } from '../../../../../test/peers/hashed-world.ts'

const hour = 3_600_000

describe.each(hashedPeers)('undone, for $title', (kind) => {
  const w = hashedWorld(kind)
  const bullmq = kind.title !== 'Bull 4.16'
  const restore = (state = 'failed', slot = trash) => w.write.restore(w.writer, w.queue, state, slot, run)
  const retry = async (ids: readonly string[], attempts: 'keep' | 'reset' = 'keep', state = 'failed') => {
    const refs = await Promise.all(ids.map((id) => w.ref(state, id)))
    return w.write.retry(w.writer, w.queue, state, refs, attempts, trash)
  }
  const retryAll = async () =>
    w.write.retryAll(w.writer, w.queue, 'failed', await w.frozen('failed'), trash, 'reset', run)
  /** All but what tells that something happened, the counters and the trash. */
  const dump = async () => {
    const all = Object.entries(await w.dump('bull:*'))
    return Object.fromEntries(all.filter(([key]) => !/:(events|marker|id|pc|meta|stalled-check)$/.test(key)))
  }
  const restored = (count: number) => ({ ...done(count), exact: true })
  const keysLeft = () => w.redis.keys('sluice:*')

  it.each(['keep', 'reset'] as const)(
    'a retry gives back every field, place and score (attempts: %s)',
    async (attempts) => {
      const ids = [
        await w.failed({ attempts: 2, backoff: 1 }),
        await w.failed({ priority: 3 }),
        await w.failed({ lifo: true }),
      ]
      await w.peer.add('ok', { n: 0 })
      const before = await dump()
      expect(await retry(ids, attempts)).toEqual(done(3))
      await w.peer.add('ok', { n: 1 })
      await w.peer.add('ok', { n: 2 }, { priority: 2 })
      expect(await restore()).toEqual(restored(3))
      const after = await dump()
      for (const key of Object.keys(before).filter((name) => /:(failed|\d+)$/.test(name)))
        expect(after[key], key).toEqual(before[key])
      for (const id of ids) expect(await w.peer.stateOf(id)).toBe('failed')
      expect(await w.peer.count('waiting')).toBe(3)
      expect(await keysLeft()).toEqual([])
      await expect(restore()).rejects.toMatchObject({ code: 'NOT_FOUND' })
      await w.peer.work()
      for (const id of ids) expect(await w.peer.stateOf(id)).toBe('failed')
    },
  )

  it('a retry of all gives back all that wait, and misses those that ran', async () => {
    const ids: string[] = []
    for (let n = 0; n < 5; n++) ids.push(await w.failed({}, { n }, n === 0 ? 'once' : 'boom'))
    const before = await dump()
    expect(await retryAll()).toEqual(done(5))
    expect(await restore()).toEqual(restored(5))
    expect(await dump()).toEqual(before)
    expect(await retryAll()).toEqual(done(5))
    // The first of them runs, and ends well.
    expect(await w.write.fates(w.writer, w.queue, 'failed', trash, 100)).toEqual({
      waiting: 5,
      succeeded: 0,
      failed: 0,
    })
    const last = await w.peer.add('ok', {}, { delay: hour })
    await w.peer.work()
    await w.peer.ended(ids[0] ?? '')
    await w.peer.ended(ids[1] ?? '')
    await w.peer.ended(ids[4] ?? '')
    await w.peer.rest()
    expect(await w.write.fates(w.writer, w.queue, 'failed', trash, 100)).toEqual({
      waiting: 0,
      succeeded: 1,
      failed: 4,
    })
    const sampled = await w.write.fates(w.writer, w.queue, 'failed', trash, 2)
    expect(sampled.succeeded + sampled.failed).toBe(2)
    expect(await restore()).toEqual({ ...done(0), missing: 5, exact: true })
    expect(await w.peer.stateOf(last)).toBe('delayed')
  })

  it('a retry of completed jobs gives back their results', async () => {
    const id = await w.peer.add('ok', { n: 1 })
    await w.peer.work()
    await w.peer.ended(id)
    await w.peer.rest()
    const before = await dump()
    expect(await retry([id], 'reset', 'completed')).toEqual(done(1))
    expect(await restore('completed')).toEqual(restored(1))
    expect(await dump()).toEqual(before)
  })

  it('a retry while the queue is paused, and resumed', async () => {
    const ids = [await w.failed(), await w.failed()]
    const before = await dump()
    await w.write.pause(w.writer, w.queue)
    expect(await retry(ids)).toEqual(done(2))
    await w.write.resume(w.writer, w.queue)
    expect(await restore()).toEqual(restored(2))
    expect(await dump()).toEqual(before)
  })

  it('leaves a job alone that was removed, or runs, after its retry', async () => {
    const gone = await w.failed()
    const runs = await w.failed({}, {}, 'once')
    expect(await retry([gone, runs])).toEqual(done(2))
    await (await (w.peer.raw as Queue).getJob(gone))?.remove()
    await w.redis.rpoplpush('bull:mail:wait', 'bull:mail:active')
    await w.redis.hset(`bull:mail:${runs}`, 'processedOn', Date.now())
    expect(await restore()).toEqual({ ...done(0), missing: 2, exact: true })
    expect(await w.redis.lrange('bull:mail:active', 0, -1)).toEqual([runs])
    expect(await w.redis.exists('bull:mail:failed')).toBe(0)
  })

  it('an edit gives back the old payload, run again or in its place', async () => {
    const id = await w.failed({}, { n: 1 })
    const waits = await w.peer.add('ok', { n: 2 })
    const later = await w.peer.add('ok', { n: 3 }, { delay: hour })
    const before = await dump()
    const edit = async (state: string, one: string) =>
      w.write.editAndRetry(w.writer, w.queue, state, await w.ref(state, one), '{"n":9223372036854775807}', trash)
    for (const [state, one] of [
      ['failed', id],
      [kind.waiting, waits],
      ['delayed', later],
    ] as const)
      expect(await edit(state, one)).toEqual(done(1))
    expect(await w.row(kind.waiting, id)).toMatchObject({ preview: '{"n":9223372036854775807}' })
    expect(await restore()).toEqual(restored(3))
    expect(await dump()).toEqual(before)
    // Changed again since: it is somebody else's payload by now.
    expect(await edit(kind.waiting, waits)).toEqual(done(1))
    await w.peer.update(waits, { n: 4 })
    expect(await restore()).toMatchObject({
      done: 0,
      refused: [{ ref: waits, reason: 'It changed since you looked at it.' }],
    })
    expect(await w.row(kind.waiting, waits)).toMatchObject({ preview: '{"n":4}' })
  })

  it('a move brings the original back whole, and takes the copy away', async () => {
    const other = await w.open('other')
    await other.add('ok', { other: true })
    const ids = [await w.peer.add('ok', { n: 1 }), await w.peer.add('ok', { n: 2 }), await w.peer.add('ok', { n: 3 })]
    const ranked = await w.peer.add('ok', { n: 4 }, { priority: 4 })
    const later = await w.peer.add('ok', { n: 5 }, { delay: hour })
    const before = await dump()
    const move = async (state: string, one: string) =>
      w.write.move(w.writer, w.queue, state, [await w.ref(state, one)], other.queue, trash)
    const moves = [
      [kind.waiting, ids[1] ?? ''],
      [w.states.prioritized, ranked],
      ['delayed', later],
    ] as const
    for (const [state, one] of moves) expect(await move(state, one)).toEqual(done(1))
    expect(await w.page('delayed', other.queue)).toHaveLength(1)
    expect(await restore(kind.waiting)).toEqual(restored(3))
    expect(await dump()).toEqual(before)
    expect(await keysLeft()).toEqual([])
    // A copy that runs by now stays where it is.
    expect(await move(kind.waiting, ids[0] ?? '')).toEqual(done(1))
    await other.work()
    await other.drained()
    await other.rest()
    expect(await restore(kind.waiting)).toEqual({ ...done(0), missing: 1, exact: true })
    expect(await w.redis.exists(`bull:mail:${ids[0]}`)).toBe(0)
  })

  it('puts an orphan back to be one, and says why not of a stalled job', async () => {
    const id = await w.failed()
    await w.redis.zrem('bull:mail:failed', id)
    const before = await dump()
    expect(await retry([id], 'keep', 'orphans')).toEqual(done(1))
    expect(await restore('orphans')).toEqual(restored(1))
    expect(await dump()).toEqual(before)
    const lost = await w.peer.add('hold', {})
    await w.peer.work()
    await w.peer.held()
    await w.peer.die()
    await w.redis.del(`bull:mail:${lost}:lock`)
    expect(await retry([lost], 'keep', 'stalled')).toEqual(done(1))
    expect(await restore('stalled')).toMatchObject({
      done: 0,
      refused: [{ ref: lost, reason: expect.stringContaining('A worker lost it') }],
    })
    expect((await w.page(kind.waiting)).map((job) => job.id)).toEqual([lost])
  })

  if (bullmq)
    it('refuses what a flow counts on again', async () => {
      const { children = [], job } = await w.peer.tree({
        name: 'ok',
        queueName: 'mail',
        children: [{ name: 'boom', queueName: 'mail', opts: { failParentOnFailure: true } }],
      })
      await w.peer.work()
      await w.peer.ended(String(job.id))
      await w.peer.rest()
      const child = String(children[0]?.job.id)
      expect(await retry([child])).toEqual(done(1))
      expect(await restore()).toMatchObject({
        done: 0,
        refused: [{ ref: child, reason: expect.stringContaining('flow') }],
      })
      expect(await w.peer.stateOf(child)).toBe('waiting')
      expect(await w.redis.sismember(`bull:mail:${job.id}:dependencies`, `bull:mail:${child}`)).toBe(1)
    })

  it('names all keys of its entry', async () => {
    const ids = [await w.failed(), await w.failed(), await w.failed()]
    const keysOf = async () => {
      const keys: string[] = []
      for await (const some of w.write.trashKeys(w.writer, w.queue, trash)) keys.push(...some)
      return keys
    }
    await w.redis.multi().del(`bull:mail:${ids[1]}`).lpush(`bull:mail:${ids[1]}`, 'x').exec()
    await w.redis.rpush(`bull:mail:${ids[2]}:logs`, 'line')
    expect(await w.write.purge(w.writer, w.queue, 'failed', await w.frozen('failed'), trash, run)).toMatchObject({
      done: 2,
    })
    const keys = await keysOf()
    expect(keys.at(-1)).toBe(trash.key)
    expect([...keys].sort()).toEqual((await keysLeft()).sort())
    await w.write.restore(w.writer, w.queue, 'failed', trash, run)
    await retryAll()
    expect((await keysOf()).sort()).toEqual((await keysLeft()).sort())
  })

  describe('a purge of a list', () => {
    const purge = async (frozen: { count: number; mark: string }) =>
      w.write.purge(w.writer, w.queue, kind.waiting, frozen, trash, run)
    const waitingIds = async () => (await w.redis.lrange('bull:mail:wait', 0, -1)).reverse()

    it('leaves what came since it was frozen, in its order', async () => {
      const ids: string[] = []
      for (let n = 0; n < 6; n++) ids.push(await w.peer.add('ok', { n }))
      const frozen = await w.frozen(kind.waiting)
      const since = [await w.peer.add('ok', {}), await w.peer.add('ok', {})]
      await w.redis.del(`bull:mail:${ids[0]}`)
      await w.redis.lrem('bull:mail:wait', 1, ids[0] ?? '')
      await w.redis.lrem('bull:mail:wait', 1, ids[5] ?? '') // the newest of them
      expect(await purge(frozen)).toEqual({ ...done(4), missing: 2 })
      expect(await waitingIds()).toEqual(since)
      expect(await purge(frozen)).toEqual({ ...done(4), missing: 2 })
      expect(await restore(kind.waiting)).toMatchObject({ done: 4 })
      expect(await waitingIds()).toEqual([...ids.slice(1, 5), ...since])
    })

    it('puts many that came since back in their order, and takes none where all of them have run', async () => {
      const first = [await w.peer.add('ok', {}), await w.peer.add('ok', {})]
      const frozen = await w.frozen(kind.waiting)
      const since = Array.from({ length: 2500 }, (_, n) => `later${n}`)
      await w.redis.lpush('bull:mail:wait', ...since)
      expect(await purge(frozen)).toEqual(done(2))
      expect(await waitingIds()).toEqual(since)
      await restore(kind.waiting)
      expect((await waitingIds()).slice(0, 2)).toEqual(first)
      await w.redis.del('bull:mail:wait')
      await w.redis.lpush('bull:mail:wait', ...since)
      expect(await purge(frozen)).toEqual({ ...done(0), missing: 2 })
      expect(await waitingIds()).toEqual(since)
    })

    it('takes none of those that came since where the newest has run, and came back', async () => {
      const ids = [await w.peer.add('ok', {}), await w.peer.add('ok', {}), await w.peer.add('ok', {})]
      const frozen = await w.frozen(kind.waiting)
      const since = [await w.peer.add('ok', {}), await w.peer.add('ok', {}), await w.peer.add('ok', {})]
      for (const _ of ids) await w.redis.rpop('bull:mail:wait')
      await w.redis.lpush('bull:mail:wait', ids[2] ?? '')
      expect(await purge(frozen)).toMatchObject({ refused: [] })
      expect((await waitingIds()).slice(0, 3)).toEqual(since)
    })

    it('takes the only one there is, also where it had run before, and none that ran since', async () => {
      await w.peer.work()
      const id = await w.peer.add('boom', {}, { attempts: 2, backoff: hour })
      await expect.poll(() => w.peer.stateOf(id)).toBe('delayed')
      await w.peer.rest()
      await w.write.promote(w.writer, w.queue, 'delayed', [await w.ref('delayed', id)])
      const frozen = await w.frozen(kind.waiting)
      await w.redis.hincrby(`bull:mail:${id}`, 'attemptsMade', 1)
      expect(await purge(frozen)).toEqual({ ...done(0), missing: 1 })
      expect(await purge(await w.frozen(kind.waiting))).toEqual(done(1))
    })

    it('leaves a job that came since and is to run first', async () => {
      const ids = [await w.peer.add('ok', {}), await w.peer.add('ok', {})]
      const frozen = await w.frozen(kind.waiting)
      while (Date.now() <= Number(frozen.mark.split(' ')[0]) + 1) await w.redis.ping()
      const urgent = await w.peer.add('ok', {}, { lifo: true })
      expect(await purge(frozen)).toEqual(done(2))
      expect(await waitingIds()).toEqual([urgent])
      await restore(kind.waiting)
      expect((await waitingIds()).sort()).toEqual([...ids, urgent].sort())
    })
  })
})
