import { expect, it } from 'vitest'
import { groupReport } from './report.model.ts'

const other = (ref: string, what: 'missing' | 'refused', reason: string) => ({
  ref,
  what,
  reason,
  queue: { system: 'bull', prefix: 'bull', name: 'mail' } as const,
  state: 'failed',
})

it('groups the jobs by what became of them, the largest group first', () => {
  const groups = groupReport([
    other('1', 'missing', ''),
    other('2', 'refused', 'It runs.'),
    other('3', 'refused', 'It runs.'),
    other('4', 'refused', ''),
  ])
  expect(groups.map(({ what, reason, others }) => [what, reason, others.map(({ ref }) => ref)])).toEqual([
    ['refused', 'It runs.', ['2', '3']],
    ['missing', '', ['1']],
    ['refused', '', ['4']],
  ])
})
