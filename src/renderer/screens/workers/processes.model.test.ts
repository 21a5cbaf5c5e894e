import { expect, it } from 'vitest'
import { processesSentence } from './processes.model.ts'
import { startingForm } from './start-pool.model.ts'

const { scale, limits } = startingForm

it('says what many processes may take, and nothing of a few', () => {
  expect(processesSentence({ scale, limits })).toBeNull()
  expect(processesSentence({ scale: { ...scale, count: '100' }, limits })).toContain(
    'up to 100 processes, which may take 25.0 GiB of memory',
  )
  expect(
    processesSentence({ scale: { ...scale, count: '100' }, limits: { ...limits, jobsPerProcess: '50' } }),
  ).toBeNull()
})
it('goes by the most that a scale allows, and waits for numbers that are right', () => {
  expect(processesSentence({ scale: { ...scale, by: 'size', max: '40' }, limits })).toContain('up to 40 processes')
  expect(processesSentence({ scale: { ...scale, count: 'x' }, limits })).toBeNull()
})
