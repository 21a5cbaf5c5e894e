import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SluiceError } from '../../domain/errors.ts'
import type { Reader } from '../../systems/handles.ts'
import type { Discovery } from './discover.ts'
import { Lookout } from './lookout.ts'
import type { Budget } from './sweep.ts'

/** A discovery whose passes take a second each, so many to a sweep. */
function slow(passesToSweep: number) {
  const log: string[] = []
  let left = passesToSweep
  const discovery = {
    queues: () => [],
    remembered: () => [],
    partial: () => null,
    restart() {
      log.push('restart')
      left = passesToSweep
    },
    async pass(_reader: Reader, { ms }: Budget) {
      log.push(`pass of ${ms} ms at ${Date.now() / 1000}`)
      await new Promise((resolve) => setTimeout(resolve, 1000))
      left--
      if (left > 0) return false
      left = passesToSweep
      return true
    },
  } satisfies Discovery
  return { log, discovery, lookout: new Lookout(discovery, {} as Reader) }
}

describe('Lookout', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 0 })
  })
  afterEach(() => {
    vi.useRealTimers()
  })
  const seconds = (log: string[]) => log.map((entry) => Number(entry.split(' at ')[1]))

  /** Asks every 100 ms whether it is time to look, as ticks do. */
  async function tick(lookout: Lookout, forSeconds: number): Promise<void> {
    for (let i = 0; i < forSeconds * 10; i++) {
      void lookout.lookWhenDue(15_000)
      await vi.advanceTimersByTimeAsync(100)
    }
  }

  it('makes the passes of the first sweep soon after each other, and takes a twentieth of the time at most', async () => {
    const { lookout, log } = slow(3)
    expect(lookout.looked).toBe(false)
    await tick(lookout, 130)
    expect(lookout.looked).toBe(true)
    // Three passes of a second each, so the next sweep may begin a minute after the first one ended; then each rests.
    expect(seconds(log)).toEqual([0, 1.5, 3, 64, 85, 106, 127])
  })

  it('hurries when it is told to', async () => {
    const { lookout, log } = slow(1)
    await tick(lookout, 5)
    lookout.hurry()
    await tick(lookout, 2)
    expect(seconds(log)).toEqual([0, 5])
  })

  it('begins a rescan at the first key, after the pass under way, with more patience', async () => {
    const { lookout, log } = slow(2)
    void lookout.lookWhenDue(15_000)
    await vi.advanceTimersByTimeAsync(500)
    const rescan = lookout.rescan()
    await vi.advanceTimersByTimeAsync(3000)
    expect(await rescan).toEqual({ queues: 0, partial: null })
    expect(log).toEqual(['pass of 500 ms at 0', 'restart', 'pass of 10000 ms at 1'])
  })

  it('says why it could not look, unless the connection says so itself, and tries again', async () => {
    const { lookout, discovery } = slow(1)
    const pass = vi.spyOn(discovery, 'pass')
    pass.mockRejectedValueOnce(new SluiceError('CONNECTION_LOST'))
    await tick(lookout, 1)
    expect(lookout.partial()).toBeNull()
    lookout.hurry()
    pass.mockRejectedValueOnce(new SluiceError('COMMAND_TIMEOUT'))
    await tick(lookout, 1)
    expect(lookout.partial()).toBe('Queues could not be looked for: Redis did not answer in time.')
    await tick(lookout, 20)
    expect(lookout.partial()).toBeNull()
    expect(lookout.looked).toBe(true)
    pass.mockRejectedValueOnce(new SluiceError('COMMAND_TIMEOUT'))
    await expect(lookout.rescan()).rejects.toMatchObject({ code: 'COMMAND_TIMEOUT' })
  })
})
