import { describe, expect, it } from 'vitest'
import type { Canary } from '../../domain/operation.ts'
import type { Fates } from '../../systems/system.ts'
import { Gate, type Steering, Stopped } from './gate.ts'

const free: Steering = { paused: false, held: false, heedless: false, pace: null, cancelled: false }
const canary: Canary = { second: 10, failPercent: 20, patienceMs: 60_000 }

function gateOf(
  steering: Partial<Steering>,
  how: { canary?: Canary; given?: number; fates?: () => Fates | null } = {},
) {
  const changes: Steering[] = []
  const gate = new Gate({
    steering: { ...free, ...steering },
    canary: how.canary ?? null,
    given: how.given ?? 0,
    fates: async () => how.fates?.() ?? null,
    onChange: (now) => changes.push(now),
  })
  return { gate, changes }
}

/** Whether something is settled by the time that everything that can happen at once has happened. */
async function waits(work: Promise<unknown>): Promise<boolean> {
  const state = { settled: false }
  work.then(
    () => (state.settled = true),
    () => (state.settled = true),
  )
  await new Promise((resolve) => setImmediate(resolve))
  return !state.settled
}

describe('a gate', () => {
  it('lets everything through when nobody steers', async () => {
    expect(await gateOf({}).gate.next(100)).toBe(100)
  })
  it('waits while it is paused, and ends with nothing after a cancel', async () => {
    const { gate, changes } = gateOf({ paused: true })
    const next = gate.next(100)
    expect(await waits(next)).toBe(true)
    gate.steer({ paused: false })
    expect(await next).toBe(100)
    gate.steer({ cancelled: true })
    expect(gate.cancelled.aborted).toBe(true)
    expect(await gate.next(100)).toBe(0)
    expect(changes.map(({ paused, cancelled }) => [paused, cancelled])).toEqual([
      [false, false],
      [false, true],
    ])
  })
  it('throws Stopped out of a wait when the app ends', async () => {
    const { gate } = gateOf({ paused: true })
    const next = gate.next(100)
    gate.close()
    await expect(next).rejects.toBeInstanceOf(Stopped)
    expect(gate.cancelled.aborted).toBe(false)
  })
  it('gives out small portions at a pace, and then waits', async () => {
    const { gate } = gateOf({ pace: 40 })
    expect(await gate.next(100)).toBe(10)
    const next = gate.next(100)
    expect(await waits(next)).toBe(true)
    gate.steer({ pace: null })
    expect(await next).toBe(100)
    expect(await gateOf({ pace: 0.5 }).gate.next(100)).toBe(1)
  })
})

describe('a canary', () => {
  it('lets 1 job run, then more, then the rest, when they end well', async () => {
    let ended = 0
    const { gate, changes } = gateOf({}, { canary, fates: () => ({ waiting: 0, succeeded: ended, failed: 0 }) })
    const given: number[] = []
    for (let i = 0; i < 4; i++) {
      const count = await gate.next(100)
      given.push(count)
      ended += count
    }
    expect(given).toEqual([1, 10, 100, 100])
    expect(changes.length).toBeGreaterThan(0)
    expect(gate.canary).toMatchObject({ step: 3, steps: 3, succeeded: 11 })
  })
  it('holds when too many fail, and goes on for good when somebody says so', async () => {
    const { gate } = gateOf({}, { canary, fates: () => ({ waiting: 0, succeeded: 0, failed: 1 }) })
    expect(await gate.next(100)).toBe(1)
    const next = gate.next(100)
    await expect.poll(() => gate.steering.held).toBe(true)
    expect(await waits(next)).toBe(true)
    gate.steer({ held: false, heedless: true })
    expect(await next).toBe(10)
    expect(await gate.next(100)).toBe(100)
  })
  it('waits for the jobs of a step, watching, and no longer than its patience', async () => {
    const { gate } = gateOf(
      {},
      { canary: { ...canary, patienceMs: 1000 }, fates: () => ({ waiting: 1, succeeded: 0, failed: 0 }) },
    )
    await gate.next(100)
    const next = gate.next(100)
    expect(await waits(next)).toBe(true)
    expect(gate.watching).toBe(true)
    expect(gate.canary?.until).toBeGreaterThan(Date.now())
    expect(await next).toBe(10)
  })
  it('knows its step after a restart', async () => {
    const fates = () => ({ waiting: 5, succeeded: 0, failed: 0 })
    expect(await gateOf({}, { canary, given: 4, fates }).gate.next(100)).toBe(7)
    expect(await gateOf({}, { canary, given: 50, fates }).gate.next(100)).toBe(100)
  })
})
