import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Alarm } from './alarm.ts'

describe('Alarm', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  /** Ms that the sleep lasts, as far as `until`. */
  async function slept(alarm: Alarm, ms: number | null, until = 10_000): Promise<number | null> {
    const began = Date.now()
    let ended: number | null = null
    void alarm.sleep(ms).then(() => {
      ended = Date.now() - began
    })
    await vi.advanceTimersByTimeAsync(until)
    return ended
  }

  it('sleeps its time, or until it rings', async () => {
    const alarm = new Alarm()
    expect(await slept(alarm, 300)).toBe(300)
    setTimeout(() => alarm.ring(), 100)
    expect(await slept(alarm, 300)).toBe(100)
    setTimeout(() => alarm.ring(), 500)
    expect(await slept(alarm, null)).toBe(500)
    expect(vi.getTimerCount()).toBe(0)
  })
  it('loses no ring that came while nobody slept, and counts it once', async () => {
    const alarm = new Alarm()
    alarm.ring()
    alarm.ring()
    expect(await slept(alarm, 300)).toBe(0)
    expect(await slept(alarm, 300)).toBe(300)
  })
  it('can forget an earlier ring', async () => {
    const alarm = new Alarm()
    alarm.ring()
    alarm.clear()
    expect(await slept(alarm, 300)).toBe(300)
  })
})
