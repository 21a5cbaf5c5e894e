import { describe, expect, it } from 'vitest'
import { type JobFilter, parseFilter } from '../../../domain/job-filter/parse.ts'
import { filterWords } from './filter-words.model.ts'

describe('filterWords', () => {
  it.each([
    ['timeout', '“timeout” is anywhere'],
    ['data.user.id = 42', 'data.user.id is 42'],
    ['items[].sku = "A-1"', 'items[].sku is “A-1”'],
    ['a = 1 or b ~ x and not c', 'a is 1 or (b contains x and not (“c” is anywhere))'],
    ['age > 2h attempts <= 3', 'age is over 2h and attempts is at most 3'],
    ['data.tenant != missing', 'there is data.tenant'],
    ['data.tenant = missing', 'there is no data.tenant'],
    ['data.tenant = "missing"', 'data.tenant is “missing”'],
  ])('%s: %s', (text, words) => expect(filterWords(parseFilter(text) as JobFilter)).toBe(words))
})
