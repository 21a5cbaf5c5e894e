import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { watchNetwork } from './network-watch.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

it('tells when the addresses of this computer are others, and only then', () => {
  let addresses = { wlan0: [{ address: '10.0.0.5' }] }
  const changed = vi.fn()
  const stop = watchNetwork(changed, () => addresses)
  vi.advanceTimersByTime(60_000)
  expect(changed).not.toHaveBeenCalled()
  addresses = { wlan0: [{ address: '192.168.1.7' }] }
  vi.advanceTimersByTime(60_000)
  expect(changed).toHaveBeenCalledTimes(1)
  stop()
  addresses = { wlan0: [] }
  vi.advanceTimersByTime(60_000)
  expect(changed).toHaveBeenCalledTimes(1)
})
