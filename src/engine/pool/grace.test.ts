import { describe, expect, it } from 'vitest'
import { Grace } from './grace.ts'

const never = new Promise<void>(() => {})

describe('a grace', () => {
  it('covers what is over in time, and not what is not', async () => {
    const grace = new Grace()
    grace.shorten(20)
    expect(await grace.covers(Promise.resolve())).toBe(true)
    expect(await grace.covers(never)).toBe(false)
  })

  it('can be shortened while somebody waits, and not be made longer', async () => {
    const grace = new Grace()
    grace.shorten(3_600_000)
    const covered = grace.covers(never)
    grace.shorten(10)
    grace.shorten(3_600_000)
    expect(await covered).toBe(false)
  })

  it('waits for nothing once it has ended, and rejects as the work does', async () => {
    const grace = new Grace()
    await expect(grace.covers(Promise.reject(new Error('cut')))).rejects.toThrow('cut')
    grace.end()
    grace.shorten(3_600_000)
    expect(await grace.covers(never)).toBe(false)
  })
})
