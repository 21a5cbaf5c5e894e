import { expect, it } from 'vitest'
import { routes } from './routes.ts'
import { parsePlace } from './use-place.ts'

it('reads what routes write', () => {
  expect(parsePlace(routes.section('memory', 'a/b c'))).toEqual({ connectionId: 'a/b c', section: 'memory' })
  expect(parsePlace(routes.section('journal'))).toEqual({ connectionId: null, section: 'journal' })
})
it('starts at the overview', () => {
  expect(parsePlace('/')).toEqual({ connectionId: null, section: 'overview' })
  expect(parsePlace('/c/x')).toEqual({ connectionId: 'x', section: 'overview' })
})
it('survives an address typed badly', () => {
  expect(parsePlace('/c/%E0%A4%A/memory')).toEqual({ connectionId: '%E0%A4%A', section: 'memory' })
})
