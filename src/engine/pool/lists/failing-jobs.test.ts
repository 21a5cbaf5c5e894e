import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { config, job, stageListPool } from '../../../../test/list-pool-stage.ts'
import { eventually, quick } from '../../../../test/pool.ts'
import { type Handler, HandlerError } from '../handler.ts'
import { layoutOfPool } from './layout.ts'

const on = stageListPool()
const { pool, push, letters, idle } = on

/** No beat comes to the help of a worker that missed a moment. */
const beatless = { ...quick, leaseMs: 300_000, beatMs: 300_000 }

describe('a job that fails', () => {
  it('is tried again as often as it may be, then becomes a dead letter with every other byte as it was', async () => {
    const payload = '{ "id":"1", "n":9007199254740993,"u":"\\u00e9é", "attempts":0 , "data":{"attempts":7}}'
    await push(payload)
    const tries: number[] = []
    const workers = pool(async (_job, { attempt }) => {
      tries.push(attempt)
      throw new Error('no "luck"')
    })
    await workers.start()
    await eventually('dead', () => workers.dead === 1)
    expect(tries).toEqual([1, 2, 3])
    expect(workers.retried).toBe(2)
    const [letter] = await letters()
    const text = String(letter)
    expect(JSON.parse(text).failedAt).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
    expect(text.replace(/,"failedAt":"[^"]*"/, '')).toBe(
      `${payload.replace('"attempts":0', '"attempts":3').slice(0, -1)},"error":"no \\"luck\\""}`,
    )
    expect(await on.redis.client.hgetall('queue:email:stats')).toEqual({ retried: '2', dead: '1' })
  })

  it('waits as the back-off says, and as long as the other side asks', async () => {
    const due = async (handler: Handler, payload: string) => {
      await push(payload)
      const workers = pool(handler, { config: { ...config, backoff: { kind: 'given', delaysMs: [60_000, 120_000] } } })
      await workers.start()
      await eventually('retried', () => workers.retried === 1)
      await workers.stop()
      const [seconds, micros] = await on.redis.client.time()
      const [, score] = await on.redis.client.zrange('queue:email:delayed', '0', '0', 'WITHSCORES')
      await on.redis.client.del('queue:email:delayed')
      return (Number(score) - (Number(seconds) * 1000 + Number(micros) / 1000)) / 1000
    }
    const fails: Handler = async () => {
      throw new Error('x')
    }
    const limited: Handler = async () => {
      throw new HandlerError('slow down', { retryable: true, retryAfterMs: 7_000_000 })
    }
    expect(await due(fails, '{"id":"1"}')).toBeCloseTo(60, -1)
    expect(await due(fails, '{"id":"1","attempts":1}')).toBeCloseTo(120, -1)
    expect(await due(limited, '{"id":"1"}')).toBeCloseTo(7000, -2)
  })

  it('is tried again on time, whether or not the worker was about to take more', async () => {
    const tries: number[] = []
    const workers = pool(
      async (_job, { attempt }) => {
        if (tries.push(attempt) % 2 === 1) throw new Error('x')
      },
      { timing: beatless },
    )
    await push(job('1'))
    await workers.start()
    await eventually('tried again while idle', () => workers.done === 1)
    await idle()
    await push(job('2'))
    await eventually('tried again after it came to an idle worker', () => workers.done === 2)
    expect(tries).toEqual([1, 2, 1, 2])
  })

  it('is tried again on time, at whatever moment of what the worker does its time comes', async () => {
    const workers = pool(async () => {}, { timing: beatless })
    await workers.start()
    const { delayed } = layoutOfPool(config)
    const real = performance.now.bind(performance)
    // On a machine so busy that all takes its time, every moment is hit.
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => {
      const from = real()
      while (real() < from + 4) {}
      return real()
    })
    onTestFinished(() => clock.mockRestore())
    for (let round = 1; round <= 15; round++) {
      await on.redis.client.zadd(delayed, Date.now() + 3 * round, job(String(round)))
      workers.wake()
      await eventually(`${3 * round} ms later`, () => workers.done === round)
    }
  })

  it('goes straight to the dead letters when trying again cannot help', async () => {
    await push(job('1'))
    const workers = pool(async () => {
      throw new HandlerError('gone', { retryable: false })
    })
    await workers.start()
    await eventually('dead', () => workers.dead === 1)
    expect(JSON.parse(String((await letters())[0]))).toMatchObject({ id: '1', attempts: 1, error: 'gone' })
  })

  it('never merges with its equals: 60 equal jobs make 180 tries and 60 dead letters', async () => {
    await push(...Array.from({ length: 60 }, () => job('same')))
    let tries = 0
    const workers = pool(
      async () => {
        tries++
        throw new Error('x')
      },
      { concurrency: 16 },
    )
    await workers.start()
    await eventually('all dead', () => workers.dead === 60)
    expect(tries).toBe(180)
    expect(await letters()).toHaveLength(60)
    expect(await on.redis.client.exists('queue:email:processing', 'queue:email:twins', 'queue:email:delayed')).toBe(0)
  })

  it('is failed when it takes too long, even when the handler does not care', async () => {
    await push(job('1', ',"x":1'))
    const workers = pool(() => new Promise(() => {}), {
      timing: { ...quick, jobTimeoutMs: 50 },
      config: { ...config, maxAttempts: 1 },
    })
    await workers.start()
    await eventually('dead', () => workers.dead === 1)
    expect(JSON.parse(String((await letters())[0])).error).toBe('The job took longer than 0.05 s.')
  })
})
