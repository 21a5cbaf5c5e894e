import { expect, it } from 'vitest'
import { limitsSchema, poolDefaults } from '../../domain/pool.ts'
import { fromLimits, limitsProblems, startingLimits, toLimits } from './limits-form.model.ts'

it('begins with the usual limits and comes back as it was', () => {
  expect(toLimits(startingLimits)).toEqual(poolDefaults.limits)
  const limits = { timeMs: 1500, memoryMb: 1024, jobsPerProcess: 4 }
  expect(limitsSchema.parse(toLimits(fromLimits(limits)))).toEqual(limits)
})

it('refuses what the engine would refuse', () => {
  expect(limitsProblems(startingLimits)).toEqual({})
  expect(Object.keys(limitsProblems({ timeSeconds: '0', memoryMb: '31', jobsPerProcess: '101' }))).toEqual([
    'timeSeconds',
    'memoryMb',
    'jobsPerProcess',
  ])
  expect(limitsProblems({ ...startingLimits, timeSeconds: '0.1' })).toEqual({})
  expect(limitsProblems({ ...startingLimits, memoryMb: '' })).toHaveProperty('memoryMb')
})
