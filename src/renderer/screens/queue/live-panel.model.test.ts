import { expect, test } from 'vitest'
import type { LiveEvent } from '../../../domain/live.ts'
import { addEvents, matching } from './live-panel.model.ts'

const event = (at: number, jobId: string, detail: string | null = null): LiveEvent => ({
  at,
  jobId,
  event: 'completed',
  detail,
  progress: null,
})

test('new events come first, and the oldest leave when there are too many', () => {
  const first = addEvents([], [event(1, 'a'), event(2, 'b')])
  expect(first.map(({ at }) => at)).toEqual([2, 1])
  expect(addEvents(first, [])).toBe(first)
  const many = addEvents(
    first,
    Array.from({ length: 299 }, (_, i) => event(3 + i, 'c')),
  )
  expect(many).toHaveLength(300)
  expect([many[0]?.at, many.at(-1)?.at]).toEqual([301, 2])
})

test('a filter wants all of its words, wherever they are', () => {
  const events = [event(1, 'order-7', 'took 3 s'), event(2, 'order-8')]
  expect(matching(events, 'ORDER-7 took')).toEqual([events[0]])
  expect(matching(events, ' ')).toBe(events)
})
