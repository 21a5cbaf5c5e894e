import { expect, test } from 'vitest'
import type { OperationRun } from '../../domain/operation.ts'
import { feedOperationRuns, useOperationRuns } from '../state/operation-runs.ts'
import { leftWords } from './running-operations.model.ts'

const run: OperationRun = {
  id: '1',
  connectionId: 'c',
  action: 'retry',
  queue: { system: 'bullmq', prefix: 'bull', name: 'mail' },
  stateLabel: 'Failed',
  done: 500,
  total: 2000,
  startedAt: 10_000,
  cancelled: false,
}
const fed = (part: Partial<OperationRun>, now: number) => {
  feedOperationRuns([{ ...run, ...part }], now)
  const [followed] = useOperationRuns.getState().runs
  if (followed === undefined) throw new Error('nothing was fed')
  return followed
}

test('the speed so far says how long it still takes', () => {
  const followed = fed({}, 15_000)
  expect(followed.perSecond).toBe(100)
  expect(leftWords(followed, (ms) => `${ms}`)).toBe('15000 left')
})

test('nothing is said before there is a speed, or when all is done', () => {
  expect(leftWords(fed({ done: 0 }, 15_000), String)).toBeNull()
  expect(leftWords(fed({}, 10_100), String)).toBeNull()
  expect(leftWords(fed({ total: null }, 15_000), String)).toBeNull()
  expect(leftWords(fed({ done: 2000 }, 15_000), String)).toBeNull()
})
