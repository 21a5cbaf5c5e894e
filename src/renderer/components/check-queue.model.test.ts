import { expect, it } from 'vitest'
import type { PoolAudit } from '../../domain/pool.ts'
import { auditProblems, auditRows, auditSentence, canBeChecked, orphanSentence } from './check-queue.model.ts'

const places = {
  waiting: 9_000,
  high: 1,
  low: 2,
  suspects: 3,
  delayed: 4,
  held: 30,
  claimed: 0,
  dead: 300,
  done: 3_000,
}
const audit: PoolAudit = {
  places,
  total: 12_340,
  workers: [],
  orphans: { count: 0, oldestAgeMs: null },
  problems: [],
}

it('says how many jobs there are when all adds up', () => {
  expect(auditSentence(audit)).toBe('12,340 jobs, all accounted for.')
  expect(auditProblems(audit)).toEqual([])
  const one = { ...places, waiting: 1, high: 0, low: 0, suspects: 0, delayed: 0, held: 0, dead: 0, done: 0 }
  expect(auditSentence({ ...audit, places: one, total: 1 })).toBe('1 job, all accounted for.')
  expect(auditSentence({ ...audit, places: { ...one, waiting: 0 }, total: 0 })).toBe('No jobs, and nothing left over.')
})

it('says how much does not add up', () => {
  expect(auditSentence({ ...audit, problems: ['a'] })).toBe('12,340 jobs, and one thing does not add up.')
  expect(auditSentence({ ...audit, problems: ['a', 'b'] })).toBe('12,340 jobs, and 2 things do not add up.')
})

it('adds up by itself, and says when that gives another sum', () => {
  expect(auditProblems({ ...audit, problems: ['a'], total: 12_341 })).toEqual([
    'a',
    'The places add up to 12,340, not to 12,341.',
  ])
})

it('shows every place once', () => {
  expect(
    auditRows(audit)
      .map(({ place }) => place)
      .sort(),
  ).toEqual(Object.keys(places).sort())
})

it('is for the systems that pools work on', () => {
  const on = (system: 'plain-list' | 'http-jobs' | 'bull') => canBeChecked({ system, prefix: '', name: 'a' })
  expect([on('plain-list'), on('http-jobs'), on('bull')]).toEqual([true, true, false])
})

it('says for how long jobs have had no known owner', () => {
  const sentence = (count: number, oldestAgeMs: number | null) =>
    orphanSentence({ ...audit, orphans: { count, oldestAgeMs } })
  expect(sentence(3, 2_460_000)).toContain('3 more jobs stand there as being run, owner unknown, the oldest for 41m: ')
  expect(sentence(1, 60_000)).toContain('1 more job stands there as being run, owner unknown, for 1m: ')
  expect(sentence(1, null)).toContain('owner unknown: a worker that is no pool has it, or died with it.')
})
