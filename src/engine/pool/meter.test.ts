import { expect, it } from 'vitest'
import { Meter } from './meter.ts'

it('tells percentiles of the last 512 jobs', () => {
  const meter = new Meter()
  expect([meter.percentiles, meter.average]).toEqual([null, null])
  for (let i = 0; i < 1000; i++) meter.add(1_000_000)
  for (let i = 1; i <= 512; i++) meter.add(i)
  expect(meter.percentiles).toEqual({ p50: 257, p95: 487, p99: 507 })
})

it('believes sooner that jobs became slow than that they became quick', () => {
  const after = (from: number, to: number) => {
    const meter = new Meter()
    for (const ms of [from, to, to, to]) meter.add(ms)
    return Math.abs((meter.average ?? 0) - to) / Math.abs(to - from)
  }
  expect(after(1, 100)).toBeLessThan(0.6)
  expect(after(100, 1)).toBeGreaterThan(0.8)
})
