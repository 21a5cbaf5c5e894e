import type { Queue } from 'bullmq'
import { describe, expect, it } from 'vitest'
import { hashedPeers } from '../../../../../test/peers/hashed.ts'
import { clusterWorld, done, run } from '../../../../../test/peers/hashed-world.ts'

const hour = 3_600_000
const trash = { key: 'sluice:trash:{app}t', ttlMs: 60_000 }
let slots = 0
const slot = () => ({ ...trash, key: `sluice:trash:{app}s${++slots}` })

describe.each(hashedPeers)('$title in a cluster', (kind) => {
  const w = clusterWorld(kind, '{app}')
  const bullmq = kind.title !== 'Bull 4.16'

  it('keeps to the one slot that the prefix names, in every action', async () => {
    const { write, writer, queue } = w
    const waiting = kind.waiting
    const failed = await w.failed({}, {}, 'once')
    expect(await write.retry(writer, queue, 'failed', [await w.ref('failed', failed)], 'keep', slot())).toEqual(done(1))
    expect(await write.editAndRetry(writer, queue, waiting, await w.ref(waiting, failed), '{}', slot())).toEqual(
      done(1),
    )
    expect(await write.log(writer, queue, waiting, await w.ref(waiting, failed), 'line')).toEqual(done(1))
    expect(await write.add(writer, queue, { payload: '1', name: 'ok', options: '{"delay":100000}' })).toEqual(done(1))
    const later = (await w.page('delayed'))[0]?.id ?? ''
    const at = Date.now() + hour
    expect(await write.reschedule(writer, queue, 'delayed', [await w.ref('delayed', later)], at)).toEqual(done(1))
    expect(await write.promote(writer, queue, 'delayed', [await w.ref('delayed', later)])).toEqual(done(1))
    expect(await write.duplicate(writer, queue, waiting, [await w.ref(waiting, later)])).toEqual(done(1))
    const to = { ...queue, name: 'other' }
    expect(await write.move(writer, queue, waiting, [await w.ref(waiting, later)], to, slot())).toEqual(done(1))
    expect(await write.remove(writer, queue, waiting, [await w.ref(waiting, failed)], trash)).toEqual(done(1))
    expect(await write.restore(writer, queue, waiting, trash, run)).toMatchObject(done(1))
    for (const state of [waiting, 'failed'] as const) {
      if (state === 'failed') await w.failed()
      const count = (await w.page(state)).length
      expect(await write.purge(writer, queue, state, await w.frozen(state), trash, run)).toEqual(done(count))
      expect(await write.restore(writer, queue, state, trash, run)).toMatchObject(done(count))
    }
    expect(await write.retryAll(writer, queue, 'failed', await w.frozen('failed'), slot(), 'reset', run)).toEqual(
      done(1),
    )
    expect(await write.pause(writer, queue)).toEqual(done(1))
    expect(await write.resume(writer, queue)).toEqual(done(1))
    expect(await w.redis.keys('sluice:trash:{app}t*')).toEqual([])
    const ids = (await w.page(waiting)).map(({ id }) => id ?? '')
    await w.peer.work()
    for (const id of ids) await w.peer.ended(id)
  })

  it('refuses to move a job to another slot, and leaves it', async () => {
    const id = await w.peer.add('ok', {})
    const before = await w.dump()
    const to = { ...w.queue, prefix: '{elsewhere}' }
    const moved = w.write.move(w.writer, w.queue, kind.waiting, [await w.ref(kind.waiting, id)], to, slot())
    await expect(moved).rejects.toMatchObject({ code: 'UNSUPPORTED', message: expect.stringContaining('nodes') })
    expect(await w.dump()).toEqual(before)
  })

  if (bullmq) {
    it('keeps flows over two queues, and schedules, to it as well', async () => {
      const children = [
        { name: 'ok', queueName: 'kids' },
        { name: 'ok', queueName: 'mail' },
      ]
      const { job } = await w.peer.tree({ name: 'ok', queueName: 'mail', children })
      const ref = await w.ref('waiting-children', String(job.id))
      expect(await w.write.remove(w.writer, w.queue, 'waiting-children', [ref], trash)).toEqual(done(1))
      expect(await w.write.restore(w.writer, w.queue, 'waiting-children', trash, run)).toMatchObject({ done: 3 })
      expect(
        await w.write.purge(w.writer, w.queue, 'waiting-children', await w.frozen('waiting-children'), trash, run),
      ).toEqual(done(1))
      expect(await w.write.restore(w.writer, w.queue, 'waiting-children', trash, run)).toMatchObject({ done: 3 })
      const kids = await w.open('kids')
      await kids.work()
      await w.peer.work()
      await w.peer.ended(String(job.id))
      await (w.peer.raw as Queue).upsertJobScheduler('nightly', { pattern: '0 3 * * *' }, { name: 'ok' })
      const change = { id: 'nightly', pattern: '0 4 * * *', everyMs: null, timeZone: null, payload: '{}' }
      expect(await w.write.saveSchedule(w.writer, w.queue, change)).toEqual(done(1))
      expect(await w.write.runSchedule(w.writer, w.queue, 'nightly')).toEqual(done(1))
      expect(await w.write.removeSchedule(w.writer, w.queue, 'nightly')).toEqual(done(1))
    })
  }
})
