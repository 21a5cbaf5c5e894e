import { expect, it } from 'vitest'
import type { JournalEntry } from '../../../domain/operation.ts'
import { environmentOf, expiryWords, matchesJournal } from './journal.model.ts'

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
