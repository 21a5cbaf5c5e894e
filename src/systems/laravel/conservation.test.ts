import fc from 'fast-check'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freeRun } from '../../../test/free-run.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { testWriter } from '../../../test/writer.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Writer } from '../handles.ts'
import type { TrashSlot, WriteActions } from '../system.ts'
import { laravel } from './index.ts'
import { keyOfState, notifyKey, type StateId, stateTypes } from './keys.ts'

const queues = ['mail', 'later'].map((name): QueueRef => ({ system: 'laravel', prefix: 'shop_database_', name }))
const write = laravel.write as Required<WriteActions>
const states = Object.keys(stateTypes) as StateId[]

const frozen = (queue: QueueRef, state: string) => laravel.freeze(writer, queue, state)
let server: TestRedis
let redis: Redis
let writer: Writer

beforeAll(async () => {
  server = await startRedis()
  redis = server.client
  writer = testWriter(redis)
})
afterAll(() => server?.stop())

interface Step {
  readonly act:
    | 'push'
    | 'remove'
    | 'purge'
    | 'restore'
    | 'move'
    | 'promote'
    | 'retry'
    | 'retryAll'
    | 'reschedule'
    | 'work'
  readonly queue: 0 | 1
  readonly state: StateId
  readonly picks: readonly number[]
}

const step: fc.Arbitrary<Step> = fc.record({
  act: fc.constantFrom(
    ...([
      'push',
      'push',
      'remove',
      'purge',
      'restore',
      'move',
      'promote',
      'retry',
      'retryAll',
      'reschedule',
      'work',
    ] as const),
  ),
  queue: fc.constantFrom(0 as const, 1 as const),
  state: fc.constantFrom(...states),
  picks: fc.array(fc.nat(6), { minLength: 1, maxLength: 4 }),
})

it('neither loses nor doubles a job, nor a wake-up, nor touches a held job, whatever is done in whatever order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      await redis.flushall()
      const now = Number((await redis.time())[0])
      let entries = 0
      const made = new Set<string>()
      const ran = new Set<string>()
      const held: string[] = []
      const trashes: { queue: QueueRef; state: StateId; slot: TrashSlot }[] = []

      for (const { act, queue: at, state, picks } of steps) {
        const queue = queues[at] as QueueRef
        const other = queues[1 - at] as QueueRef
        const key = keyOfState(queue, state)
        const { jobs } = await laravel.page(writer, queue, state, { offset: 0, limit: 20 })
        const refs = picks.flatMap((pick) => jobs[pick]?.ref ?? [])
        const slot = { key: `sluice:trash:${++entries}`, ttlMs: 60_000 }
        const kept = () => {
          trashes.push({ queue, state, slot })
          return slot
        }
        if (act === 'push') {
          for (const pick of picks) {
            const payload = `{"job":"A@b","uuid":"${made.size}","attempts":0}`
            made.add(payload)
            // Every third job of `reserved` is one that a worker holds.
            const mine = state === 'reserved' && pick % 3 === 0
            if (mine) held.push(payload)
            if (state !== 'ready')
              await redis.zadd(key, mine || state === 'delayed' ? now + 900 + pick : now - 900, payload)
            else await redis.multi().rpush(key, payload).rpush(notifyKey(queue), '1').exec()
          }
        } else if (act === 'work') {
          const [, first] = (await redis.multi().lpop(notifyKey(queue)).lpop(keyOfState(queue, 'ready')).exec()) ?? []
          if (typeof first?.[1] === 'string') ran.add(first[1])
        } else if (act === 'remove') {
          await write.remove(writer, queue, state, refs, kept())
        } else if (act === 'purge') {
          await write.purge(writer, queue, state, await frozen(queue, state), kept(), freeRun)
        } else if (act === 'restore') {
          const last = trashes.pop()
          if (last && (await redis.exists(last.slot.key)))
            await write.restore(writer, last.queue, last.state, last.slot, freeRun)
        } else if (act === 'move' && state !== 'reserved') await write.move(writer, queue, state, refs, other, kept())
        else if (act === 'promote') await write.promote(writer, queue, 'delayed', refs)
        else if (act === 'retry' && state === 'reserved') await write.retry(writer, queue, state, refs, 'keep', kept())
        else if (act === 'retryAll' && state === 'reserved')
          await write.retryAll(writer, queue, state, await frozen(queue, state), kept(), 'keep', freeRun)
        else if (act === 'reschedule') await write.reschedule(writer, queue, 'delayed', refs, (now + 5000) * 1000)
      }

      for (const queue of queues) {
        expect(await redis.llen(notifyKey(queue))).toBe(await redis.llen(keyOfState(queue, 'ready')))
      }
      const reserved = (
        await Promise.all(queues.map((queue) => redis.zrange(keyOfState(queue, 'reserved'), 0, '-1')))
      ).flat()
      for (const payload of held) expect(reserved).toContain(payload)
      for (const { queue, state, slot } of trashes.reverse()) {
        if (await redis.exists(slot.key)) await write.restore(writer, queue, state, slot, freeRun)
      }
      const left = await Promise.all(
        queues.flatMap((queue) =>
          states.map((state) => {
            const key = keyOfState(queue, state)
            return state === 'ready' ? redis.lrange(key, 0, -1) : redis.zrange(key, 0, '-1')
          }),
        ),
      )
      expect([...left.flat(), ...ran].sort()).toEqual([...made].sort())
      expect(await redis.keys('sluice:*')).toEqual([])
    }),
    { numRuns: 150 },
  )
})
