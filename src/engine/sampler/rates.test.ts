import { describe, expect, it } from 'vitest'
import type { QueueSample } from '../../domain/sample.ts'
import type { QueueSystem, Reading } from '../../systems/system.ts'
import { type RateMemory, reduceReading } from './rates.ts'

const queue = { system: 'bull' as const, prefix: 'bull', name: 'q' }
const system = {
  states: [
    { id: 'wait', label: 'Waiting', kind: 'waiting', cannot: {} },
    { id: 'active', label: 'Active', kind: 'active', cannot: {} },
    { id: 'failed', label: 'Failed', kind: 'failed', cannot: {} },
  ],
} as unknown as QueueSystem

const reading = (changes: Partial<Reading> = {}): Reading => ({
  queue,
  states: {},
  head: null,
  totals: { added: null, finished: null },
  workers: null,
  paused: false,
  problem: null,
  ...changes,
})

/** Reduces readings one after another; each at a second of its own unless it says which. */
function play(readings: (Partial<Reading> & { second?: number })[], workers: number | null = null): QueueSample {
  let memory: RateMemory | undefined
  let sample: QueueSample | undefined
  for (const [i, { second = i, ...changes }] of readings.entries()) {
    const next = reduceReading(memory, reading(changes), system, 1_000_000 + second * 1000, workers)
    memory = next.memory
    sample = next.sample
  }
  return sample as QueueSample
}

const depth = (wait: number, active = 0, failed = 0) => ({ states: { wait, active, failed } })
const totals = (added: number | null, finished: number | null) => ({ totals: { added, finished } })

describe('rates from counters', () => {
  it('are exact over what was seen, and unknown for the first seconds', () => {
    expect(play([totals(0, 0)])).toMatchObject({ inPerMinute: null, outPerMinute: null })
    expect(play([totals(0, 0), { second: 2, ...totals(9, 9) }])).toMatchObject({ inPerMinute: null })
    expect(play([totals(100, 50), { second: 30, ...totals(160, 80) }])).toMatchObject({
      inPerMinute: 120,
      outPerMinute: 60,
      ratesExact: true,
    })
  })
  it('slide over the last minute', () => {
    const burst = Array.from({ length: 121 }, (_, second) => totals(second < 30 ? second * 10 : 300, 0))
    expect(play(burst.slice(0, 31)).inPerMinute).toBe(600)
    expect(play(burst.slice(0, 61)).inPerMinute).toBe(300)
    expect(play(burst).inPerMinute).toBe(0)
  })
  it('take a counter that fell as begun anew', () => {
    expect(play([totals(100, 100), { second: 5, ...totals(1, 1) }, { second: 10, ...totals(6, 4) }])).toMatchObject({
      inPerMinute: 30,
      outPerMinute: 18,
    })
  })
  it('know the least of the other side where there is one counter', () => {
    const added = [
      { ...totals(10, null), ...depth(10) },
      { second: 60, ...totals(40, null), ...depth(15) },
    ]
    expect(play(added)).toMatchObject({ inPerMinute: 30, outPerMinute: 25, ratesExact: false })
    const finished = [
      { ...totals(null, 0), ...depth(10) },
      { second: 60, ...totals(null, 20), ...depth(15) },
    ]
    expect(play(finished)).toMatchObject({ inPerMinute: 25, outPerMinute: 20, ratesExact: false })
  })
})

describe('rates from depths', () => {
  it('are lower bounds, and say so', () => {
    expect(play([depth(10), { second: 30, ...depth(20) }, { second: 60, ...depth(5) }])).toMatchObject({
      inPerMinute: 10,
      outPerMinute: 15,
      ratesExact: false,
    })
  })
  it('do not count a job that only moved from waiting to active', () => {
    expect(play([depth(10, 0), { second: 60, ...depth(8, 2) }])).toMatchObject({ inPerMinute: 0, outPerMinute: 0 })
  })
  it('see jobs that came and failed between two ticks', () => {
    expect(play([depth(10, 0, 0), { second: 60, ...depth(10, 0, 6) }])).toMatchObject({
      inPerMinute: 6,
      outPerMinute: 6,
    })
  })
  it('count a retried job as coming in', () => {
    expect(play([depth(0, 0, 6), { second: 60, ...depth(6, 0, 0) }])).toMatchObject({ inPerMinute: 6, outPerMinute: 0 })
  })
})

describe('gaps', () => {
  it('leave rates unknown after more than a minute without looking, and after a clock set back', () => {
    expect(play([totals(0, 0), { second: 10, ...totals(10, 0) }, { second: 400, ...totals(900, 0) }])).toMatchObject({
      inPerMinute: null,
    })
    expect(play([totals(0, 0), { second: 10, ...totals(10, 0) }, { second: 4, ...totals(20, 0) }])).toMatchObject({
      inPerMinute: null,
    })
  })
  it('bridge a reading that failed: its zeros are holes, not departures', () => {
    const spoiled = { second: 30, states: {}, problem: 'A key has the wrong type.' }
    expect(play([depth(100), spoiled])).toMatchObject({ inPerMinute: null, problem: 'A key has the wrong type.' })
    expect(play([depth(100), spoiled, { second: 60, ...depth(100) }])).toMatchObject({
      inPerMinute: 0,
      outPerMinute: 0,
    })
  })
})

describe('what a reading says of its queue', () => {
  it('reaches the sample, and is null where the system says nothing', () => {
    expect(play([depth(1)])).toMatchObject({ version: null, readOnly: null, paused: false })
    const told = { ...depth(1), version: '7.1.0', readOnly: 'It only reads.', paused: true }
    expect(play([told])).toMatchObject({ version: '7.1.0', readOnly: 'It only reads.', paused: true })
  })
})

describe('time to drain', () => {
  it('is the backlog by how fast it shrinks', () => {
    const shrinking = [
      { ...totals(0, 0), ...depth(100) },
      { second: 60, ...totals(10, 30), ...depth(80) },
    ]
    expect(play(shrinking).drainMs).toBe(4 * 60_000)
  })
  it('is unknown when it does not shrink', () => {
    const growing = [
      { ...totals(0, 0), ...depth(100) },
      { second: 60, ...totals(30, 30), ...depth(100) },
    ]
    expect(play(growing).drainMs).toBeNull()
  })
})

describe('age of the oldest job', () => {
  const head = (fingerprint: string, createdAt: number | null = null) => ({ head: { fingerprint, createdAt } })
  it('comes from its time of birth, and is never negative', () => {
    expect(play([head('a', 995_000)])).toMatchObject({ oldestAgeMs: 5000, oldestAtLeast: false })
    expect(play([head('a', 2_000_000)]).oldestAgeMs).toBe(0)
  })
  it('is at least how long the same job was seen at the head where it has none', () => {
    expect(play([head('a'), { second: 7, ...head('a') }])).toMatchObject({ oldestAgeMs: 7000, oldestAtLeast: true })
    expect(play([head('a'), { second: 7, ...head('b') }, { second: 9, ...head('b') }]).oldestAgeMs).toBe(2000)
  })
  it('goes on while it is not the turn of this queue to have its head looked at', () => {
    const notNow = { head: undefined }
    expect(play([head('a'), { second: 7, ...notNow }])).toMatchObject({ oldestAgeMs: 7000, oldestAtLeast: true })
    expect(play([head('a', 995_000), { second: 7, ...notNow }])).toMatchObject({ oldestAgeMs: 12_000 })
    expect(play([head('a'), { second: 7, ...notNow }, { second: 9, ...head('a') }]).oldestAgeMs).toBe(9000)
  })
  it('is unknown for an empty queue', () => {
    expect(play([head('a'), {}])).toMatchObject({ oldestAgeMs: null, oldestAtLeast: false })
  })
})

describe('workers', () => {
  it('are those of CLIENT LIST and those that leave a trace in keys, unknown where neither tells', () => {
    expect(play([{}]).workers).toBeNull()
    expect(play([{ workers: 2 }]).workers).toBe(2)
    expect(play([{}], 3).workers).toBe(3)
    expect(play([{ workers: 2 }], 3).workers).toBe(5)
  })
})
