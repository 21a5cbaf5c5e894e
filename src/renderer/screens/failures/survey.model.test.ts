import { describe, expect, it } from 'vitest'
import type { FailureSurvey } from '../../../domain/failure.ts'
import {
  beginSurvey,
  endSurvey,
  heardOfSurvey,
  readsOnArrival,
  type SurveyRun,
  stopSurvey,
  surveyWords,
} from './survey.model.ts'

const survey = (change: Partial<FailureSurvey> = {}): FailureSurvey => ({
  status: 'done',
  groups: [],
  groupCount: 2,
  scanned: 6,
  total: 6,
  bytesRead: 100,
  redisMs: 1,
  elapsedMs: 100,
  trendFrom: 0,
  trendTo: 1,
  problems: [],
  ...change,
})
const begun = beginSurvey(undefined)
const done = heardOfSurvey(begun, survey(), 1000)

describe('a survey', () => {
  it('shows what is read for the first time while it is read', () => {
    const part = survey({ status: 'running', scanned: 2 })
    expect(heardOfSurvey(begun, part, 5)).toMatchObject({ phase: 'running', shown: part, readAt: 5 })
  })

  it('keeps what was complete until the next is', () => {
    const part = survey({ status: 'running', scanned: 2 })
    const again = heardOfSurvey(beginSurvey(done), part, 2000)
    expect(again).toMatchObject({ phase: 'running', shown: done.shown, readAt: 1000, reading: part })
    expect(stopSurvey(again)).toMatchObject({ phase: 'stopped', shown: done.shown })
    const whole = survey({ total: 7 })
    expect(heardOfSurvey(again, whole, 3000)).toMatchObject({ phase: 'done', shown: whole, readAt: 3000 })
  })

  it('keeps the groups that did not change as they were', () => {
    const group = (signature: string, count: number) =>
      ({ signature, count, firstAt: 1, lastAt: 2, trend: [count], filter: 'f', queues: [], samples: [] }) as never
    const first = heardOfSurvey(begun, survey({ status: 'running', groups: [group('a', 1), group('b', 1)] }), 0)
    const next = heardOfSurvey(first, survey({ status: 'running', groups: [group('b', 2), group('a', 1)] }), 1)
    expect(next.shown?.groups.map(({ count }) => count)).toEqual([2, 1])
    expect(next.shown?.groups[1]).toBe(first.shown?.groups[0])
  })

  it('does not keep what was not complete', () => {
    const part = survey({ status: 'running', scanned: 2 })
    const stopped = stopSurvey(heardOfSurvey(begun, part, 5))
    const next = survey({ status: 'running', scanned: 1 })
    expect(heardOfSurvey(beginSurvey(stopped), next, 9).shown).toEqual(next)
  })

  it('that ends without being done has failed', () => {
    expect(endSurvey(begun, null)).toMatchObject({
      phase: 'failed',
      problem: 'It broke off before everything was read.',
    })
    expect(endSurvey(begun, 'Redis is gone.').problem).toBe('Redis is gone.')
    expect(endSurvey(done, null)).toBe(done)
  })

  it('is read on arrival when that is cheap and the last one is old', () => {
    expect(readsOnArrival(undefined, 0)).toBe(true)
    expect(readsOnArrival(begun, 1e9)).toBe(false)
    expect(readsOnArrival(done, 30_000)).toBe(false)
    expect(readsOnArrival(done, 90_000)).toBe(true)
    expect(readsOnArrival(heardOfSurvey(begun, survey({ elapsedMs: 20_000 }), 1000), 90_000)).toBe(false)
    expect(readsOnArrival(stopSurvey(heardOfSurvey(begun, survey({ status: 'running' }), 1000)), 90_000)).toBe(false)
  })

  it('tells what it has', () => {
    const words = (run: SurveyRun, groups = 2) => surveyWords(run, groups)
    expect(words(begun)).toBe('Counting the failed jobs')
    expect(words(done)).toBe('6 failed jobs, 2 causes')
    expect(words(heardOfSurvey(begun, survey({ groupCount: 900 }), 0), 500)).toBe(
      '6 failed jobs, 900 causes; the largest 500 are shown',
    )
    const part = heardOfSurvey(begun, survey({ status: 'running', scanned: 2 }), 0)
    expect(words(part)).toBe('2 of 6 failed jobs, 2 causes so far')
    expect(words(stopSurvey(part))).toBe('Stopped: 2 of 6 failed jobs read, 2 causes')
  })
})
