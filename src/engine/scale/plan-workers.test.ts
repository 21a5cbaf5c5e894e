import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Scale } from '../../domain/scale.ts'
import { type Part, type PlanInput, planWorkers } from './plan-workers.ts'

type Moving = Exclude<Scale, { by: 'fixed' }>

const scale = (change: Partial<Moving> = {}): Moving => ({
  by: 'size',
  min: 1,
  max: 10,
  jobsPerWorker: 10,
  clearMs: 60_000,
  cooldownMs: 3000,
  step: 256,
  ...change,
})
const part = (waiting: number, change: Partial<Part> = {}): Part => ({
  weight: 1,
  now: 0,
  load: { waiting, averageJobMs: null, oldestWaitMs: null },
  ...change,
})
const plan = (change: Partial<PlanInput> & Pick<PlanInput, 'parts'>) =>
  planWorkers({ scale: scale(), share: 'strict', sinceChangeMs: null, ...change })
const sum = (counts: readonly number[]) => counts.reduce((all, count) => all + count, 0)

describe('one queue', () => {
  test.each([
    [0, 1],
    [10, 1],
    [11, 2],
    [95, 10],
    [100_000, 10],
  ])('by size: %i waiting jobs ask for %i workers', (waiting, workers) => {
    expect(plan({ parts: [part(waiting)] })).toEqual([workers])
  })

  test.each([
    // 60 jobs of 5 s are 300 s of work, to be done in 60.
    [60, 5000, 5],
    // Of unknown length: taken to last a second each.
    [60, null, 1],
    [121, null, 3],
  ])('by wait: %i jobs of %s ms ask for %i workers', (waiting, averageJobMs, workers) => {
    const load = { waiting, averageJobMs, oldestWaitMs: 0 }
    expect(plan({ scale: scale({ by: 'wait' }), parts: [part(0, { load })] })).toEqual([workers])
  })

  test('by wait: jobs that waited too long ask for one more than there are, whatever was assumed of them', () => {
    const load = { waiting: 5, averageJobMs: null, oldestWaitMs: 61_000 }
    expect(plan({ scale: scale({ by: 'wait' }), parts: [part(0, { load, now: 4 })] })).toEqual([5])
  })

  test('keeps what it has while nothing is known, but within the bounds', () => {
    expect(plan({ parts: [part(0, { load: null, now: 7 })] })).toEqual([7])
    expect(plan({ parts: [part(0, { load: null, now: 70 })] })).toEqual([10])
    expect(plan({ parts: [part(0, { load: null })] })).toEqual([1])
  })

  test('goes by steps, up and down alike, a cool-down apart', () => {
    const by2 = scale({ step: 2 })
    expect(plan({ scale: by2, parts: [part(1000, { now: 3 })], sinceChangeMs: 2999 })).toEqual([3])
    expect(plan({ scale: by2, parts: [part(1000, { now: 3 })], sinceChangeMs: 3000 })).toEqual([5])
    expect(plan({ scale: by2, parts: [part(0, { now: 9 })], sinceChangeMs: 3000 })).toEqual([7])
  })

  test('a fixed number is set at once', () => {
    expect(plan({ scale: { by: 'fixed', count: 4 }, parts: [part(0)] })).toEqual([4])
  })
})

describe('several queues', () => {
  test('strict: earlier ones get what they ask for first, after the least of each', () => {
    expect(plan({ parts: [part(70), part(70), part(70)] })).toEqual([7, 2, 1])
    expect(plan({ parts: [part(700), part(70), part(70)] })).toEqual([8, 1, 1])
    expect(plan({ scale: scale({ min: 0 }), parts: [part(700), part(70)] })).toEqual([10, 0])
  })

  test('weighted: shares by weight, and what one does not need goes to the others', () => {
    const weighted = { share: 'weighted', scale: scale({ min: 0 }) } as const
    const parts = [part(1000, { weight: 7 }), part(1000, { weight: 2 }), part(1000, { weight: 1 })]
    expect(plan({ ...weighted, parts })).toEqual([7, 2, 1])
    expect(plan({ ...weighted, parts: [part(10, { weight: 7 }), ...parts.slice(1)] })).toEqual([1, 6, 3])
  })

  test('weighted: with fewer workers than queues the longest wait, times weight, goes first', () => {
    const waits = (oldestWaitMs: number, weight: number) =>
      part(0, { weight, load: { waiting: 5, averageJobMs: null, oldestWaitMs } })
    const one = { share: 'weighted', scale: scale({ min: 0, max: 1 }) } as const
    expect(plan({ ...one, parts: [waits(1000, 10), waits(5000, 1)] })).toEqual([1, 0])
    expect(plan({ ...one, parts: [waits(1000, 10), waits(11_000, 1)] })).toEqual([0, 1])
  })

  test('a fixed number is shared evenly or by weight, nobody left out while there are enough', () => {
    const fixed = { by: 'fixed', count: 5 } as const
    expect(plan({ scale: fixed, parts: [part(0), part(0), part(0)] })).toEqual([2, 2, 1])
    const weighted = [part(0, { weight: 100 }), part(0, { weight: 1 }), part(0, { weight: 1 })]
    expect(plan({ scale: fixed, share: 'weighted', parts: weighted })).toEqual([3, 1, 1])
    expect(plan({ scale: { by: 'fixed', count: 1 }, parts: [part(0), part(0)] })).toEqual([1, 0])
  })

  test('moves workers from one queue to another without being more at any time', () => {
    const parts = [part(1000, { now: 0 }), part(0, { now: 10 })]
    expect(plan({ scale: scale({ min: 0, step: 3 }), parts })).toEqual([3, 7])
  })
})

describe('whatever waits', () => {
  const load = fc.option(
    fc.record({
      waiting: fc.nat(100_000),
      averageJobMs: fc.option(fc.nat(600_000)),
      oldestWaitMs: fc.option(fc.nat(3_600_000)),
    }),
  )
  const anyPart = fc.record({ weight: fc.integer({ min: 1, max: 1000 }), load, now: fc.nat(300) })
  const anyScale = fc
    .record({
      by: fc.constantFrom('size' as const, 'wait' as const),
      min: fc.nat(40),
      more: fc.nat(40),
      jobsPerWorker: fc.integer({ min: 1, max: 1000 }),
      clearMs: fc.integer({ min: 1000, max: 600_000 }),
      cooldownMs: fc.constant(3000),
      step: fc.integer({ min: 1, max: 40 }),
    })
    .map(({ more, ...rest }): Moving => ({ ...rest, max: Math.max(1, rest.min + more) }))
  const input = fc.record({
    scale: anyScale,
    share: fc.constantFrom('strict' as const, 'weighted' as const),
    parts: fc.array(anyPart, { minLength: 1, maxLength: 8 }),
    sinceChangeMs: fc.option(fc.nat(6000)),
  })

  /** Loads as they are, the plan again and again, each time after the cool-down. */
  function settle(start: PlanInput): number[] {
    let counts = start.parts.map(({ now }) => now)
    for (let turn = 0; turn < 1000; turn++) {
      const parts = start.parts.map((each, at) => ({ ...each, now: counts[at] ?? 0 }))
      const next = planWorkers({ ...start, parts, sinceChangeMs: 3000 })
      if (next.every((count, at) => count === counts[at])) return counts
      counts = next
    }
    throw new Error('it never settles')
  }

  test('the bounds hold', () => {
    fc.assert(
      fc.property(input, (given) => {
        const counts = planWorkers(given)
        expect(counts).toHaveLength(given.parts.length)
        expect(sum(counts)).toBeLessThanOrEqual(given.scale.max)
        const enough = given.scale.min * given.parts.length <= given.scale.max
        if (enough) expect(Math.min(...counts)).toBeGreaterThanOrEqual(given.scale.min)
        else expect(sum(counts)).toBe(given.scale.max)
      }),
    )
  })

  test('nothing changes before the cool-down is over, and no more than a step after it', () => {
    fc.assert(
      fc.property(input, (given) => {
        const inBounds = planWorkers({ ...given, sinceChangeMs: 0 })
        const parts = given.parts.map((each, at) => ({ ...each, now: inBounds[at] ?? 0 }))
        expect(planWorkers({ ...given, parts, sinceChangeMs: 2999 })).toEqual(inBounds)
        const next = planWorkers({ ...given, parts, sinceChangeMs: 3000 })
        const changes = next.map((count, at) => count - (inBounds[at] ?? 0))
        expect(sum(changes.map((by) => Math.max(0, by)))).toBeLessThanOrEqual(given.scale.step)
        expect(sum(changes.map((by) => Math.max(0, -by)))).toBeLessThanOrEqual(given.scale.step)
      }),
    )
  })

  test('it settles while loads are steady', () => {
    fc.assert(fc.property(input, (given) => void settle(given)))
  })

  test('weighted: in the end nobody starves while there is a worker for each, and none is idle that is asked for', () => {
    fc.assert(
      fc.property(input, (given) => {
        const counts = settle({ ...given, share: 'weighted' })
        const asks = given.parts.map(({ load: waits }) => (waits?.waiting ?? 0) > 0)
        if (given.parts.length > given.scale.max) return
        for (const [at, needs] of asks.entries()) if (needs) expect(counts[at]).toBeGreaterThan(0)
      }),
    )
  })

  test('size: all that is asked for is given, up to the most', () => {
    fc.assert(
      fc.property(input, (given) => {
        const known = given.parts.map((each) => ({ ...each, load: each.load ?? { ...none } }))
        const bySize = { ...given, parts: known, scale: { ...given.scale, by: 'size' as const } }
        const asked = known.map(({ load: { waiting } }) =>
          Math.min(bySize.scale.max, Math.max(bySize.scale.min, Math.ceil(waiting / bySize.scale.jobsPerWorker))),
        )
        expect(sum(settle(bySize))).toBe(Math.min(bySize.scale.max, sum(asked)))
      }),
    )
  })
})

const none = { waiting: 0, averageJobMs: null, oldestWaitMs: null }
