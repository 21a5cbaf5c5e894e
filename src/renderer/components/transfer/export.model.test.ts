import { describe, expect, it } from 'vitest'
import { exportWords, noExport } from './export.model.ts'

const progress = (jobs: number, total: number) => ({ path: '/home/ada/Downloads/mail.ndjson', jobs, total, bytes: 10 })

describe('exportWords', () => {
  it('tells how far it is', () => {
    expect(exportWords({ ...noExport, phase: 'running' }, 5)).toBe('Opening the file')
    expect(exportWords({ phase: 'running', progress: progress(1200, 5000), problem: null }, 5000)).toBe(
      'Writing: 1,200 of 5,000 jobs',
    )
  })
  it('tells what is in the file, and what had left', () => {
    expect(exportWords({ phase: 'done', progress: progress(1, 1), problem: null }, 1)).toBe('1 job was written.')
    expect(exportWords({ phase: 'done', progress: progress(3, 5), problem: null }, 5)).toBe(
      '3 jobs were written. 2 were no longer there.',
    )
  })
  it('tells where it was stopped', () => {
    expect(exportWords({ phase: 'stopped', progress: null, problem: null }, 5)).toBe('Stopped after 0 of 5 jobs.')
  })
})
