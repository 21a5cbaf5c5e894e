import type { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { countingReader, testReader } from '../../../test/reader.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { type JobPage, jobDetailSchema, jobPageSchema } from '../../domain/job.ts'
import { actions, type QueueRef, queueKey } from '../../domain/queue.ts'
import type { Reader } from '../handles.ts'
import { methodOf } from '../registry.ts'
import type { Hints, QueueSystem, Reading } from '../system.ts'
import { acts } from './acts.ts'
import { growth } from './cost.ts'
import { seedForeignKeys, seenKeys, writeCalls } from './keyspace.ts'
import { badPayloads } from './payloads.ts'

/** What `arrange` put into Redis: every queue that must be found, with the jobs in each of its states (0 may be left out). */
export interface Expected {
  readonly queue: QueueRef
  readonly states: Readonly<Partial<Record<string, number>>>
}

/** What the suite needs to know of a system to judge it. */
export interface Fixture {
  /** Fills an empty database with believable queues of this system, several of them. */
  arrange(redis: Redis): Promise<Expected[]>
  /** The ref of a queue with this name (or, where names are fixed, with this prefix). Writes nothing. */
  queueNamed(name: string): QueueRef
  /** A payload of a healthy job; `n` makes it differ from others. */
  payload(n: number, state: string): string
  /**
   * Puts one job with exactly these payload bytes into a state, behind those that were put before in the order of
   * pages or in front of all of them. Returns the state where the job is found when that is not `state`.
   */
  put(redis: Redis, queue: QueueRef, state: string, payload: Buffer): Promise<string | undefined>
  /** States that `put` can fill; all that are counted by default. */
  readonly fillable?: readonly string[]
  /** Queue names that must work; the suite's awkward ones by default. */
  readonly names?: readonly string[]
  /** What a person set by hand for `arrange`; nothing by default. */
  readonly hints?: Hints
  /** Payloads on which this system cannot know that they are not JSON, because it does not use JSON there. */
  readonly payloadIsFreeText?: boolean
  /** What the docs of the methods claim: commands a queue in `sample`, most round trips of `page` and of `job`. */
  readonly cost: { sampleCommands: number | ((queues: number) => number); pageTrips: number; jobTrips: number }
}

const noHints: Hints = { queues: [], trackedPrefix: '' }

/** Names that people and frameworks give to queues, and some that nobody should. */
export const awkwardNames: readonly string[] = [
  'plain',
  'with:colons:inside',
  'with space',
  'صف‌ایمیل',
  'balloon🎈',
  'line\nbreak\ttab\u0001control',
  'glob*[a-z]?^',
  '{tag}',
  '%41/slash\\',
]

/**
 * Registers the tests that say what a queue system is, against a real redis-server: it finds its queues and no others,
 * counts in one pipeline, pages without reading more than the page, opens what it lists, survives bad data, and never
 * writes while it reads.
 */
export function conformance(system: QueueSystem, fixture: Fixture): void {
  const hints = fixture.hints ?? noHints
  /** Views are not counted, and nothing is put into them. */
  const counted = system.states.filter(({ uncounted }) => uncounted !== true)
  const fillable = fixture.fillable ?? counted.map((state) => state.id)

  describe(`${system.label} is a queue system`, () => {
    let server: TestRedis
    let redis: Redis
    let reader: Reader

    beforeAll(async () => {
      server = await startRedis()
      redis = server.client
      reader = testReader(redis)
    })
    afterAll(() => server?.stop())
    beforeEach(() => redis.flushall())

    /** As discovery does it: only keys that the system wants reach it. */
    const detect = async (by = reader, hints = noHints) => {
      const keys = await seenKeys(redis)
      return system.detect(
        keys.filter((key) => system.wants?.(key, hints) ?? true),
        hints,
        by,
      )
    }

    async function sample(queues: readonly QueueRef[]): Promise<Reading[]> {
      const plan = system.sample(queues)
      return plan.read(await reader.pipeline(plan.commands), Date.now())
    }

    /** Puts `count` healthy jobs into a state; returns the payloads. */
    async function fill(queue: QueueRef, state: string, count: number, from = 0): Promise<string[]> {
      const payloads = Array.from({ length: count }, (_, n) => fixture.payload(from + n, state))
      for (const payload of payloads) await fixture.put(redis, queue, state, Buffer.from(payload))
      return payloads
    }

    async function page(queue: QueueRef, state: string, offset = 0, limit = 50, by = reader): Promise<JobPage> {
      return jobPageSchema.strict().parse(await system.page(by, queue, state, { offset, limit }))
    }

    describe('finding', () => {
      it('names its queues, says why, and asks at most one pipeline', async () => {
        const expected = await fixture.arrange(redis)
        await seedForeignKeys(redis, system.id)
        const counting = countingReader(reader)
        const found = await detect(counting, hints)
        expect(found.map(({ queue }) => queueKey(queue)).sort()).toEqual(
          expected.map(({ queue }) => queueKey(queue)).sort(),
        )
        for (const { queue, evidence } of found) {
          expect(queue.system).toBe(system.id)
          expect(evidence.trim()).not.toBe('')
        }
        expect(counting.trips).toBeLessThanOrEqual(1)
      })

      it('claims nothing of a keyspace that other programs filled', async () => {
        await seedForeignKeys(redis, system.id)
        expect(await detect()).toEqual([])
      })

      it('finds nothing in an empty database without asking Redis', async () => {
        const counting = countingReader(reader)
        expect(await system.detect([], noHints, counting)).toEqual([])
        expect(counting.trips).toBe(0)
      })

      it.each(fixture.names ?? awkwardNames)('finds, counts and pages a queue named %j', async (name) => {
        const queue = fixture.queueNamed(name)
        for (const state of fillable) await fill(queue, state, 1)
        expect((await detect()).map((found) => queueKey(found.queue))).toEqual([queueKey(queue)])
        const [reading] = await sample([queue])
        for (const state of fillable) {
          expect(reading?.states[state], state).toBe(1)
          const { jobs } = await page(queue, state)
          expect(jobs, state).toHaveLength(1)
          expect(await system.job(reader, queue, state, jobs[0]?.ref ?? '', false), state).not.toBeNull()
        }
      })
    })

    describe('counting', () => {
      it('counts every state of all queues in one pipeline, with as many commands as it says', async () => {
        const expected = await fixture.arrange(redis)
        const queues = expected.map(({ queue }) => queue)
        const plan = system.sample(queues)
        const { sampleCommands } = fixture.cost
        const wantedCommands =
          typeof sampleCommands === 'function' ? sampleCommands(queues.length) : queues.length * sampleCommands
        expect(plan.commands).toHaveLength(wantedCommands)
        const readings = plan.read(await reader.pipeline(plan.commands), Date.now())
        expect(readings.map(({ queue }) => queue)).toEqual(queues)
        for (const [i, { queue, states }] of expected.entries()) {
          const wanted = Object.fromEntries(counted.map(({ id }) => [id, states[id] ?? 0]))
          expect(readings[i]?.states, queueKey(queue)).toEqual(wanted)
          expect(readings[i]?.problem, queueKey(queue)).toBeNull()
        }
      })

      it('costs the same whatever the size of a queue', async () => {
        const queue = fixture.queueNamed('growing')
        for (const command of system.sample([queue]).commands) expect(growth(command)).toBeNull()
        const bytes: number[] = []
        for (const size of [5, 40]) {
          for (const state of fillable) await fill(queue, state, size, size)
          const counting = countingReader(reader)
          const plan = system.sample([queue])
          plan.read(await counting.pipeline(plan.commands), Date.now())
          bytes.push(counting.bytes)
        }
        expect(bytes[1]).toBeLessThanOrEqual((bytes[0] ?? 0) + 100)
      })

      it('counts nothing, without a problem, where no key exists', async () => {
        const [reading] = await sample([fixture.queueNamed('empty')])
        expect(Object.values(reading?.states ?? {})).toEqual(counted.map(() => 0))
        expect(reading?.problem).toBeNull()
        expect(system.sample([]).read([], Date.now())).toEqual([])
      })

      it('turns failed and senseless replies into a problem, never into an exception', () => {
        const queues = [fixture.queueNamed('a'), fixture.queueNamed('b')]
        const { commands, read } = system.sample(queues)
        const odd = [null, -1, [], [[]], [null, [1]], Buffer.from('\u0000{]'), Buffer.alloc(0)]
        for (const reply of odd)
          expect(
            read(
              commands.map(() => reply),
              0,
            ),
          ).toHaveLength(2)
        expect(read([], 0)).toHaveLength(2)
        for (const text of ['WRONGTYPE Operation against a key', 'NOPERM this user has no permissions', 'LOADING']) {
          for (const reading of read(
            commands.map(() => new Error(text)),
            0,
          ))
            expect(reading.problem, text).toMatch(/\S/)
        }
      })

      it('says so when a key has the wrong type, and still counts the other queues', async () => {
        const expected = await fixture.arrange(redis)
        const [first, ...rest] = expected.map(({ queue }) => queue)
        if (first === undefined) throw new Error('the fixture arranged nothing')
        const key = system.keysOf(first)[0]?.key ?? ''
        await spoil(redis, key)
        const readings = await sample([first, ...rest])
        expect(readings[0]?.problem).toMatch(/\S/)
        for (const reading of readings.slice(1)) expect(reading.problem).toBeNull()
      })
    })

    describe('paging', () => {
      it.each(fillable)('pages %s without gaps or repeats, up to and past the end', async (state) => {
        const queue = fixture.queueNamed('paged')
        await fill(queue, state, 25)
        const refs: string[] = []
        for (const [offset, length] of [
          [0, 10],
          [10, 10],
          [20, 5],
          [25, 0],
          [4000, 0],
        ] as const) {
          const { jobs, total, offset: at } = await page(queue, state, offset, 10)
          expect([jobs.length, total, at]).toEqual([length, 25, offset])
          refs.push(...jobs.map(({ ref }) => ref))
        }
        expect(new Set(refs).size).toBe(25)
        const middle = await page(queue, state, 7, 3)
        expect(middle.jobs.map(({ ref }) => ref)).toEqual(refs.slice(7, 10))
        expect(await page(queue, state, 7, 3)).toEqual(middle)
        for (const job of middle.jobs) expect(job.state).toBe(state)
      })

      it.each(fillable)('reads no more of %s than the page', async (state) => {
        const queue = fixture.queueNamed('long')
        const read: number[] = []
        for (const size of [10, 60]) {
          await fill(queue, state, size, size)
          const counting = countingReader(reader)
          const { jobs } = await page(queue, state, 2, 5, counting)
          expect(jobs).toHaveLength(5)
          expect(counting.trips).toBeLessThanOrEqual(fixture.cost.pageTrips)
          read.push(counting.bytes)
        }
        expect(read[1]).toBeLessThanOrEqual((read[0] ?? 0) * 1.2 + 100)
      })

      it('gives an empty page where no key exists', async () => {
        for (const { id } of system.states) {
          expect(await page(fixture.queueNamed('empty'), id)).toMatchObject({ total: 0, jobs: [], offset: 0 })
        }
      })
    })

    describe('opening', () => {
      it.each(fillable)('opens each job that it lists as %s, with the payload as stored', async (state) => {
        const queue = fixture.queueNamed('opened')
        const payloads = await fill(queue, state, 5)
        const { jobs } = await page(queue, state)
        const opened: string[] = []
        for (const job of jobs) {
          const counting = countingReader(reader)
          const detail = jobDetailSchema.strict().parse(await system.job(counting, queue, state, job.ref, false))
          expect(counting.trips).toBeLessThanOrEqual(fixture.cost.jobTrips)
          expect(detail).toMatchObject({ ref: job.ref, id: job.id, name: job.name, state, bytes: job.bytes })
          opened.push(detail.payload.text)
        }
        expect(opened.sort()).toEqual([...payloads].sort())
      })

      it('gives null for what is not a ref and for a job that left', async () => {
        const queue = fixture.queueNamed('gone')
        for (const state of fillable) await fill(queue, state, 1)
        for (const state of fillable) {
          const ref = (await page(queue, state)).jobs[0]?.ref ?? ''
          for (const nonsense of ['', 'x', '{}', '0', '999:zzz', `${ref}~`, '\u0000', '[1,2', 'صف']) {
            expect(await system.job(reader, queue, state, nonsense, false), nonsense).toBeNull()
          }
          await redis.flushall()
          expect(await system.job(reader, queue, state, ref, false)).toBeNull()
          for (const each of fillable) await fill(queue, each, 1)
        }
      })
    })

    describe('bad data', () => {
      for (const { what, bytes, badge } of badPayloads) {
        it(`lists and opens a job that holds ${what}`, async () => {
          const queue = fixture.queueNamed('bad')
          for (const wanted of fillable) {
            const state = (await fixture.put(redis, queue, wanted, bytes)) ?? wanted
            const { jobs } = await page(queue, state)
            const row = jobs[0]
            expect(jobs, state).toHaveLength(1)
            if (badge !== null && !(badge === 'invalid-json' && fixture.payloadIsFreeText)) {
              expect(row?.badges, state).toContain(badge)
            }
            const detail = jobDetailSchema.parse(await system.job(reader, queue, state, row?.ref ?? '', true))
            const stored = Buffer.from(detail.payload.text, detail.payload.encoding)
            expect(stored.equals(bytes), state).toBe(true)
            expect(detail.badges).toEqual(row?.badges)
            await redis.flushall()
          }
        })
      }

      it('tells jobs with the same bytes apart', async () => {
        const queue = fixture.queueNamed('twins')
        for (const state of fillable) {
          await fill(queue, state, 1)
          await fill(queue, state, 1)
          const { jobs, total } = await page(queue, state)
          expect(jobs, state).toHaveLength(total)
          expect(new Set(jobs.map(({ ref }) => ref)).size, state).toBe(total)
          for (const { ref } of jobs) {
            expect((await system.job(reader, queue, state, ref, false))?.ref, state).toBe(ref)
          }
        }
      })

      it('lists a payload of 10 MB in few bytes, opens its beginning, and all of it on request', async () => {
        const queue = fixture.queueNamed('large')
        const bytes = Buffer.from(
          `${fixture.payload(1, fillable[0] ?? '').replace(/\}$/, '')},"blob":"${'x'.repeat(10e6)}"}`,
        )
        for (const wanted of fillable.slice(0, 2)) {
          const state = (await fixture.put(redis, queue, wanted, bytes)) ?? wanted
          const counting = countingReader(reader)
          const row = (await page(queue, state, 0, 10, counting)).jobs[0]
          expect(row?.badges).toContain('large')
          expect(row?.bytes).toBe(bytes.length)
          expect(row?.preview.length).toBeLessThan(2000)
          expect(counting.bytes).toBeLessThan(100_000)
          const cut = await system.job(counting, queue, state, row?.ref ?? '', false)
          expect(cut?.payload).toMatchObject({ truncated: true, bytes: bytes.length })
          expect(counting.bytes).toBeLessThan(1_000_000)
          const whole = await system.job(reader, queue, state, row?.ref ?? '', true)
          expect(whole?.payload.truncated).toBe(false)
          expect(whole?.payload.text === bytes.toString()).toBe(true)
          await redis.flushall()
        }
      })

      it('shows keys of the wrong type as such', async () => {
        const queue = fixture.queueNamed('spoiled')
        for (const { key, state } of system.keysOf(queue)) {
          await spoil(redis, key)
          if (!system.states.some(({ id }) => id === state)) continue
          const { jobs, partial } = await page(queue, state)
          expect(jobs.some(({ badges }) => badges.includes('wrong-type')) || partial !== null, key).toBe(true)
          for (const ref of ['x', '0', ...jobs.map((job) => job.ref)]) {
            await system.job(reader, queue, state, ref, false) // may be null, must not throw
          }
          await detect()
        }
      })
    })

    it('issues no write command while it finds, counts, pages and opens', async () => {
      const expected = await fixture.arrange(redis)
      const before = await writeCalls(redis)
      await detect()
      await sample(expected.map(({ queue }) => queue))
      let opened = 0
      for (const { queue } of expected) {
        for (const { id } of system.states) {
          for (const { ref } of (await page(queue, id)).jobs) {
            await system.job(reader, queue, id, ref, true)
            opened++
          }
        }
        await system.jobKeys?.(reader, queue, 5)
      }
      expect(opened).toBeGreaterThan(0)
      expect(await writeCalls(redis)).toEqual(before)
    })

    it('gives a reason, in a sentence, for everything that it cannot do', () => {
      for (const state of system.states) {
        for (const action of actions) {
          if (system.write?.[methodOf[action]] !== undefined) continue
          expect(state.cannot[action], `${state.id}: ${action}`).toMatch(/^\p{Lu}.{10,}\.$/su)
        }
      }
    })
  })

  acts(system, fixture)
}

/** Replaces a key by one of a type that no queue system uses there. */
async function spoil(redis: Redis, key: string): Promise<void> {
  const type = await redis.type(key)
  await redis.del(key)
  if (type === 'stream') await redis.set(key, 'spoiled')
  else await redis.xadd(key, '*', 'spoiled', 'yes')
}
