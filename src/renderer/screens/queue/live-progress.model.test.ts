import { expect, test } from 'vitest'
import type { LiveEvent } from '../../../domain/live.ts'
import { progressAfter } from './live-progress.model.ts'

const event = (jobId: string | null, name: string, progress: number | null = null): LiveEvent => ({
  at: 1,
  jobId,
  event: name,
  detail: null,
  progress,
})

test('the newest progress counts, and a job that ends is forgotten', () => {
  const told = progressAfter(new Map(), [
    event('a', 'progress', 10),
    event('b', 'progress', 30),
    event('a', 'progress', 20),
  ])
  expect([...told]).toEqual([
    ['a', 20],
    ['b', 30],
  ])
  const later = progressAfter(told, [event('a', 'completed'), event(null, 'drained'), event('b', 'progress')])
  expect([...later]).toEqual([['b', 30]])
  expect([...told]).toHaveLength(2)
})
