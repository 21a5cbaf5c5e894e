import { describe, expect, it } from 'vitest'
import { type Scale, scaleSchema } from '../../domain/scale.ts'
import { fromScale, scaleProblems, scaleSentence, scaleWords, startingScale, toScale } from './scale-form.model.ts'

const automatic = { ...startingScale, by: 'wait' as const }
const byWait: Scale = { by: 'wait', min: 1, max: 10, jobsPerWorker: 20, clearMs: 90_000, cooldownMs: 2500, step: 2 }

describe('what is wrong', () => {
  it('is nothing to begin with, whatever the kind', () => {
    for (const by of ['fixed', 'size', 'wait'] as const) expect(scaleProblems({ ...startingScale, by })).toEqual({})
  })
  it('is found only in the kind that is chosen', () => {
    expect(scaleProblems({ ...automatic, count: 'x', jobsPerWorker: 'x' })).toEqual({})
    expect(scaleProblems({ ...startingScale, min: 'x', clearSeconds: 'x' })).toEqual({})
    expect(scaleProblems({ ...automatic, clearSeconds: '0' })).toHaveProperty('clearSeconds')
    expect(scaleProblems({ ...automatic, by: 'size', jobsPerWorker: '0' })).toHaveProperty('jobsPerWorker')
  })
  it('is a least that is more than the most', () => {
    expect(scaleProblems({ ...automatic, min: '11', max: '10' })).toEqual({ min: 'more than the most' })
    expect(scaleProblems({ ...automatic, min: '10', max: '10' })).toEqual({})
  })
  it('is each number beyond what the engine takes', () => {
    expect(scaleProblems({ ...startingScale, count: '1000' })).toEqual({})
    expect(scaleProblems({ ...startingScale, count: '1001' })).toHaveProperty('count')
    expect(scaleProblems({ ...startingScale, count: '0' })).toHaveProperty('count')
    expect(scaleProblems({ ...automatic, cooldownSeconds: '0.4' })).toHaveProperty('cooldownSeconds')
    expect(scaleProblems({ ...automatic, step: '1.5' })).toHaveProperty('step')
  })
})

it('gives what the engine takes, and comes back as it was', () => {
  expect(toScale(startingScale)).toEqual({ by: 'fixed', count: 10 })
  for (const scale of [
    byWait,
    { ...byWait, by: 'size' as const, clearMs: 60_000 },
    { by: 'fixed' as const, count: 3 },
  ]) {
    expect(scaleSchema.parse(toScale(fromScale(scale)))).toEqual(scale)
  }
})

it('takes the usual number where what only the other kind asks for is nonsense', () => {
  expect(scaleSchema.parse(toScale({ ...automatic, jobsPerWorker: 'x' }))).toMatchObject({ jobsPerWorker: 20 })
})

it('says in words how many there are', () => {
  expect(scaleWords({ by: 'fixed', count: 4 }, 4)).toBe('4 at a time')
  expect(scaleWords(byWait, 3)).toBe('3 of 1–10, by wait')
  expect(scaleWords(byWait, null)).toBe('1–10, by wait')
  expect(scaleWords({ ...byWait, min: 10 }, 10)).toBe('10 of 10, by wait')
})

it('says in a sentence what it does', () => {
  expect(scaleSentence(byWait)).toBe(
    'From 1 to 10: as many as clear the queue in 1m 30s; at most 2 more or fewer every 2.5 s.',
  )
  expect(scaleSentence({ ...byWait, by: 'size' })).toContain('one for every 20 waiting jobs')
  expect(scaleSentence({ by: 'fixed', count: 1000 })).toBe('Always 1,000 at a time.')
})
