import { expect, it } from 'vitest'
import { systemIds } from '../../../domain/queue.ts'
import { runHandlers, runProblems, startingRun } from './run-form.model.ts'

const queue = (system: (typeof systemIds)[number], name = 'email') => ({ system, prefix: '', name })

it('can run a job of every system, by a file of one’s own at least', () => {
  for (const system of systemIds) {
    expect(runHandlers(queue(system))).toContain('own')
    expect(runHandlers(queue(system))).toContain(startingRun(queue(system)).handler)
  }
  expect(startingRun(queue('plain-list')).handler).toBe('email')
  expect(startingRun(queue('laravel')).handler).toBe('own')
})

it('asks for a file and for limits only where they count', () => {
  const form = startingRun(queue('plain-list'))
  const limits = { ...form.limits, timeSeconds: 'x' }
  expect(runProblems({ ...form, limits })).toEqual({})
  expect(Object.keys(runProblems({ ...form, handler: 'own', limits }))).toEqual(['file', 'limits'])
  expect(Object.keys(runProblems({ ...form, handler: 'csv', limits }))).toEqual(['limits'])
  expect(runProblems({ ...form, handler: 'own', file: '/srv/h.mjs' })).toEqual({})
})
