import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Attention } from './attention.ts'

describe('Attention', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })
  const start = () => {
    const changes = vi.fn()
    return { attention: new Attention(changes), changes }
  }

  it('is none without a reader, and counts a reader that says nothing as a watcher', () => {
    const { attention } = start()
    expect(attention.of(0)).toBe('stopped')
    expect(attention.of(1)).toBe('watched')
  })

  it('goes by the window that is looked at most', () => {
    const { attention, changes } = start()
    attention.tell('a', 'hidden')
    expect(attention.of(1)).toBe('stopped')
    attention.tell('b', 'idle')
    expect(attention.of(2)).toBe('idle')
    attention.tell('a', 'watching')
    expect(attention.of(2)).toBe('watched')
    expect(changes).toHaveBeenCalledTimes(3)
    attention.stop()
  })

  it('believes for a minute and a half that somebody watches, and says when it does not any more', () => {
    const { attention, changes } = start()
    attention.tell('a', 'watching')
    vi.advanceTimersByTime(80_000)
    expect(attention.of(1)).toBe('watched')
    vi.advanceTimersByTime(10_000)
    expect(attention.of(1)).toBe('idle')
    expect(changes).toHaveBeenCalledTimes(2)
  })

  it('forgets a window that was closed', () => {
    const { attention } = start()
    attention.tell('old', 'idle')
    vi.advanceTimersByTime(90_000)
    attention.tell('new', 'hidden')
    expect(attention.of(1)).toBe('stopped')
    attention.stop()
  })

  it('takes a glance at a terminal for a window that nobody touches, for a while', () => {
    const { attention } = start()
    attention.glance()
    expect(attention.of(0)).toBe('idle')
    vi.advanceTimersByTime(90_000)
    expect(attention.of(0)).toBe('stopped')
  })
})
