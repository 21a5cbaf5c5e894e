import type { Job, Queue } from 'bullmq'
import { describe, expect, it } from 'vitest'
import { hashedPeers } from '../../../../../test/peers/hashed.ts'
import { done, hashedWorld, run, slot, trash } from '../../../../../test/peers/hashed-world.ts'

const hour = 3_600_000

describe.each(hashedPeers)('$title', (kind) => {
  const w = hashedWorld(kind)

  describe('of a job that a worker has', () => {
    it('refuses whatever would take it away', async () => {
      const id = await w.peer.add('hold', { n: 1 })
      await w.peer.work()
      await w.peer.held()
      const [ref, before] = [await w.ref('active', id), await w.dump()]
      const held = { done: 0, missing: 0, refused: [{ ref, reason: 'A worker holds it.' }] }
      expect(await w.write.retry(w.writer, w.queue, 'active', [ref], 'keep', slot())).toEqual(held)
      expect(await w.write.remove(w.writer, w.queue, 'active', [ref], trash)).toEqual(held)
      expect(await w.write.editAndRetry(w.writer, w.queue, 'active', ref, '1', slot())).toEqual(held)
      expect(await w.write.move(w.writer, w.queue, 'active', [ref], { ...w.queue, name: 'other' }, slot())).toEqual(
        held,
      )
      // The same without its lock, which Bull sets a moment after it took the job.
      await w.redis.del(`bull:mail:${id}:lock`)
      delete before[`bull:mail:${id}:lock`]
      expect(await w.write.retry(w.writer, w.queue, 'active', [ref], 'keep', slot())).toEqual(held)
      expect(await w.write.remove(w.writer, w.queue, 'active', [ref], trash)).toEqual(held)
      expect(await w.write.editAndRetry(w.writer, w.queue, 'active', ref, '1', slot())).toEqual(held)
      expect(await w.write.move(w.writer, w.queue, 'active', [ref], { ...w.queue, name: 'other' }, slot())).toEqual(
        held,
      )
      expect(await w.dump()).toEqual(before)
    })

    it('shows it as stalled once its lock is gone, and puts it back or removes it', async () => {
      const id = await w.peer.add('hold', { n: 1 })
      const behind = await w.peer.add('ok', {})
      await w.peer.work()
      await w.peer.held()
      await w.peer.die()
      expect(await w.page('stalled')).toEqual([])
      await w.redis.del(`bull:mail:${id}:lock`)
      const ref = await w.ref('stalled', id)
      expect(await w.write.remove(w.writer, w.queue, 'stalled', [ref], trash)).toEqual(done(1))
      expect(await w.redis.exists('bull:mail:active', `bull:mail:${id}`)).toBe(0)
      await w.write.restore(w.writer, w.queue, 'stalled', trash, run)
      expect((await w.page(kind.waiting)).map((job) => job.id)).toEqual([id, behind])
      const heir = await w.open('mail')
      await heir.work()
      expect(await heir.held()).toBe(id)
      await heir.die()
      await w.redis.del(`bull:mail:${id}:lock`)
      const again = await w.write.retry(w.writer, w.queue, 'stalled', [await w.ref('stalled', id)], 'keep', slot())
      expect(again).toEqual(done(1))
      expect((await w.page(kind.waiting))[0]?.id).toBe(id)
      const last = await w.open('mail')
      await last.work()
      expect(await last.held()).toBe(id)
      last.release()
      await last.ended(id)
      await last.ended(behind)
      await last.rest()
      expect(await w.redis.exists('bull:mail:active')).toBe(0)
      expect((await w.page('completed')).map((job) => job.id)).toContain(id)
    })

    it('refuses a stalled one that a worker took again', async () => {
      const id = await w.peer.add('hold', { n: 1 })
      await w.peer.work()
      await w.peer.held()
      await w.redis.rename(`bull:mail:${id}:lock`, 'aside')
      const ref = await w.ref('stalled', id)
      await w.redis.rename('aside', `bull:mail:${id}:lock`)
      const held = { done: 0, missing: 0, refused: [{ ref, reason: 'A worker holds it.' }] }
      expect(await w.write.retry(w.writer, w.queue, 'stalled', [ref], 'keep', slot())).toEqual(held)
      expect(await w.write.remove(w.writer, w.queue, 'stalled', [ref], trash)).toEqual(held)
    })
  })

  describe('between look and act', () => {
    const changed = 'It changed since you looked at it.'

    it('refuses a job whose payload was changed', async () => {
      const id = await w.peer.add('ok', { n: 1 })
      const ref = await w.ref(kind.waiting, id)
      await w.peer.update(id, { n: 2 })
      const before = await w.dump()
      const outcome = { done: 0, missing: 0, refused: [{ ref, reason: changed }] }
      expect(await w.write.remove(w.writer, w.queue, kind.waiting, [ref], trash)).toEqual(outcome)
      expect(await w.write.editAndRetry(w.writer, w.queue, kind.waiting, ref, '3', slot())).toEqual(outcome)
      expect(await w.write.duplicate(w.writer, w.queue, kind.waiting, [ref])).toEqual(outcome)
      expect(await w.write.move(w.writer, w.queue, kind.waiting, [ref], { ...w.queue, name: 'to' }, slot())).toEqual(
        outcome,
      )
      expect(await w.dump()).toEqual(before)
    })

    it('refuses a job that failed once more', async () => {
      const id = await w.failed()
      const ref = await w.ref('failed', id)
      await w.write.retry(w.writer, w.queue, 'failed', [ref], 'keep', slot())
      await w.peer.work()
      await w.peer.ended(id)
      const outcome = { done: 0, missing: 0, refused: [{ ref, reason: changed }] }
      expect(await w.write.retry(w.writer, w.queue, 'failed', [ref], 'keep', slot())).toEqual(outcome)
      expect(await w.write.remove(w.writer, w.queue, 'failed', [ref], trash)).toEqual(outcome)
      expect(await w.write.editAndRetry(w.writer, w.queue, 'failed', ref, '3', slot())).toEqual(outcome)
    })

    it('refuses a delayed job that got another time, and misses one that went on', async () => {
      const id = await w.peer.add('ok', { n: 1 }, { delay: hour })
      const ref = await w.ref('delayed', id)
      await w.write.reschedule(w.writer, w.queue, 'delayed', [ref], Date.now() + 2 * hour)
      const outcome = { done: 0, missing: 0, refused: [{ ref, reason: changed }] }
      expect(await w.write.promote(w.writer, w.queue, 'delayed', [ref])).toEqual(outcome)
      expect(await w.write.reschedule(w.writer, w.queue, 'delayed', [ref], Date.now())).toEqual(outcome)
      const now = await w.ref('delayed', id)
      const job = await (w.peer.raw as Queue).getJob(id)
      await (job as Job).promote()
      expect(await w.write.promote(w.writer, w.queue, 'delayed', [now])).toEqual({ done: 0, missing: 1, refused: [] })
    })

    it('counts a job that is gone as missing, in every state', async () => {
      const outcome = { done: 0, missing: 1, refused: [] }
      const [waits, failed] = [await w.peer.add('ok', { n: 1 }), 'failed']
      const ref = await w.ref(kind.waiting, waits)
      await w.peer.work()
      await w.peer.ended(waits)
      await w.peer.rest()
      expect(await w.write.remove(w.writer, w.queue, kind.waiting, [ref], trash)).toEqual(outcome)
      expect(await w.write.editAndRetry(w.writer, w.queue, kind.waiting, ref, '1', slot())).toEqual(outcome)
      const id = await w.failed()
      const seen = await w.ref(failed, id)
      const job = await (w.peer.raw as Queue).getJob(id)
      await (job as Job).remove()
      expect(await w.write.retry(w.writer, w.queue, failed, [seen], 'keep', slot())).toEqual(outcome)
      expect(await w.write.remove(w.writer, w.queue, failed, [seen], trash)).toEqual(outcome)
      const next = await w.peer.add('ok', { n: 1 })
      const last = await w.ref(kind.waiting, next)
      const gone = await (w.peer.raw as Queue).getJob(next)
      await (gone as Job).remove()
      expect(await w.write.remove(w.writer, w.queue, kind.waiting, [last], trash)).toEqual(outcome)
      expect(await w.redis.keys('sluice:*')).toEqual([])
    })

    it('restores nothing over a job that has the id by now', async () => {
      const id = await w.peer.add('ok', { n: 1 }, { jobId: 'mine' })
      await w.write.remove(w.writer, w.queue, kind.waiting, [await w.ref(kind.waiting, id)], trash)
      await w.peer.add('ok', { n: 2 }, { jobId: 'mine' })
      const restored = await w.write.restore(w.writer, w.queue, kind.waiting, trash, run)
      expect(restored).toMatchObject({ done: 0, refused: [{ ref: 'mine', reason: 'Another job has this id now.' }] })
      expect(await w.row(kind.waiting, id)).toMatchObject({ preview: '{"n":2}' })
      expect(await w.redis.pttl('sluice:trash:t:items')).toBeGreaterThan(0)
      await w.peer.work()
      await w.peer.ended('mine')
    })
  })
})
