import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startStatusLine } from './status-line.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function output(settings: { isTTY?: boolean; columns?: number } = {}) {
  const written: string[] = []
  return { ...settings, written, write: (text: string) => written.push(text) }
}

test('a terminal keeps one line, rewritten each second and cut to its width', () => {
  const terminal = output({ isTTY: true, columns: 11 })
  let jobs = 1
  const status = startStatusLine(terminal, () => `${jobs} jobs and more`)
  jobs = 2
  vi.advanceTimersByTime(1000)
  expect(terminal.written).toEqual(['\r\u001b[2K1 jobs and', '\r\u001b[2K2 jobs and'])
  status.stop()
  vi.advanceTimersByTime(5000)
  expect(terminal.written).toHaveLength(3)
})

test('a terminal that does not tell its width is taken for an old one', () => {
  const terminal = output({ isTTY: true, columns: 0 })
  startStatusLine(terminal, () => '1 job').stop()
  expect(terminal.written[0]).toBe('\r\u001b[2K1 job')
})

test('what is said in between stands above the line', () => {
  const terminal = output({ isTTY: true, columns: 80 })
  const status = startStatusLine(terminal, () => 'line')
  status.say('hello')
  expect(terminal.written.join('')).toBe('\r\u001b[2Kline\r\u001b[2Khello\n\r\u001b[2Kline')
  status.stop()
})

test('a log gets a line every ten seconds', () => {
  const log = output()
  const status = startStatusLine(log, () => 'line')
  vi.advanceTimersByTime(25_000)
  expect(log.written).toEqual(['line\n', 'line\n'])
  status.stop()
})
