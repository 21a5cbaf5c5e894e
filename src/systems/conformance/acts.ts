import type { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { freeRun } from '../../../test/free-run.ts'
import { startRedis } from '../../../test/redis.ts'
import { testWriter } from '../../../test/writer.ts'
import { SluiceError } from '../../domain/errors.ts'
import type { Action, QueueRef } from '../../domain/queue.ts'
import type { Writer } from '../handles.ts'
import type { QueueSystem, StepOutcome, TrashSlot, WriteActions } from '../system.ts'
import type { Fixture } from './conformance.ts'

/** Where a system is judged: on a Redis of its own, unless somebody says otherwise. */
export interface Place {
  start(): Promise<{ readonly client: Redis; readonly writer: Writer; stop(): Promise<void> }>
  /** The hash tag of all queues of the fixture; empty where there are no slots. */
  readonly tag: string
}

const standalone: Place = {
  async start() {
    const server = await startRedis()
    return { client: server.client, writer: testWriter(server.client), stop: server.stop }
  },
  tag: '',
}

/**
 * Registers the tests that say what acting without fear is, against a real redis-server: a walk tells each job once, an
 * action on all of a state touches nothing that came later, what was cut off goes on, and Undo gives everything back.
 */
export function acts(system: QueueSystem, fixture: Fixture, place: Place = standalone): void {
  const counted = system.states.filter(({ uncounted }) => uncounted !== true)
  const fillable = fixture.fillable ?? counted.map(({ id }) => id)
  /** States in which this can be done to jobs that `put` made. */
  const able = (action: Action) =>
    fillable.filter((id) => system.states.find((state) => state.id === id)?.cannot[action] === undefined)

  describe(`${system.label} lets people act without fear`, () => {
    let server: Awaited<ReturnType<Place['start']>>
    let redis: Redis
    let writer: Writer
    let entries = 0
    const slot = (): TrashSlot => ({ key: `sluice:trash:${place.tag}c${++entries}`, ttlMs: 60_000 })

    beforeAll(async () => {
      server = await place.start()
      redis = server.client
      writer = server.writer
    })
    afterAll(() => server?.stop())
    beforeEach(() => redis.flushall())

    async function fill(queue: QueueRef, state: string, count: number, from = 0): Promise<string[]> {
      const payloads = Array.from({ length: count }, (_, n) => fixture.payload(from + n, state))
      for (const payload of payloads) await fixture.put(redis, queue, state, Buffer.from(payload))
      return payloads
    }

    async function refsOf(queue: QueueRef, state: string): Promise<string[]> {
      return (await system.page(writer, queue, state, { offset: 0, limit: 200 })).jobs.map(({ ref }) => ref)
    }

    /** The payloads of a state as stored, in the order of its page. */
    async function payloadsOf(queue: QueueRef, state: string): Promise<string[]> {
      const details = await Promise.all(
        (await refsOf(queue, state)).map((ref) => system.job(writer, queue, state, ref, true)),
      )
      return details.map((detail) => detail?.payload.text ?? 'gone')
    }

    /** Everything in these queues: what Undo must give back. */
    async function everything(...queues: readonly QueueRef[]): Promise<Record<string, string[]>> {
      const all: Record<string, string[]> = {}
      for (const queue of queues) {
        for (const { id } of counted) all[`${queue.name} ${queue.prefix} ${id}`] = await payloadsOf(queue, id)
      }
      return all
    }

    async function keysOfTrash(queue: QueueRef, trash: TrashSlot): Promise<string[]> {
      const keys: string[] = []
      for await (const group of system.write?.trashKeys?.(writer, queue, trash) ?? []) keys.push(...group)
      return keys
    }

    /** What an entry really has in Redis, beside the receipts of the engine. */
    async function keysThatAreThere(trash: TrashSlot): Promise<string[]> {
      const keys = await redis.keys(`${trash.key}*`)
      return keys.filter((key) => (key === trash.key || key.startsWith(`${trash.key}:`)) && !key.endsWith(':receipt'))
    }

    /** As if all jobs of all queues had run. */
    async function allLeave(): Promise<void> {
      await redis.del((await redis.keys('*')).filter((key) => !key.startsWith('sluice:')))
    }

    async function undo(queue: QueueRef, state: string, trash: TrashSlot): Promise<StepOutcome> {
      const names = await keysOfTrash(queue, trash)
      expect(names.at(-1), 'the entry comes last').toBe(trash.key)
      expect([...names].sort()).toEqual((await keysThatAreThere(trash)).sort())
      const outcome = await (system.write as Required<WriteActions>).restore(writer, queue, state, trash, freeRun)
      expect(await keysThatAreThere(trash)).toEqual([])
      return outcome
    }

    it.each(fillable)('walks %s and tells each job once, whatever arrives and leaves', async (state) => {
      const queue = fixture.queueNamed('walked')
      const payloads = await fill(queue, state, 30)
      expect((await system.freeze(writer, queue, state)).count).toBe(30)
      const leaves = system.write?.remove !== undefined && able('remove').includes(state)
      const gone = new Set<string>()
      const told: string[] = []
      let round = 0
      for await (const step of system.scan(writer, queue, state, { chunk: 7, payloads: true })) {
        for (const job of step.jobs) told.push(job.payload().toString())
        if (++round > 3) continue
        await fill(queue, state, 2, 1000 * round)
        const ref = leaves ? (await refsOf(queue, state))[round * 2] : undefined
        const detail = ref === undefined ? null : await system.job(writer, queue, state, ref, true)
        if (ref === undefined || detail === null) continue
        const { done = 0 } = (await system.write?.remove?.(writer, queue, state, [ref], slot())) ?? {}
        if (done === 1) gone.add(detail.payload.text)
      }
      for (const payload of payloads) {
        const times = told.filter((text) => text === payload).length
        if (gone.has(payload)) expect(times, payload).toBeLessThanOrEqual(1)
        else expect(times, payload).toBe(1)
      }
    })

    if (system.write?.purge) {
      it.each(able('purge'))('purges what was in %s when it was frozen, and nothing that came since', async (state) => {
        const { purge } = system.write as Required<WriteActions>
        const queue = fixture.queueNamed('purged')
        await fill(queue, state, 12)
        const frozen = await system.freeze(writer, queue, state)
        expect(frozen.count).toBe(12)
        const late = await fill(queue, state, 3, 100)
        const before = await everything(queue)
        const trash = slot()
        const purged = await purge(writer, queue, state, frozen, trash, freeRun).catch((error: unknown) => {
          expect(error instanceof SluiceError && error.code).toBe('CHANGED')
          return null
        })
        if (purged === null) {
          expect(await everything(queue)).toEqual(before)
          return
        }
        if (purged.done === 0) return expect(await everything(queue)).toEqual(before)
        expect(purged.done).toBe(12)
        expect((await payloadsOf(queue, state)).sort()).toEqual([...late].sort())
        expect(await purge(writer, queue, state, frozen, trash, freeRun)).toMatchObject({ done: 12 })
        expect((await payloadsOf(queue, state)).sort()).toEqual([...late].sort())
        expect(await undo(queue, state, trash)).toMatchObject({ done: 12, missing: 0 })
        expect(await everything(queue)).toEqual(before)
      })
    }

    const changes: readonly [Action, keyof WriteActions][] = [
      ['retry', 'retry'],
      ['move', 'move'],
      ['edit', 'editAndRetry'],
      ['remove', 'remove'],
    ]
    for (const [action, method] of changes) {
      if (system.write?.[method] === undefined) continue
      if (method !== 'remove' && !system.undoes?.includes(method)) continue
      /** Does it to some of the jobs of a state; resolves to how many it was done to, and null where workers hold them. */
      const act = async (queue: QueueRef, other: QueueRef, state: string, trash: TrashSlot): Promise<number | null> => {
        const write = system.write as Required<WriteActions>
        const refs = await refsOf(queue, state)
        const picked = [refs[0], refs[4], refs[5], refs[8]].filter((ref) => ref !== undefined)
        const outcome =
          method === 'retry'
            ? await write.retry(writer, queue, state, picked, 'keep', trash)
            : method === 'move'
              ? await write.move(writer, queue, state, picked, other, trash)
              : method === 'remove'
                ? await write.remove(writer, queue, state, picked, trash)
                : await write.editAndRetry(writer, queue, state, refs[4] ?? '', fixture.payload(77, state), trash)
        return outcome.done === 0 ? null : outcome.done
      }
      it.each(able(action))(`undoes ${action} of %s: the same bytes in the same order`, async (state) => {
        const [queue, other, trash] = [fixture.queueNamed('undone'), fixture.queueNamed('other'), slot()]
        await fill(queue, state, 9)
        const before = await everything(queue, other)
        const done = await act(queue, other, state, trash)
        if (done === null) return
        expect(await everything(queue, other)).not.toEqual(before)
        expect(await undo(queue, state, trash)).toMatchObject({ done, missing: 0 })
        expect(await everything(queue, other)).toEqual(before)
      })
      if (method === 'remove') continue
      it.each(able(action))(`brings back none that left since ${action} of %s`, async (state) => {
        const [queue, other, trash] = [fixture.queueNamed('undone'), fixture.queueNamed('other'), slot()]
        await fill(queue, state, 9)
        const done = await act(queue, other, state, trash)
        if (done === null) return
        await allLeave()
        expect(await undo(queue, state, trash)).toMatchObject({ done: 0, missing: done })
        expect(Object.values(await everything(queue, other)).flat()).toEqual([])
      })
    }

    if (system.write?.retryAll && system.undoes?.includes('retryAll')) {
      it.each(able('retry'))('goes on with retrying all of %s where it was cut off, and undoes it', async (state) => {
        const { retryAll } = system.write as Required<WriteActions>
        const queue = fixture.queueNamed('cut')
        await fill(queue, state, 25)
        const before = await everything(queue)
        const frozen = await system.freeze(writer, queue, state)
        const trash = slot()
        let steps = 0
        const cut = { ...freeRun, next: async () => (steps++ < 2 ? 5 : Promise.reject(new Error('cut'))) }
        await retryAll(writer, queue, state, frozen, trash, 'keep', cut).catch((error: Error) =>
          expect(error.message).toBe('cut'),
        )
        const outcome = await retryAll(writer, queue, state, frozen, trash, 'keep', freeRun)
        if (outcome.done === 0) return // a worker holds what `put` makes of this state
        expect(outcome).toMatchObject({ done: 25, missing: 0 })
        // Each runs once; a library that keeps its record of a failure leaves that where it is.
        const after = await everything(queue)
        const { length: stayed } = await payloadsOf(queue, state)
        expect([0, 25]).toContain(stayed)
        expect(Object.values(after).flat()).toHaveLength(25 + stayed)
        expect(await retryAll(writer, queue, state, frozen, trash, 'keep', freeRun)).toMatchObject({ done: 25 })
        expect(await everything(queue)).toEqual(after)
        expect(await undo(queue, state, trash)).toMatchObject({ done: 25, missing: 0 })
        expect(await everything(queue)).toEqual(before)
      })
      it.each(able('retry'))('brings back none that left since retrying all of %s', async (state) => {
        const { retryAll } = system.write as Required<WriteActions>
        const [queue, trash] = [fixture.queueNamed('undone'), slot()]
        await fill(queue, state, 9)
        const frozen = await system.freeze(writer, queue, state)
        const { done } = await retryAll(writer, queue, state, frozen, trash, 'keep', freeRun)
        if (done === 0) return // a worker holds what `put` makes of this state
        await allLeave()
        expect(await undo(queue, state, trash)).toMatchObject({ done: 0, missing: done })
        expect(Object.values(await everything(queue)).flat()).toEqual([])
      })
    }
  })
}
