import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { noKinds, type QueueRef } from '../../domain/queue.ts'
import { noCost, type QueueSample, type Sample } from '../../domain/sample.ts'
import { createAutoscaler, type ScaleTarget } from './autoscaler.ts'
import { loadIn, sumLoads } from './load-in.ts'
import type { Load } from './plan-workers.ts'

const mail: QueueRef = { system: 'laravel', prefix: '', name: 'mail' }
const bySize = { by: 'size', min: 1, max: 5, jobsPerWorker: 10, clearMs: 1000, cooldownMs: 2000, step: 2 } as const

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** A pool that only counts, and a queue whose depth the test says. */
function stage(change: Partial<ScaleTarget> = {}) {
  const world = { waiting: 0, counts: [0] as readonly number[], holders: 0, sets: 0 }
  const scaler = createAutoscaler({
    loads: (): Load => ({ waiting: world.waiting, averageJobMs: null, oldestWaitMs: null }),
    hold: () => {
      world.holders++
      return () => void world.holders--
    },
    now: () => Date.now(),
  })
  const target: ScaleTarget = {
    connectionId: 'local',
    scale: bySize,
    share: 'strict',
    parts: [{ queues: [mail], weight: 1 }],
    counts: () => world.counts,
    set: (counts) => {
      world.sets++
      world.counts = counts
    },
    ...change,
  }
  return { world, scaler, target }
}

test('follows what waits, up and down, step by step', () => {
  const { world, scaler, target } = stage()
  const stop = scaler.add(target)
  expect(world.counts).toEqual([1])
  world.waiting = 1000
  vi.advanceTimersByTime(1500)
  expect(world.counts).toEqual([1])
  vi.advanceTimersByTime(500)
  expect(world.counts).toEqual([3])
  vi.advanceTimersByTime(2000)
  expect(world.counts).toEqual([5])
  world.waiting = 0
  vi.advanceTimersByTime(60_000)
  expect(world.counts).toEqual([1])
  const { sets } = world
  vi.advanceTimersByTime(60_000)
  expect(world.sets).toBe(sets)
  stop()
  world.waiting = 1000
  vi.advanceTimersByTime(60_000)
  expect(world.counts).toEqual([1])
})

test('keeps the sampler at work only while there is something to scale', () => {
  const { world, scaler, target } = stage()
  const fixed = { ...target, scale: { by: 'fixed', count: 4 } as const }
  scaler.add(fixed)
  expect(world).toMatchObject({ counts: [4], holders: 0 })
  const stops = [scaler.add(target), scaler.add({ ...target })]
  expect(world.holders).toBe(1)
  for (const stop of stops) stop()
  expect(world.holders).toBe(0)
  expect(vi.getTimerCount()).toBe(0)
  scaler.add(target)
  expect(world.holders).toBe(1)
  scaler.close()
  expect(world.holders).toBe(0)
  expect(vi.getTimerCount()).toBe(0)
})

test('one that cannot be scaled does not hold up the others', () => {
  const { world, scaler, target } = stage()
  let broken = false
  scaler.add({
    ...target,
    counts: () => {
      if (broken) throw new Error('no such pool')
      return [1]
    },
  })
  scaler.add(target)
  broken = true
  world.waiting = 1000
  vi.advanceTimersByTime(2000)
  expect(world.counts).toEqual([3])
  scaler.close()
})

const sampled = (change: Partial<QueueSample>): QueueSample => ({
  queue: mail,
  kinds: noKinds(),
  states: {},
  inPerMinute: null,
  outPerMinute: null,
  ratesExact: true,
  oldestAgeMs: null,
  oldestAtLeast: false,
  drainMs: null,
  workers: null,
  paused: false,
  version: null,
  readOnly: null,
  problem: null,
  ...change,
})
const sample = (queues: QueueSample[], partial: string | null = null): Sample => ({
  connectionId: 'local',
  cost: noCost,
  at: 1000,
  queues,
  redis: null,
  redisProblem: null,
  tickMs: 1,
  partial,
})

test('reads the load of a queue out of a sample', () => {
  const kinds = { ...noKinds(), waiting: 30, active: 4 }
  const busy = sampled({ kinds, outPerMinute: 120, oldestAgeMs: 9000 })
  // Four at a time and two a second: each takes two seconds.
  expect(loadIn(sample([busy]), mail, 1000)).toEqual({ waiting: 30, averageJobMs: 2000, oldestWaitMs: 9000 })
  expect(loadIn(sample([{ ...busy, ratesExact: false }]), mail, 1000)?.averageJobMs).toBeNull()
  expect(loadIn(sample([{ ...busy, paused: true }]), mail, 1000)?.waiting).toBe(0)
})

test('what is delayed or held asks for a worker, which brings it back', () => {
  for (const kind of ['delayed', 'retrying', 'active'] as const) {
    expect(loadIn(sample([sampled({ kinds: { ...noKinds(), [kind]: 50 } })]), mail, 1000)?.waiting).toBe(1)
  }
  expect(loadIn(sample([sampled({ kinds: { ...noKinds(), failed: 5, completed: 5 } })]), mail, 1000)?.waiting).toBe(0)
})

test('knows when a sample says nothing', () => {
  expect(loadIn(undefined, mail)).toBeNull()
  expect(loadIn(sample([sampled({})]), mail, 40_000)).toBeNull()
  expect(loadIn(sample([]), mail, 1000)?.waiting).toBe(0)
  expect(loadIn(sample([], 'Half of the keys were seen.'), mail, 1000)).toBeNull()
})

test('adds up the loads of queues that share their workers', () => {
  const a = { waiting: 30, averageJobMs: 1000, oldestWaitMs: 5 }
  const b = { waiting: 10, averageJobMs: 5000, oldestWaitMs: 50 }
  expect(sumLoads([a, null, b])).toEqual({ waiting: 40, averageJobMs: 2000, oldestWaitMs: 50 })
  expect(sumLoads([null])).toBeNull()
  expect(sumLoads([{ waiting: 0, averageJobMs: 3, oldestWaitMs: null }])).toMatchObject({ averageJobMs: null })
})
