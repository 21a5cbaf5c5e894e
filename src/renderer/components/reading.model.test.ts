import { describe, expect, it } from 'vitest'
import { percentWords, redisPercent, shareRead, timeLeft } from './reading.model.ts'

const reading = { scanned: 250, total: 1000, bytesRead: 1, redisMs: 100, elapsedMs: 2000 }

describe('a reading', () => {
  it('says how far it is', () => {
    expect(shareRead(reading)).toBe(0.25)
    expect(shareRead({ ...reading, scanned: 0, total: 0 })).toBe(1)
    expect(shareRead({ ...reading, scanned: 1200 })).toBe(1)
  })

  it('says what Redis gave for it', () => {
    expect(redisPercent(reading)).toBe(5)
    expect(redisPercent({ ...reading, elapsedMs: 10 })).toBeNull()
  })

  it('says how long the rest takes, once that is no guess', () => {
    expect(timeLeft(reading)).toBe(6000)
    expect(timeLeft({ ...reading, elapsedMs: 100 })).toBeNull()
    expect(timeLeft({ ...reading, scanned: 1000 })).toBeNull()
  })

  it.each([
    [0, '0.0 %'],
    [0.04, 'under 0.1 %'],
    [4.84, '4.8 %'],
    [9.96, '10 %'],
  ])('%s percent is %s', (percent, words) => expect(percentWords(percent)).toBe(words))
})
