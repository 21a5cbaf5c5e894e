import { describe, expect, it } from 'vitest'
import { parseFilter } from '../../../domain/job-filter/parse.ts'
import { filterExamples } from './filter-examples.ts'

describe('the examples of filters', () => {
  it.each(filterExamples.map(({ filter }) => [filter]))('%s is a filter', (filter) => {
    expect(parseFilter(filter)).not.toHaveProperty('problem')
  })
})
