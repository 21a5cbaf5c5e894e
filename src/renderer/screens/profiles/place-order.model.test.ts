import { describe, expect, it } from 'vitest'
import { copyName, foldersOf, isFound, movedTo, placesOf, stepGoal } from './place-order.model.ts'

const of = (id: string, folder = '', builtIn = false) => ({ id, folder, builtIn })
const profiles = [of('local', '', true), of('a', 'X'), of('b'), of('c', 'X'), of('d', 'Y')]
const shown = (list: readonly { id: string; folder: string }[]) =>
  list.map(({ id, folder }) => `${folder}/${id}`).join(' ')
const stepped = (id: string, step: -1 | 1, list = profiles) => {
  const goal = stepGoal(list, id, step)
  return goal === null ? null : shown(movedTo(list, id, goal))
}

it('shows those in no folder first, then each folder where its first stands', () => {
  expect(
    foldersOf(profiles).map(({ name, profiles: members }) => [name, members.map(({ id }) => id).join('')]),
  ).toEqual([
    ['', 'localb'],
    ['X', 'ac'],
    ['Y', 'd'],
  ])
})

describe('a step', () => {
  it('goes one place within the folder', () => {
    expect(stepped('c', -1)).toBe('/local /b X/c X/a Y/d')
    expect(stepped('a', 1)).toBe('/local /b X/c X/a Y/d')
  })
  it('goes over the edge into the next folder', () => {
    expect(stepped('a', -1)).toBe('/local /b /a X/c Y/d')
    expect(stepped('c', 1)).toBe('/local /b X/a Y/c Y/d')
  })
  it('ends at the ends, and never passes the built-in one', () => {
    expect([stepped('b', -1), stepped('d', 1), stepped('local', 1)]).toEqual([null, null, null])
  })
  it('comes back by the opposite step', () => {
    for (const id of ['a', 'c']) {
      const there = movedTo(profiles, id, stepGoal(profiles, id, 1) ?? { folder: '', before: null })
      expect(stepped(id, -1, there)).toBe(shown(movedTo(profiles, 'b', { folder: '', before: null })))
    }
  })
})

it('drops before another, at the end of a folder, and into one that is new', () => {
  expect(shown(movedTo(profiles, 'd', { folder: 'X', before: 'c' }))).toBe('/local /b X/a X/d X/c')
  expect(shown(movedTo(profiles, 'b', { folder: 'Y', before: null }))).toBe('/local X/a X/c Y/d Y/b')
  expect(shown(movedTo(profiles, 'b', { folder: 'Z', before: null }))).toBe('/local X/a X/c Y/d Z/b')
})
it('moves nothing in front of the built-in one, nor that itself', () => {
  expect(shown(movedTo(profiles, 'a', { folder: '', before: 'local' }))).toBe('/local /b X/a X/c Y/d')
  expect(shown(movedTo(profiles, 'local', { folder: 'X', before: null }))).toBe('/local /b X/a X/c Y/d')
  expect(placesOf(profiles).map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd'])
})
it('finds by all words, in whatever is known', () => {
  const profile = { name: 'Orders EU', url: 'redis://h', folder: 'Clients', environment: 'production' } as const
  expect(isFound(profile, ['10.0.0.5:6379'], 'eu PROD')).toBe(true)
  expect(isFound(profile, ['10.0.0.5:6379'], '10.0.0.5')).toBe(true)
  expect(isFound(profile, [], 'eu staging')).toBe(false)
})
it('gives a copy a name that is free, and short enough', () => {
  expect(copyName('a', new Set(['a', 'a (copy)']))).toBe('a (copy 2)')
  const long = copyName('😀'.repeat(40), new Set())
  expect(long.length).toBeLessThanOrEqual(80)
  expect(encodeURIComponent(long)).toContain('copy') // it would throw for half a character
})
