import { expect, it } from 'vitest'
import { attentionOf, worthTelling } from './attention.model.ts'

const look = { visible: true, focused: true, usedAt: 1_000 }

it('tells a window that is used from one that is only there', () => {
  expect(attentionOf(look, 2_000)).toBe('watching')
  expect(attentionOf(look, 61_000)).toBe('idle')
  expect(attentionOf({ ...look, focused: false }, 2_000)).toBe('idle')
  expect(attentionOf({ ...look, visible: false }, 2_000)).toBe('hidden')
})
it('tells changes at once, and the same again now and then', () => {
  const told = { attention: 'watching', at: 1_000 } as const
  expect(worthTelling('watching', null, 1_000)).toBe(true)
  expect(worthTelling('watching', told, 20_999)).toBe(false)
  expect(worthTelling('watching', told, 21_000)).toBe(true)
  expect(worthTelling('hidden', told, 1_001)).toBe(true)
})
