import { describe, expect, it } from 'vitest'
import { inParallel } from './in-parallel.ts'

describe('inParallel', () => {
  it('does everything once, in order of starting, at most so many at a time', async () => {
    const started: number[] = []
    let running = 0
    let most = 0
    await inParallel(
      Array.from({ length: 20 }, (_, i) => i),
      async (item, index) => {
        expect(index).toBe(item)
        started.push(item)
        most = Math.max(most, ++running)
        await new Promise((resolve) => setImmediate(resolve))
        running--
      },
      3,
    )
    expect(started).toEqual(Array.from({ length: 20 }, (_, i) => i))
    expect(most).toBe(3)
  })
  it('starts nothing new after a failure, and passes it on', async () => {
    const started: number[] = []
    const work = inParallel(
      [0, 1, 2, 3, 4, 5],
      async (item) => {
        started.push(item)
        await new Promise((resolve) => setImmediate(resolve))
        if (item === 1) throw new Error('no')
      },
      2,
    )
    await expect(work).rejects.toThrow('no')
    expect(started.length).toBeLessThan(5)
  })
  it('has nothing to do for nothing', () => expect(inParallel([], async () => {})).resolves.toBeUndefined())
})
