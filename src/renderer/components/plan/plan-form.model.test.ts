import { expect, it } from 'vitest'
import type { Plan } from '../../../domain/operation.ts'
import {
  ageOf,
  estimateOf,
  firstForm,
  firstTrash,
  missingFor,
  numberProblems,
  runOf,
  trashChoices,
} from './plan-form.model.ts'

const plan: Plan = {
  id: 'p',
  question: {
    connectionId: 'c',
    action: 'remove',
    selection: { type: 'search', searchId: 's' },
    attempts: 'keep',
    to: null,
    into: null,
    at: null,
    change: null,
    redaction: [],
  },
  at: 0,
  places: [],
  count: 41_203,
  bytes: { value: 10, estimated: false },
  sample: [],
  estimateMs: 2_000,
  script: '',
  undo: true,
  trash: { bytes: 2 ** 20, used: 0, limit: 2 ** 30, fits: true, places: ['redis', 'computer', 'none'] },
  typeCount: false,
  warnings: [],
}
const minute = 60_000

it('lets a plan run when nothing is missing', () => {
  expect(missingFor(firstForm, plan, false, 0)).toBeNull()
  expect(runOf(firstForm, plan, true)).toEqual({
    planId: 'p',
    typedCount: null,
    reason: null,
    pace: null,
    canary: null,
    trash: 'redis',
  })
})
it('wants the exact count where it must be typed, with or without separators', () => {
  const typing = { ...plan, typeCount: true }
  const missing = (typed: string) => missingFor({ ...firstForm, typed }, typing, false, 0)
  expect(['', '41,204', '0x1', '4.1e4'].map(missing)).toEqual(Array(4).fill('Type 41,203 to confirm.'))
  expect(['41203', '41,203', '41 203'].map(missing)).toEqual([null, null, null])
  expect(runOf({ ...firstForm, typed: '41,203' }, typing, true).typedCount).toBe(41_203)
})
it('wants the count typed, too, where nothing could bring the jobs back', () => {
  expect(missingFor({ ...firstForm, trash: 'none' }, plan, false, 0)).toBe('Type 41,203 to confirm.')
  expect(missingFor({ ...firstForm, trash: 'none' }, { ...plan, trash: null }, false, 0)).toBeNull()
})
it('wants a reason on production', () => {
  expect(missingFor({ ...firstForm, reason: ' ' }, plan, true, 0)).toBe('Say why.')
  expect(missingFor({ ...firstForm, reason: 'Ticket 42' }, plan, true, 0)).toBeNull()
  expect(runOf({ ...firstForm, reason: ' Ticket 42 ' }, plan, true).reason).toBe('Ticket 42')
})
it('does not begin with a trash that has no room', () => {
  const full: Plan = {
    ...plan,
    trash: { bytes: 3 * 2 ** 20, used: 0, limit: 2 ** 20, fits: false, places: ['computer', 'none'] },
  }
  expect(missingFor(firstForm, full, false, 0)).toBe('The trash in Redis has room for 1.00 MiB, not for 3.00 MiB.')
  expect(missingFor({ ...firstForm, trash: 'computer' }, full, false, 0)).toBeNull()
  expect(firstTrash(full)).toBe('computer')
  expect(firstTrash(plan)).toBe('redis')
  const nowhereElse: Plan = { ...plan, trash: { bytes: 1, used: 0, limit: 0, fits: false, places: ['none'] } }
  expect([firstTrash(nowhereElse), trashChoices(nowhereElse)]).toEqual(['redis', ['none']])
  expect(trashChoices({ ...plan, trash: null })).toEqual([])
  expect(trashChoices({ ...full, trash: { bytes: 1, used: 0, limit: 0, fits: true, places: ['redis'] } })).toEqual([
    'redis',
  ])
})
it('grows old', () => {
  expect([0, 9, 10, 59, 60].map((minutes) => ageOf(plan, minutes * minute))).toEqual([
    'fresh',
    'fresh',
    'old',
    'old',
    'gone',
  ])
  expect(missingFor(firstForm, plan, false, 60 * minute)).toBe('This plan is too old: plan again.')
})
it('checks the numbers of what is switched on, and sends only those', () => {
  const wrong = { ...firstForm, pace: '0', second: '1.5', failPercent: '101', patience: '' }
  expect(numberProblems(wrong)).toEqual({})
  expect(Object.keys(numberProblems({ ...wrong, limited: true, canary: true }))).toEqual([
    'pace',
    'second',
    'failPercent',
    'patience',
  ])
  expect(missingFor({ ...wrong, limited: true }, plan, false, 0)).toBe('A number is not right.')
  const form = { ...firstForm, limited: true, pace: '50', canary: true }
  expect(runOf(form, plan, true)).toMatchObject({
    pace: 50,
    canary: { second: 10, failPercent: 20, patienceMs: 300_000 },
  })
  expect(runOf(form, plan, false).canary).toBeNull()
})
it('says how long it takes at the pace, never faster than it can be', () => {
  expect(estimateOf(firstForm, plan)).toBe(2_000)
  expect(estimateOf({ ...firstForm, limited: true, pace: '41203' }, plan)).toBe(2_000)
  expect(estimateOf({ ...firstForm, limited: true, pace: '1000' }, { ...plan, estimateMs: null })).toBe(41_203)
})
