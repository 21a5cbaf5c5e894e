import { expect, it } from 'vitest'
import type { JournalEntry } from '../../../domain/operation.ts'
import { countsOf, environmentOf, expiryWords, matchesJournal } from './journal.model.ts'

const entry: JournalEntry = {
  id: 'a',
  at: 0,
  connectionId: 'c',
  profileName: 'prod-eu',
  environment: 'production',
  action: 'remove',
  queue: null,
  who: 'ada',
  reason: null,
  summary: 'Removed 3 jobs from سفارش‌ها (Dead)',
  done: 3,
  missing: 0,
  refused: 0,
  before: null,
  after: null,
  undo: true,
  undoneAt: null,
  expiresAt: null,
}

it('finds by what, where and whether it can be undone', () => {
  expect(['', 'REMOVED dead', 'سفارش', 'prod undo', 'sms'].map((filter) => matchesJournal(entry, filter))).toEqual([
    true,
    true,
    true,
    true,
    false,
  ])
  expect(matchesJournal({ ...entry, undoneAt: 5 }, 'undo')).toBe(false)
})
it('finds by who did it and why', () => {
  const told = { ...entry, who: 'grace', reason: 'Ticket 42' }
  expect([
    matchesJournal(told, 'GRACE ticket'),
    matchesJournal(entry, 'grace'),
    matchesJournal(entry, 'ticket'),
  ]).toEqual([true, false, false])
})
it('tells the counts before and after, and which of them is not known', () => {
  expect(countsOf(entry)).toBeNull()
  expect(countsOf({ ...entry, before: 12_345, after: 0 })).toEqual({
    text: '12.3k → 0',
    title: 'Jobs in the state before: 12,345, after: 0',
  })
  expect(countsOf({ ...entry, before: 3, after: null })).toEqual({
    text: '3 → –',
    title: 'Jobs in the state before: 3, after: not counted',
  })
})
it('says how long the way back stays open', () => {
  expect([expiryWords(6 * 86_400_000, 0), expiryWords(500, 0), expiryWords(0, 1)]).toEqual([
    '6 days left',
    'a moment left',
    'no longer kept',
  ])
})
it('takes no environment for one it does not know', () => {
  expect([environmentOf(entry), environmentOf({ ...entry, environment: 'moon' })]).toEqual(['production', null])
})
