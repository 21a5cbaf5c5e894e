import { expect, it } from 'vitest'
import { failureKinds, type JobProgress } from '../../domain/job-record.ts'
import { failureLooks, progressShare, progressWords, resultText, tookMs } from './job-progress.model.ts'

const progress = (told: Partial<JobProgress>): JobProgress => ({
  percent: null,
  done: null,
  total: null,
  failed: null,
  message: null,
  ...told,
})

it('knows how far a job is by counts, else by per cent, else not', () => {
  expect(progressShare(progress({ done: 1, total: 4, percent: 90 }))).toBe(0.25)
  expect(progressShare(progress({ percent: 62 }))).toBe(0.62)
  expect(progressShare(progress({ done: 7 }))).toBeNull()
  expect(progressShare(progress({ done: 0, total: 0 }))).toBeNull()
  expect(progressShare(progress({ done: 5, total: 4 }))).toBe(1)
})

it('says it in words', () => {
  expect(progressWords(progress({ done: 402_118, total: 1_204_160, failed: 42 }))).toBe(
    '402,118 of 1,204,160, 42 failed',
  )
  expect(progressWords(progress({ done: 12, failed: 0 }))).toBe('12 done')
  expect(progressWords(progress({ percent: 61.6 }))).toBe('62%')
  expect(progressWords(progress({ message: 'busy' }))).toBe('')
})

it('has words for each way to fail', () => {
  for (const kind of failureKinds) expect(failureLooks[kind].meaning).toMatch(/^\S.*\.$/)
})

it('takes no time less than none', () => {
  const record = { startedAt: 1_000, endedAt: null } as Parameters<typeof tookMs>[0]
  expect(tookMs(record, 3_000)).toBe(2_000)
  expect(tookMs(record, 500)).toBe(0)
  expect(tookMs({ ...record, endedAt: 1_250 }, 9_000)).toBe(250)
})

it('indents a whole result and leaves one that was cut', () => {
  expect(resultText('{"a":1}')).toBe('{\n  "a": 1\n}')
  expect(resultText('{"a":')).toBe('{"a":')
  expect(resultText('{"id":9007199254740993}')).toContain('9007199254740993')
})
