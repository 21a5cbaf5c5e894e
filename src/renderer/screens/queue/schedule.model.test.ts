import { expect, test } from 'vitest'
import type { Schedule } from '../../../domain/schedule.ts'
import { changeOf, formOf, timingWords } from './schedule.model.ts'

const nightly: Schedule = {
  id: 'nightly',
  name: 'cron',
  pattern: '0 3 * * *',
  everyMs: null,
  timeZone: 'Europe/Berlin',
  nextAt: 1,
  startsAt: null,
  endsAt: null,
  runs: 4,
  limit: null,
  payload: '{"n":9007199254740993}',
  options: null,
  problem: null,
}

test('what is not touched stays as it was', () => {
  expect(changeOf('nightly', formOf(nightly))).toEqual({
    change: {
      id: 'nightly',
      pattern: '0 3 * * *',
      everyMs: null,
      timeZone: 'Europe/Berlin',
      payload: '{"n":9007199254740993}',
    },
  })
})

test('a span of time has no time zone', () => {
  const form = { ...formOf(nightly), kind: 'every' as const, seconds: '1.5' }
  expect(changeOf('nightly', form)).toMatchObject({ change: { pattern: null, everyMs: 1500, timeZone: null } })
  expect(timingWords({ pattern: null, everyMs: 300_000 })).toBe('every 5m')
})

test.each([
  [{ kind: 'pattern' as const, pattern: 'often' }, 'pattern'],
  [{ kind: 'every' as const, seconds: 'x' }, 'seconds'],
  [{ kind: 'every' as const, seconds: '0' }, 'seconds'],
  [{ payload: '{' }, 'payload'],
])('%j is wrong', (wrong, field) => {
  expect(changeOf('nightly', { ...formOf(nightly), ...wrong })).toHaveProperty(['errors', field])
})
