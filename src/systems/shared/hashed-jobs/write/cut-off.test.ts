import { describe, expect, it } from 'vitest'
import { hashedPeers } from '../../../../../test/peers/hashed.ts'
import { done, hashedWorld, run, slot, trash } from '../../../../../test/peers/hashed-world.ts'
import type { Writer } from '../../../handles.ts'

/** More than two scripts take at once, whatever the speed of the machine. */
const count = 1200

describe.each(hashedPeers)('cut off in the middle, for $title', (kind) => {
  const w = hashedWorld(kind)
  const bull = kind.title === 'Bull 4.16'

  /** Jobs that the library added, in the state where a purge finds them. */
  async function fill(state: 'waiting' | 'failed' | 'delayed'): Promise<string[]> {
    const optionsOf = (n: number) => (state === 'delayed' ? { delay: 3_600_000 + n } : {})
    const ids = await Promise.all(Array.from({ length: count }, (_, n) => w.peer.add('ok', { n }, optionsOf(n))))
    if (state !== 'failed') return ids
    const batch = w.redis.multi().del('bull:mail:wait')
    for (const [n, id] of ids.entries()) {
      const at = 1_795_309_650_000 + n
      batch.zadd('bull:mail:failed', at, id).hset(`bull:mail:${id}`, { finishedOn: at, failedReason: 'boom' })
    }
    await batch.exec()
    return ids
  }

  /** A connection that is lost before the script `before` of this name, for the time after `scripts` of them. */
  function losing(name: string, scripts: number): Writer {
    let left = scripts
    return {
      ...w.writer,
      async run(script, keys, args) {
        if (script.name.endsWith(name) && left-- <= 0) throw new Error('connection lost')
        return w.writer.run(script, keys, args)
      },
    }
  }

  /** A run that is cancelled when so many steps are behind it. */
  function stopping(steps: number) {
    const stop = new AbortController()
    let left = steps
    return { ...run, signal: stop.signal, progress: () => void (--left <= 0 && stop.abort()) }
  }

  const idsOf = async (suffix: string) => {
    const key = `bull:mail:${suffix}`
    return (await w.redis.type(key)) === 'list' ? w.redis.lrange(key, 0, -1) : w.redis.zrange(key, 0, '-1')
  }
  /** All but what tells that something happened, and the counter of ids. */
  const dump = async () => {
    const { 'bull:mail:events': _events, 'bull:mail:marker': _marker, ...rest } = await w.dump()
    return rest
  }
  const suffixOf = (state: string) => (state === 'waiting' ? 'wait' : state)
  const stateOf = (state: string) => (state === 'waiting' ? kind.waiting : state)
  const purge = (state: string, writer = w.writer, how = run) =>
    w.frozen(stateOf(state)).then((all) => w.write.purge(writer, w.queue, stateOf(state), all, trash, how))
  const restore = (state: string, writer = w.writer, how = run) =>
    w.write.restore(writer, w.queue, stateOf(state), trash, how)

  it('a retry of all has each job in one place, and goes on from there', async () => {
    const ids = await fill('failed')
    const writer = losing('retry-all', 1)
    const frozen = await w.frozen('failed')
    const all = (how = run, by = w.writer) => w.write.retryAll(by, w.queue, 'failed', frozen, trash, 'reset', how)
    await expect(all(run, writer)).rejects.toThrow('connection lost')
    const left = await w.redis.zcard('bull:mail:failed')
    expect(left).toBeGreaterThan(0)
    expect(left).toBeLessThan(count)
    expect([...(await idsOf('wait')), ...(await idsOf('failed'))].sort()).toEqual([...ids].sort())
    const step = await all(stopping(1))
    const now = await w.redis.zcard('bull:mail:failed')
    expect(step).toEqual({ ...done(count - now), left: now })
    expect(now).toBeLessThan(left)
    // It tells of the whole, whoever did which part.
    expect(await all()).toEqual(done(count))
    expect(await all()).toEqual(done(count))
    // Oldest first, so that they run in the order in which they failed.
    expect((await idsOf('wait')).reverse()).toEqual(ids)
    expect(await w.redis.exists('bull:mail:failed')).toBe(0)
  })

  it('a retry of all takes what failed before it began, once, whatever the clock of the worker says', async () => {
    await fill('failed')
    const writer: Writer = {
      ...w.writer,
      async run(script, keys, args) {
        const reply = await w.writer.run(script, keys, args)
        // A worker of the past: each job fails again at once.
        for (const id of await w.redis.lrange('bull:mail:wait', 0, -1)) {
          await w.redis.multi().zadd('bull:mail:failed', 1, id).lrem('bull:mail:wait', 1, id).exec()
        }
        return reply
      },
    }
    expect(await w.write.retryAll(writer, w.queue, 'failed', await w.frozen('failed'), slot(), 'reset', run)).toEqual(
      done(count),
    )
  })

  it.each(['waiting', 'failed', 'delayed'] as const)(
    'a purge of what is %s loses nothing, and is undone',
    async (state) => {
      await fill(state)
      const before = await dump()
      const script = state === 'failed' ? 'purge-ended' : 'purge-frozen'
      for (const scripts of [0, 2]) {
        await expect(purge(state, losing(script, scripts))).rejects.toThrow('connection lost')
        const removed = await w.redis.llen('sluice:trash:t:items')
        expect(removed > 0).toBe(scripts > 0)
        expect(removed).toBeLessThan(count)
        const rest = state === 'failed' ? await w.redis.zcard('bull:mail:failed') : await size('sluice:trash:t:frozen')
        expect(removed + rest).toBe(count)
        // What was frozen must not expire: nobody else has those ids.
        if (state !== 'failed') expect(await w.redis.pttl('sluice:trash:t:frozen')).toBe(-1)
        if (state !== 'failed') expect(await w.redis.pttl('sluice:trash:t')).toBe(-1)
        if (state !== 'failed' || scripts > 0) expect(await restore(state)).toMatchObject({ exact: true, refused: [] })
        expect(await dump()).toEqual(before)
      }
    },
  )

  it.each(['waiting', 'failed', 'delayed'] as const)(
    'a purge of what is %s that is cancelled leaves the rest',
    async (state) => {
      await fill(state)
      const order = await idsOf(suffixOf(state))
      const before = await dump()
      const step = await purge(state, w.writer, stopping(1))
      const left = count - step.done
      expect(left).toBeGreaterThan(0)
      expect(step).toEqual({ ...done(step.done), left })
      const rest = state === 'waiting' ? order.slice(0, left) : order.slice(step.done)
      expect(await idsOf(suffixOf(state))).toEqual(rest)
      expect(await w.redis.exists('sluice:trash:t:frozen')).toBe(0)
      expect(await w.redis.pttl('sluice:trash:t')).toBeGreaterThan(0)
      if (!bull && state === 'waiting') expect(await w.redis.zrange('bull:mail:marker', 0, '-1')).toEqual(['0'])
      expect(await restore(state)).toMatchObject({ done: step.done, exact: true })
      expect(await dump()).toEqual(before)
    },
  )

  it('a purge that is cancelled before its first step leaves all, and no trash', async () => {
    await fill('waiting')
    const before = await dump()
    expect(await purge('waiting', w.writer, { ...run, signal: AbortSignal.abort() })).toEqual({
      ...done(0),
      left: count,
    })
    expect(await dump()).toEqual(before)
  })

  it.each(['waiting', 'failed', 'delayed'] as const)(
    'an undo for what was %s goes on where it stopped',
    async (state) => {
      const ids = await fill(state)
      const before = await dump()
      expect(await purge(state)).toEqual(done(count))
      // The trash empties itself in the end, all of it.
      const keys = await w.redis.keys('sluice:*')
      const lives = await Promise.all(keys.map((key) => w.redis.pttl(key)))
      expect(Math.min(...lives)).toBeGreaterThan(0)
      await expect(restore(state, losing('restore', 1))).rejects.toThrow('connection lost')
      const inTrash = await w.redis.llen('sluice:trash:t:items')
      expect(inTrash).toBeGreaterThan(0)
      expect(inTrash).toBeLessThan(count)
      const step = await restore(state, w.writer, stopping(2))
      expect(step).toMatchObject({ left: inTrash - step.done, exact: true })
      expect(await w.redis.pttl('sluice:trash:t:items')).toBeGreaterThan(0)
      expect(await restore(state)).toMatchObject({ done: inTrash - step.done, exact: true })
      expect(await w.redis.keys('sluice:*')).toEqual([])
      const kept = await Promise.all(ids.map((id) => w.redis.pttl(`bull:mail:${id}`)))
      expect(new Set(kept)).toEqual(new Set([-1]))
      expect(await dump()).toEqual(before)
      await expect(restore(state)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    },
  )

  it('an undo while jobs are added and taken finds a place near the old one, and says so', async () => {
    const ids = await fill('waiting')
    await purge('waiting')
    await w.peer.add('ok', {})
    expect(await restore('waiting')).toMatchObject({ ...done(count), exact: true })
    expect((await idsOf('wait')).slice(1).reverse()).toEqual(ids)
    const last = ids.at(-1) ?? ''
    const state = kind.waiting
    await w.write.remove(w.writer, w.queue, state, [`${await refOf(last)}`], { ...trash, key: 'sluice:trash:u' })
    await w.redis.ltrim('bull:mail:wait', -3, -1)
    const undone = w.write.restore(w.writer, w.queue, state, { ...trash, key: 'sluice:trash:u' }, run)
    expect(await undone).toMatchObject({ done: 1, exact: false })
    expect((await idsOf('wait'))[0]).toBe(last)
  })

  const refOf = async (id: string) => {
    const [created, data] = await w.redis.hmget(`bull:mail:${id}`, 'timestamp', 'data')
    expect(data).toBeTruthy()
    return `${kind.waiting}:${created}::${id}`
  }
  const size = async (key: string) => ((await w.redis.type(key)) === 'list' ? w.redis.llen(key) : w.redis.zcard(key))
})
