import { expect, it } from 'vitest'
import { patchedSearch } from './url-state.ts'

it('sets, replaces and takes out, and keeps the rest', () => {
  expect(patchedSearch('sort=failed&q=a', { q: 'ایمیل', sort: null, job: 'x/y' })).toBe(
    'q=%D8%A7%DB%8C%D9%85%DB%8C%D9%84&job=x%2Fy',
  )
})
it('is empty when nothing is left', () => expect(patchedSearch('q=a', { q: null })).toBe(''))
