import fc from 'fast-check'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { countingReader, testReader } from '../../../../test/reader.ts'
import { startRedis, type TestRedis } from '../../../../test/redis.ts'
import type { Reader, Reply } from '../../handles.ts'
import { scanList } from './scan-list.ts'
import { scanSet } from './scan-set.ts'
import { scanSortedSet } from './scan-sorted-set.ts'

const runs = Number(process.env.SCAN_RUNS ?? 60)

/** What others do between two steps of a walk. */
type Change =
  | { do: 'pop' | 'push' | 'unshift'; count: number }
  | { do: 'cut'; at: number; count: number }
  | { do: 'taken' }

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ do: fc.constantFrom('pop', 'push', 'unshift'), count: fc.nat(60) }),
  fc.record({ do: fc.constant('cut' as const), at: fc.nat(400), count: fc.nat(20) }),
  fc.record({ do: fc.constant('taken' as const) }),
)

describe('walks over elements that are jobs', () => {
  let server: TestRedis
  let redis: Redis

  beforeAll(async () => {
    server = await startRedis()
    redis = server.client
  })
  afterAll(() => server?.stop())
  beforeEach(() => redis.flushall())

  it('tells each job of a list that stays exactly once, whatever arrives and leaves', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 400 }),
        fc.integer({ min: 1, max: 50 }),
        fc.boolean(),
        fc.array(fc.array(change, { maxLength: 3 }), { maxLength: 20 }),
        async (length, chunk, atHead, given) => {
          const rounds = [...given]
          await redis.del('jobs')
          const first = Array.from({ length }, (_, i) => `job ${i}`)
          if (length > 0) await redis.rpush('jobs', ...first)
          let made = 0
          const told: string[] = []
          for await (const { elements } of scanList(testReader(redis), 'jobs', chunk)) {
            const now = elements.map(String)
            told.push(...now)
            for (const step of rounds.shift() ?? []) {
              // Either jobs are put at the head, or what was told may leave altogether: see scanList on both at once.
              if (atHead ? step.do === 'pop' || step.do === 'taken' : step.do === 'unshift') continue
              const news = () => `new ${made++}`
              if (step.do === 'pop') await redis.lpop('jobs', step.count)
              else if (step.do === 'taken') for (const job of now) await redis.lrem('jobs', 1, job)
              else if (step.do === 'cut') {
                // Where all that was told left, and the last one too, nothing says where the walk was to end.
                for (const job of await redis.lrange('jobs', step.at, step.at + (atHead ? 2 : step.count)))
                  if (job !== first.at(-1)) await redis.lrem('jobs', 1, job)
              } else if (step.count > 0) {
                const jobs = Array.from({ length: step.count }, news)
                await (step.do === 'push' ? redis.rpush('jobs', ...jobs) : redis.lpush('jobs', ...jobs))
              }
            }
          }
          const stayed = (await redis.lrange('jobs', 0, -1)).filter((job) => job.startsWith('job'))
          expect(new Set(told).size).toBe(told.length)
          expect(stayed.filter((job) => !told.includes(job))).toEqual([])
          expect(told.filter((job) => job.startsWith('job')).length).toBeLessThanOrEqual(length)
        },
      ),
      { numRuns: runs },
    )
  })

  it('tells twins as often as they are there, each under a place of its own', async () => {
    const letters = fc.constantFrom('a', 'b', 'c')
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof({ weight: 3, arbitrary: fc.integer().map(String) }, { weight: 1, arbitrary: letters }), {
          maxLength: 200,
        }),
        fc.integer({ min: 8, max: 30 }),
        fc.array(fc.nat(6), { maxLength: 20 }),
        async (jobs, chunk, given) => {
          const pops = [...given]
          await redis.del('jobs')
          if (jobs.length > 0) await redis.rpush('jobs', ...jobs)
          const told: string[] = []
          const refs: string[] = []
          for await (const { elements, place } of scanList(testReader(redis), 'jobs', chunk)) {
            told.push(...elements.map(String))
            refs.push(...elements.map((bytes, i) => `${place(i)}:${bytes}`))
            await redis.lpop('jobs', pops.shift() ?? 0)
          }
          const count = (list: readonly string[], job: string) => list.filter((other) => other === job).length
          const stayed = await redis.lrange('jobs', 0, -1)
          for (const job of new Set(jobs)) {
            expect(count(told, job)).toBeGreaterThanOrEqual(count(stayed, job))
            expect(count(told, job)).toBeLessThanOrEqual(count(jobs, job))
          }
          expect(new Set(refs).size).toBe(refs.length)
        },
      ),
      { numRuns: runs },
    )
  })

  it('walks a list of nothing but twins whole', async () => {
    await redis.rpush('jobs', ...Array.from({ length: 1000 }, () => '{"task":"ping"}'))
    let told = 0
    for await (const { elements } of scanList(testReader(redis), 'jobs', 100)) told += elements.length
    expect(told).toBe(1000)
  })

  it('walks from the tail, where arrivals at the head move nothing', async () => {
    await redis.rpush('jobs', ...Array.from({ length: 100 }, (_, i) => `job ${i}`))
    const reader = countingReader(testReader(redis))
    const told: string[] = []
    for await (const { elements } of scanList(reader, 'jobs', 16, 'tail')) {
      told.push(...elements.map(String))
      await redis.lpush('jobs', 'new')
    }
    expect(told).toEqual(Array.from({ length: 100 }, (_, i) => `job ${99 - i}`))
    expect(reader.trips).toBe(2 + 7)
  })

  it('tells each member of a sorted set that stays exactly once, also among equal scores', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 400 })), { maxLength: 300 }),
        fc.integer({ min: 1, max: 40 }),
        fc.array(
          fc.record({
            gone: fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 60 }),
            come: fc.array(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.nat(400)), { maxLength: 30 }),
          }),
          { maxLength: 15 },
        ),
        async (members, chunk, given) => {
          const rounds = [...given]
          await redis.del('jobs')
          for (const [score, name] of members) await redis.zadd('jobs', score, `job ${name}`)
          const told: string[] = []
          for await (const step of scanSortedSet(testReader(redis), 'jobs', chunk)) {
            told.push(...step.members.map(({ bytes }) => bytes.toString()))
            const { gone, come } = rounds.shift() ?? { gone: [], come: [] }
            for (const name of gone) await redis.zrem('jobs', `job ${name}`)
            for (const [score, name] of come) await redis.zadd('jobs', score, `new ${name}-${told.length}`)
          }
          const stayed = (await redis.zrange('jobs', 0, '-1')).filter((job) => job.startsWith('job'))
          expect(new Set(told).size).toBe(told.length)
          expect(stayed.filter((job) => !told.includes(job))).toEqual([])
        },
      ),
      { numRuns: runs },
    )
  })

  it('takes infinite scores', async () => {
    await redis.zadd('jobs', '+inf', 'last')
    await redis.zadd('jobs', '-inf', 'first')
    await redis.zadd('jobs', 1.5, 'middle')
    const told: unknown[] = []
    for await (const { members } of scanSortedSet(testReader(redis), 'jobs', 1))
      told.push(...members.map(({ score }) => score))
    expect(told).toEqual([Number.NEGATIVE_INFINITY, 1.5, Number.POSITIVE_INFINITY])
  })

  it('gives twins unlike places also where one comes to stand where the other was told', async () => {
    const jobs = Array.from({ length: 20 }, (_, i) => (i === 5 || i === 8 ? 'twin' : `job ${i}`))
    await redis.rpush('jobs', ...jobs)
    const refs: string[] = []
    for await (const { elements, place } of scanList(testReader(redis), 'jobs', 8)) {
      refs.push(...elements.map((bytes, i) => `${place(i)}:${bytes}`))
      if (refs.length === 8) await redis.lpop('jobs', 3)
    }
    expect(refs.filter((ref) => ref.endsWith('twin'))).toEqual(['5:twin', '6:twin'])
    expect(new Set(refs).size).toBe(20)
  })

  it('tells each member of a set once while it shrinks, also where Redis gives some again', async () => {
    await redis.sadd('jobs', ...Array.from({ length: 3000 }, (_, i) => `job ${i}`))
    const inner = testReader(redis)
    let before: Reply[] = []
    // Redis may give members again when its table becomes smaller, but does so at times of its own.
    const again: Reader = {
      ...inner,
      async call(...command) {
        const reply = await inner.call(...command)
        if (command[0] !== 'SSCAN' || !Array.isArray(reply)) return reply
        const members = reply[1] as Reply[]
        const repeated = [reply[0] as Reply, [...members, ...before]]
        before = members
        return repeated
      },
    }
    const told: string[] = []
    let gone = 0
    for await (const { members, behind } of scanSet(again, 'jobs', 50)) {
      told.push(...members.map(String))
      expect(behind).toBe(told.length)
      await redis.srem('jobs', ...Array.from({ length: 45 }, () => `job ${gone++}`))
    }
    expect(new Set(told).size).toBe(told.length)
    const stayed = await redis.smembers('jobs')
    expect(stayed.filter((job) => !told.includes(job))).toEqual([])
  })

  it('asks for few at a time where jobs are large, and for many where they are small', async () => {
    await redis.rpush('jobs', ...Array.from({ length: 20 }, (_, i) => String(i).repeat(400_000)))
    await redis.rpush('small', ...Array.from({ length: 5000 }, (_, i) => `job ${i}`))
    const sizes: number[] = []
    for await (const { elements } of scanList(testReader(redis), 'jobs', 1000)) sizes.push(elements.length)
    expect(Math.max(...sizes.slice(1))).toBeLessThanOrEqual(2)
    const reader = countingReader(testReader(redis))
    for await (const _ of scanList(reader, 'small', 1000));
    expect(reader.trips).toBeLessThan(12)
  })
})
