import type { Queue } from 'bullmq'
import { describe, expect, it } from 'vitest'
import { hashedPeers } from '../../../../../test/peers/hashed.ts'
import { done, type HashedWorld, hashedWorld, run, slot, trash } from '../../../../../test/peers/hashed-world.ts'

const hour = 3_600_000

/** One call of each write action, on jobs that are there for it. */
async function everyAction(w: HashedWorld): Promise<Record<string, () => Promise<unknown>>> {
  const { writer, write, queue, kind } = w
  const failed = await w.failed()
  const delayed = await w.peer.add('ok', {}, { delay: hour })
  const waiting = await w.peer.add('ok', {})
  const removed = await w.peer.add('ok', {})
  await write.remove(writer, queue, kind.waiting, [await w.ref(kind.waiting, removed)], trash)
  if (queue.system === 'bullmq') {
    await (w.peer.raw as Queue).upsertJobScheduler('nightly', { pattern: '0 3 * * *' }, { name: 'ok' })
  }
  const refs = {
    failed: await w.ref('failed', failed),
    delayed: await w.ref('delayed', delayed),
    waiting: await w.ref(kind.waiting, waiting),
  }
  const other = { ...queue, name: 'other' }
  const into = { ...trash, key: 'sluice:trash:u' }
  const all = { failed: await w.frozen('failed'), waiting: await w.frozen(kind.waiting) }
  const change = { id: 'nightly', pattern: '0 4 * * *', everyMs: null, timeZone: null, payload: '{}' }
  return {
    retry: () => write.retry(writer, queue, 'failed', [refs.failed], 'keep', slot()),
    retryAll: () => write.retryAll(writer, queue, 'failed', all.failed, slot(), 'keep', run),
    editAndRetry: () => write.editAndRetry(writer, queue, 'failed', refs.failed, '{}', slot()),
    edit: () => write.editAndRetry(writer, queue, kind.waiting, refs.waiting, '{"n":2}', slot()),
    remove: () => write.remove(writer, queue, kind.waiting, [refs.waiting], into),
    'purge what waits': () => write.purge(writer, queue, kind.waiting, all.waiting, into, run),
    'purge what failed': () => write.purge(writer, queue, 'failed', all.failed, into, run),
    'move from here': () => write.move(writer, queue, kind.waiting, [refs.waiting], other, slot()),
    add: () => write.add(writer, queue, { payload: '{}', name: 'ok', options: null }),
    promote: () => write.promote(writer, queue, 'delayed', [refs.delayed]),
    reschedule: () => write.reschedule(writer, queue, 'delayed', [refs.delayed], Date.now() + 2 * hour),
    duplicate: () => write.duplicate(writer, queue, kind.waiting, [refs.waiting]),
    log: () => write.log(writer, queue, kind.waiting, refs.waiting, 'line'),
    pause: () => write.pause(writer, queue),
    resume: () => write.resume(writer, queue),
    restore: () => write.restore(writer, queue, kind.waiting, trash, run),
    ...(queue.system === 'bullmq' && {
      saveSchedule: () => write.saveSchedule(writer, queue, change),
      runSchedule: () => write.runSchedule(writer, queue, 'nightly'),
      removeSchedule: () => write.removeSchedule(writer, queue, 'nightly'),
    }),
  }
}

describe.each(hashedPeers.slice(1))('versions that are not known, beside $title', (kind) => {
  const w = hashedWorld(kind)
  const version = (text: string, queue = 'mail') => w.redis.hset(`bull:${queue}:meta`, 'version', text)

  it.each([
    ['bullmq:7.1.0', /that this Sluice does not know/],
    ['bullmq:4.2.0', /before 5/],
    ['bullmq-pro:7.0.0', /that this Sluice does not know/],
    ['an old marker', /before 5/],
  ])('%s: nothing is written, and it says why', async (text, sentence) => {
    const actions = await everyAction(w)
    if (text === 'an old marker') await w.redis.rpush('bull:mail:wait', '0:1795309650803')
    else await version(text)
    const before = await w.dump()
    for (const [name, act] of Object.entries(actions)) {
      const refusal = await act().catch((error: unknown) => error)
      expect(refusal, name).toMatchObject({ code: 'UNSUPPORTED', message: expect.stringMatching(sentence) })
    }
    expect(await w.dump()).toEqual(before)
  })

  it('moves no job to a queue of such a version', async () => {
    const id = await w.peer.add('ok', {})
    await version('bullmq:7.1.0', 'other')
    const before = await w.dump()
    const to = { ...w.queue, name: 'other' }
    const moved = w.write.move(w.writer, w.queue, 'wait', [await w.ref('wait', id)], to, slot())
    await expect(moved).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    expect(await w.dump()).toEqual(before)
  })
})

describe.each(hashedPeers)('bad input for $title', (kind) => {
  const w = hashedWorld(kind)
  const bull = kind.title === 'Bull 4.16'

  it.each([
    ...['wait', 'paused', 'active', 'delayed', 'failed', 'completed', 'id', 'meta', 'stalled', 'repeat'],
    ...(bull ? ['priority', 'meta-paused'] : ['prioritized', 'waiting-children', 'marker', 'events', 'pc']),
  ])('nothing is half done where the key %s is of another type', async (suffix) => {
    const actions = await everyAction(w)
    const key = `bull:mail:${suffix}`
    await w.redis.del(key)
    // A type that the library has nowhere.
    await w.redis.call('PFADD', key, 'x')
    if (['id', 'meta-paused', 'pc'].includes(suffix)) await w.redis.multi().del(key).lpush(key, 'x').exec()
    const before = await w.dump()
    for (const [name, act] of Object.entries(actions)) {
      const refusal = await act().catch((error: unknown) => error)
      expect(String(refusal), name).toContain(`WRONGTYPE The key ${key} is a`)
    }
    expect(await w.dump()).toEqual(before)
  })

  it('a job whose key is no hash is left alone, and the others are not', async () => {
    const odd = await w.failed({}, {}, 'once')
    const good = await w.failed({}, {}, 'once')
    const refs = [await w.ref('failed', odd), await w.ref('failed', good)]
    await w.redis.multi().del(`bull:mail:${odd}`).lpush(`bull:mail:${odd}`, 'x').exec()
    const reason = 'Its key holds something else than a job.'
    const refused = [{ ref: refs[0], reason }]
    await w.peer.work()
    expect(await w.write.retry(w.writer, w.queue, 'failed', refs, 'keep', slot())).toEqual({ ...done(1), refused })
    await w.peer.ended(good)
    await w.peer.rest()
    expect(await w.write.remove(w.writer, w.queue, 'failed', refs.slice(0, 1), trash)).toEqual({ ...done(0), refused })
    const all = { ...done(0), refused: [{ ref: odd, reason }] }
    expect(await w.write.retryAll(w.writer, w.queue, 'failed', await w.frozen('failed'), slot(), 'keep', run)).toEqual(
      all,
    )
    expect(await w.write.purge(w.writer, w.queue, 'failed', await w.frozen('failed'), slot(), run)).toEqual(all)
    await w.redis.lpush('bull:mail:wait', odd)
    await w.redis.zrem('bull:mail:failed', odd)
    expect(await w.write.purge(w.writer, w.queue, kind.waiting, await w.frozen(kind.waiting), slot(), run)).toEqual(all)
    expect(await w.redis.lrange('bull:mail:wait', 0, -1)).toEqual([odd])
    expect(await w.redis.keys('sluice:trash:t:*')).toEqual([])
  })

  it('an id without a hash does not run, but can be removed and put back', async () => {
    await w.redis.zadd('bull:mail:failed', 1795309650803, 'ghost')
    await w.redis.lpush('bull:mail:wait', 'spectre')
    const before = await w.dump('bull:*')
    const refs = { failed: await w.ref('failed', 'ghost'), waiting: await w.ref(kind.waiting, 'spectre') }
    const reason = 'Its hash is gone, so no worker could run it.'
    const refused = (ref: string) => ({ ...done(0), refused: [{ ref, reason }] })
    const { write, writer, queue } = w
    expect(await write.retryAll(writer, queue, 'failed', await w.frozen('failed'), slot(), 'keep', run)).toEqual(
      refused('ghost'),
    )
    expect(await write.editAndRetry(writer, queue, kind.waiting, refs.waiting, '1', slot())).toEqual(
      refused(refs.waiting),
    )
    expect(await write.duplicate(writer, queue, kind.waiting, [refs.waiting])).toEqual(refused(refs.waiting))
    const to = { ...queue, name: 'other' }
    expect(await write.move(writer, queue, kind.waiting, [refs.waiting], to, slot())).toEqual(refused(refs.waiting))
    expect(await w.dump('bull:*')).toEqual(before)
    for (const [state, ref] of [
      ['failed', refs.failed],
      [kind.waiting, refs.waiting],
    ] as const) {
      expect(await write.remove(writer, queue, state, [ref], trash)).toEqual(done(1))
      expect(await w.page(state)).toEqual([])
      expect(await write.restore(writer, queue, state, trash, run)).toMatchObject(done(1))
    }
    expect(await w.redis.zscore('bull:mail:failed', 'ghost')).toBe('1795309650803')
    expect(await w.redis.lrange('bull:mail:wait', 0, -1)).toEqual(['spectre'])
  })

  it('a hash without an id can be put back to work, or removed and put back', async () => {
    const id = await w.peer.add('ok', { n: 1 })
    await w.redis.del('bull:mail:wait', 'bull:mail:marker')
    const ref = await w.ref('orphans', id)
    expect(await w.write.remove(w.writer, w.queue, 'orphans', [ref], trash)).toEqual(done(1))
    expect(await w.redis.exists(`bull:mail:${id}`)).toBe(0)
    expect(await w.write.restore(w.writer, w.queue, 'orphans', trash, run)).toMatchObject(done(1))
    expect((await w.page('orphans')).map((job) => job.id)).toEqual([id])
    await w.peer.work()
    expect(await w.write.retry(w.writer, w.queue, 'orphans', [ref], 'keep', slot())).toEqual(done(1))
    await w.peer.ended(id)
    expect(await w.page('orphans')).toEqual([])
    // One that is in a state again by now is not put back twice.
    const seen = { ...done(0), missing: 1 }
    expect(await w.write.retry(w.writer, w.queue, 'orphans', [ref], 'keep', slot())).toEqual(seen)
    expect(await w.write.remove(w.writer, w.queue, 'orphans', [ref], trash)).toEqual(seen)
  })

  it('all hashes without ids go back to work', async () => {
    const ids = [await w.peer.add('ok', {}), await w.peer.add('ok', {}), await w.peer.add('ok', {})]
    await w.redis.del('bull:mail:wait', 'bull:mail:marker')
    expect(
      await w.write.retryAll(w.writer, w.queue, 'orphans', await w.frozen('orphans'), slot(), 'keep', run),
    ).toEqual(done(3))
    await w.peer.work()
    for (const id of ids) await w.peer.ended(id)
  })

  it('a hash of which only a part was written is acted on as far as it goes', async () => {
    await w.redis.hset('bull:mail:7', 'processedOn', '1795309650803')
    await w.redis.zadd('bull:mail:failed', 1795309650803, '7')
    await w.redis.hset('bull:mail:8', {
      name: 'ok',
      opts: '{"attem',
      data: '{"n":',
      timestamp: 'soon',
      priority: 'much',
    })
    await w.redis.lpush('bull:mail:wait', '8')
    const { write, writer, queue } = w
    await write.log(writer, queue, kind.waiting, await w.ref(kind.waiting, '8'), 'line')
    expect(await write.duplicate(writer, queue, kind.waiting, [await w.ref(kind.waiting, '8')])).toEqual(done(1))
    expect(await write.editAndRetry(writer, queue, kind.waiting, await w.ref(kind.waiting, '8'), '{}', slot())).toEqual(
      done(1),
    )
    const before = await w.dump('bull:mail:[78]')
    for (const [state, id] of [
      ['failed', '7'],
      [kind.waiting, '8'],
    ] as const) {
      expect(await write.remove(writer, queue, state, [await w.ref(state, id)], trash)).toEqual(done(1))
      expect(await write.restore(writer, queue, state, trash, run)).toMatchObject(done(1))
    }
    expect(await w.dump('bull:mail:[78]')).toEqual(before)
    expect(await write.retry(writer, queue, 'failed', [await w.ref('failed', '7')], 'reset', slot())).toEqual(done(1))
    expect((await w.page(kind.waiting)).map(({ id }) => id)).toContain('7')
  })

  it('a text that is no reference is refused', async () => {
    const refused = [{ ref: 'x', reason: 'This is no reference to a job.' }]
    expect(await w.write.retry(w.writer, w.queue, 'failed', ['x'], 'keep', slot())).toEqual({ ...done(0), refused })
  })

  it('options that the library would not take are refused, with the reason', async () => {
    const add = (options: string) => w.write.add(w.writer, w.queue, { payload: '{}', name: 'ok', options })
    const before = await w.dump()
    for (const options of [
      '[]',
      '{',
      '1',
      '{"delay":-1}',
      '{"attempts":"3"}',
      '{"priority":1.5}',
      '{"backoff":"often"}',
    ]) {
      await expect(add(options), options).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    }
    for (const options of ['{"repeat":{"every":1}}', '{"debounce":{"id":"a"}}']) {
      await expect(add(options), options).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    }
    for (const jobId of bull ? [] : ['12', 'a:b', '']) {
      await expect(add(JSON.stringify({ jobId }))).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    }
    expect(await w.dump()).toEqual(before)
    await add('{"jobId":"mine"}')
    await expect(add('{"jobId":"mine"}')).rejects.toMatchObject({ code: 'CHANGED' })
  })

  it('passes over ids that somebody chose, and loses no job to them', async () => {
    const id = await w.peer.add('ok', { n: 1 })
    await w.redis.hset(`bull:other:1`, { name: 'ok', data: '"theirs"' })
    const to = { ...w.queue, name: 'other' }
    const moved = await w.write.move(w.writer, w.queue, kind.waiting, [await w.ref(kind.waiting, id)], to, slot())
    expect(moved).toEqual(done(1))
    expect(await w.redis.hget('bull:other:1', 'data')).toBe('"theirs"')
    expect(await w.page(kind.waiting, to)).toMatchObject([{ id: '2', preview: '{"n":1}' }])
  })
})
