import { expect, it } from 'vitest'
import { groupPalette, type PaletteItem, searchPalette } from './palette.model.ts'

const item = (title: string, more: Partial<PaletteItem> = {}): PaletteItem => ({
  id: title,
  group: 'Queues',
  title,
  run() {},
  ...more,
})
const titles = (items: readonly PaletteItem[]) => items.map(({ title }) => title)

it('puts a beginning before a word inside before anything inside', () => {
  const items = [item('remail'), item('bulk-email'), item('email'), item('sms')]
  expect(titles(searchPalette(items, 'EMAIL'))).toEqual(['email', 'bulk-email', 'remail'])
})
it('wants every word, wherever it stands', () => {
  const items = [item('email', { detail: 'prod-eu' }), item('email', { id: 'x', detail: 'staging' })]
  expect(searchPalette(items, 'prod email')).toEqual([items[0]])
})
it('keeps the order and stops at sixty when nothing is typed', () => {
  const items = Array.from({ length: 100 }, (_, index) => item(`q${index}`))
  expect(titles(searchPalette(items, ' '))).toEqual(titles(items.slice(0, 60)))
})
it('groups by heading in the order of the best', () => {
  const items = [item('a'), item('b', { group: 'Go to' }), item('c')]
  expect(groupPalette(items).map(({ value, items: members }) => [value, titles(members)])).toEqual([
    ['Queues', ['a', 'c']],
    ['Go to', ['b']],
  ])
})
