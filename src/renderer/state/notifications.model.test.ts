import { expect, it } from 'vitest'
import { newsAmong, unseenCount, worthToast } from './notifications.model.ts'

const told = (id: string, at = 0) => ({ id, at, level: 'info' as const, title: id, text: '' })

it('has no news at the first look, however much is there', () => {
  expect(newsAmong([told('a'), told('b')], null)).toEqual([])
})
it('has news of those that were not there', () => {
  expect(newsAmong([told('a'), told('b'), told('c')], new Set(['a', 'b'])).map(({ id }) => id)).toEqual(['c'])
})
it('counts those later than the last look', () => {
  expect(unseenCount([told('a', 1), told('b', 5), told('c', 9)], 5)).toBe(1)
})
it('shows every error, and of plain news the newest once in a while', () => {
  const news = [told('a', 50_000), { ...told('b', 50_001), level: 'error' as const }, told('c', 50_002)]
  expect(worthToast(news, 0).map(({ id }) => id)).toEqual(['b', 'c'])
  expect(worthToast(news, 40_000).map(({ id }) => id)).toEqual(['b'])
  expect(worthToast([], 0)).toEqual([])
})
