import type { FlowJob, JobNode } from 'bullmq'
import { describe, expect, it } from 'vitest'
import { hashedPeers } from '../../../../../test/peers/hashed.ts'
import { done, hashedWorld, run, slot, trash } from '../../../../../test/peers/hashed-world.ts'

const idOf = (node: JobNode | undefined) => String(node?.job.id)

describe.each(hashedPeers.filter(({ title }) => title !== 'Bull 4.16'))('flows of $title', (kind) => {
  const w = hashedWorld(kind)
  const child = (name: string, queueName = 'mail', children: FlowJob[] = []): FlowJob => ({ name, queueName, children })
  const flow = (...children: FlowJob[]) => w.peer.tree({ name: 'ok', queueName: 'mail', children })
  const remove = async (state: string, id: string, queue = w.queue) =>
    w.write.remove(w.writer, queue, state, [await w.ref(state, id, queue)], trash)
  const restore = (state: string, queue = w.queue) => w.write.restore(w.writer, queue, state, trash, run)
  /** All but what tells that something happened. */
  const dump = async () => {
    const { 'bull:mail:events': _one, 'bull:mail:marker': _two, 'bull:kids:events': _three, ...rest } = await w.dump()
    delete rest['bull:kids:marker']
    return rest
  }

  it('run the parent when its last child is removed', async () => {
    const { job, children = [] } = await flow(child('ok'), child('ok'))
    await remove('wait', idOf(children[0]))
    expect(await w.peer.stateOf(String(job.id))).toBe('waiting-children')
    await remove('wait', idOf(children[1]))
    expect(await w.peer.stateOf(String(job.id))).toBe('waiting')
    await w.peer.work()
    await w.peer.ended(String(job.id))
  })

  it('take back a removed child while the parent waits', async () => {
    const { job, children = [] } = await flow(child('ok'), child('ok'))
    const before = await dump()
    await remove('wait', idOf(children[0]))
    await restore('wait')
    expect(await dump()).toEqual(before)
    await w.peer.work()
    await w.peer.ended(String(job.id))
    expect(Object.keys(await job.getChildrenValues())).toHaveLength(2)
  })

  it('do not bind a parent that went on to a child that comes back', async () => {
    const { job, children = [] } = await flow(child('ok'))
    await remove('wait', idOf(children[0]))
    await restore('wait')
    expect(await w.redis.exists(`bull:mail:${job.id}:dependencies`)).toBe(0)
    await w.peer.work()
    await w.peer.ended(String(job.id))
    await w.peer.ended(idOf(children[0]))
  })

  it('go whole with the parent, but for the children that ended, and come back whole', async () => {
    const { job, children = [] } = await w.peer.tree({
      name: 'ok',
      queueName: 'mail',
      children: [child('ok', 'kids'), child('ok', 'mail', [child('ok', 'kids'), child('ok', 'mail')])],
    })
    const kids = await w.open('kids')
    await kids.work()
    await kids.ended(idOf(children[0]))
    await kids.ended(idOf(children[1]?.children?.[0]))
    await kids.rest()
    const before = await dump()
    expect(await remove('waiting-children', String(job.id))).toEqual(done(1))
    // What is left are the two that ended, and what queues are made of.
    expect((await w.redis.keys('bull:*:*')).filter((key) => /:[0-9a-f-]{36}/.test(key)).sort()).toEqual(
      [idOf(children[0]), idOf(children[1]?.children?.[0])].map((id) => `bull:kids:${id}`).sort(),
    )
    expect(await w.redis.exists('bull:mail:wait', 'bull:mail:waiting-children')).toBe(0)
    expect(await restore('waiting-children')).toMatchObject({ done: 3, refused: [] })
    expect(await dump()).toEqual(before)
    await w.peer.work()
    await w.peer.ended(String(job.id))
    expect(Object.keys(await job.getChildrenValues())).toHaveLength(2)
  })

  it('are left alone while a worker has one of the children', async () => {
    const kids = await w.open('kids')
    const { job, children = [] } = await flow(child('ok', 'mail', [child('hold', 'kids')]), child('ok'))
    await kids.work()
    await kids.held()
    const before = await w.dump()
    const held = { done: 0, refused: [{ reason: 'A worker holds one of its children.' }] }
    expect(await remove('waiting-children', String(job.id))).toMatchObject(held)
    expect(await remove('waiting-children', idOf(children[0]))).toMatchObject(held)
    await w.redis.del(`bull:kids:${idOf(children[0]?.children?.[0])}:lock`)
    expect(await remove('waiting-children', String(job.id))).toMatchObject(held)
    delete before[`bull:kids:${idOf(children[0]?.children?.[0])}:lock`]
    expect(await w.dump()).toEqual(before)
  })

  it('are left alone while a child is locked, wherever it is', async () => {
    const { job, children = [] } = await flow(child('ok'))
    await w.redis.set(`bull:mail:${idOf(children[0])}:lock`, 'token')
    const before = await w.dump()
    const held = { done: 0, refused: [{ reason: 'A worker holds one of its children.' }] }
    expect(await remove('waiting-children', String(job.id))).toMatchObject(held)
    expect(await w.dump()).toEqual(before)
  })

  it('set free a parent in another queue, by its own rules', async () => {
    const { job, children = [] } = await flow(child('ok', 'kids'))
    const kids = { ...w.queue, name: 'kids' }
    await w.write.pause(w.writer, w.queue)
    await w.redis.del('bull:mail:events')
    await remove('wait', idOf(children[0]), kids)
    expect(await w.peer.count('waiting')).toBe(1)
    expect(await w.redis.exists('bull:mail:marker')).toBe(0)
    expect(JSON.stringify(await w.redis.xrange('bull:mail:events', '-', '+'))).toContain('waiting-children')
    await w.peer.resume()
    await w.peer.work()
    await w.peer.ended(String(job.id))
  })

  it('do not retry a parent before its failed children, and then finish', async () => {
    const fatal = { failParentOnFailure: true }
    const { job, children = [] } = await flow({ ...child('once'), opts: fatal }, child('ok'))
    const id = String(job.id)
    await w.peer.work()
    await w.peer.ended(id)
    await w.peer.rest()
    expect(await w.write.retry(w.writer, w.queue, 'failed', [await w.ref('failed', id)], 'keep', slot())).toMatchObject(
      {
        done: 0,
        refused: [{ reason: 'Children of it failed: retry or remove those first.' }],
      },
    )
    const first = await w.ref('failed', idOf(children[0]))
    expect(await w.write.retry(w.writer, w.queue, 'failed', [first], 'keep', slot())).toEqual(done(1))
    // Now the child is to run: the parent waits for it, rather than fail once more.
    expect(await w.write.retry(w.writer, w.queue, 'failed', [await w.ref('failed', id)], 'keep', slot())).toEqual(
      done(1),
    )
    expect(await w.peer.stateOf(id)).toBe('waiting-children')
    await w.peer.work()
    await w.peer.ended(id)
    expect(await w.peer.stateOf(id)).toBe('completed')
    expect(Object.keys(await job.getChildrenValues())).toHaveLength(2)
  })

  it('retry a parent whose failed child succeeded, or is gone', async () => {
    const fatal = { failParentOnFailure: true }
    const { job, children = [] } = await flow({ ...child('once'), opts: fatal }, { ...child('boom'), opts: fatal })
    const id = String(job.id)
    await w.peer.work()
    await w.peer.ended(id)
    for (const node of children) await w.peer.ended(idOf(node))
    await w.write.retry(w.writer, w.queue, 'failed', [await w.ref('failed', idOf(children[0]))], 'keep', slot())
    await w.peer.ended(idOf(children[0]))
    await w.peer.rest()
    await remove('failed', idOf(children[1]))
    expect(await w.write.retry(w.writer, w.queue, 'failed', [await w.ref('failed', id)], 'keep', slot())).toEqual(
      done(1),
    )
    await w.peer.work()
    await w.peer.ended(id)
    expect(await w.peer.stateOf(id)).toBe('completed')
  })

  it('retry all of a failed family: the children run, and the parent after them', async () => {
    const fatal = { failParentOnFailure: true }
    const { job, children = [] } = await flow({ ...child('once'), opts: fatal }, { ...child('once'), opts: fatal })
    const id = String(job.id)
    await w.peer.work()
    await w.peer.ended(id)
    for (const node of children) await w.peer.ended(idOf(node))
    await w.peer.rest()
    for (let left = 3; left > 0; ) {
      const outcome = await w.write.retryAll(w.writer, w.queue, 'failed', await w.frozen('failed'), slot(), 'keep', run)
      expect(outcome.done).toBeGreaterThan(0)
      left -= outcome.done
    }
    await w.peer.work()
    await w.peer.ended(id)
    expect(await w.peer.stateOf(id)).toBe('completed')
  })

  it('come back as they were when a failed parent is removed with children that wait', async () => {
    const later = { ...child('ok'), opts: { delay: 3_600_000 } }
    const { job } = await flow({ ...child('boom'), opts: { failParentOnFailure: true } }, later)
    await w.peer.work()
    await w.peer.ended(String(job.id))
    await w.peer.rest()
    const before = await dump()
    await remove('failed', String(job.id))
    await restore('failed')
    expect(await dump()).toEqual(before)
  })

  it('go by purges of each state, and come back', async () => {
    const { job, children = [] } = await flow(child('ok', 'mail', [child('ok')]), child('ok'))
    const before = await dump()
    // The family goes with whichever parent comes first: both began to wait in the same moment.
    expect(
      (await w.write.purge(w.writer, w.queue, 'waiting-children', await w.frozen('waiting-children'), trash, run))
        .refused,
    ).toEqual([])
    expect(await w.redis.exists('bull:mail:waiting-children')).toBe(0)
    await restore('waiting-children')
    expect(await dump()).toEqual(before)
    expect(await w.redis.keys('sluice:*')).toEqual([])
    await w.peer.work()
    await w.peer.ended(idOf(children[0]))
    await w.peer.ended(String(job.id))
  })

  it('set a parent free whose children ended while a purge had it', async () => {
    const early = await flow(child('ok'))
    const late = await flow(child('hold', 'kids'))
    const kids = await w.open('kids')
    await kids.work()
    await kids.held()
    const stop = new AbortController()
    const writer: typeof w.writer = {
      ...w.writer,
      async run(script, keys, args) {
        const reply = await w.writer.run(script, keys, args)
        // Just after the state was frozen, the child ends: nobody can tell its parent.
        if (script.name.endsWith('freeze')) {
          kids.release()
          await kids.ended(idOf(late.children?.[0]))
          stop.abort()
        }
        return reply
      },
    }
    const signal = stop.signal
    const outcome = await w.write.purge(
      writer,
      w.queue,
      'waiting-children',
      await w.frozen('waiting-children'),
      trash,
      { ...run, signal },
    )
    expect(outcome).toEqual({ ...done(0), left: 2 })
    expect(await w.redis.keys('sluice:*')).toEqual([])
    expect(await w.peer.stateOf(String(late.job.id))).toBe('waiting')
    expect(await w.peer.stateOf(String(early.job.id))).toBe('waiting-children')
    await w.peer.work()
    await w.peer.ended(String(late.job.id))
    await w.peer.ended(String(early.job.id))
  })

  it('do not move, but for a job that stands alone', async () => {
    const { job, children = [] } = await flow(child('ok'))
    const to = { ...w.queue, name: 'other' }
    const family = { done: 0, refused: [{ reason: 'It belongs to a flow, which is bound to its queue.' }] }
    const refs = {
      parent: await w.ref('waiting-children', String(job.id)),
      child: await w.ref('wait', idOf(children[0])),
    }
    expect(await w.write.move(w.writer, w.queue, 'waiting-children', [refs.parent], to, slot())).toMatchObject(family)
    expect(await w.write.move(w.writer, w.queue, 'wait', [refs.child], to, slot())).toMatchObject(family)
    expect(await w.write.duplicate(w.writer, w.queue, 'wait', [refs.child])).toEqual(done(1))
    const copy = (await w.page('wait')).find(({ id }) => id !== idOf(children[0]))?.id ?? ''
    expect(await w.redis.hget(`bull:mail:${copy}`, 'parentKey')).toBeNull()
    await w.peer.work()
    await w.peer.ended(copy)
  })
})
