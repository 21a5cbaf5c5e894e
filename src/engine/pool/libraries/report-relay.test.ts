import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { JobProgress } from '../../../domain/job-record.ts'
import { ReportRelay } from './report-relay.ts'

const none: JobProgress = { percent: null, done: null, total: null, failed: null, message: null }

function relay(fails = false) {
  const sent: unknown[] = []
  const lines: string[] = []
  const errors: unknown[] = []
  const answer = () => (fails ? Promise.reject(new Error('away')) : Promise.resolve())
  const job = {
    progress: (value: unknown) => {
      sent.push(value)
      return answer()
    },
    log: (line: string) => {
      lines.push(line)
      return answer()
    },
  }
  return { relay: new ReportRelay(job, (error) => errors.push(error)), sent, lines, errors }
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('what a handler tells', () => {
  it('is passed on four times a second at most, the latest of it', async () => {
    const { relay: to, sent } = relay()
    for (let percent = 0; percent <= 10; percent++) to.progress({ ...none, percent })
    await vi.advanceTimersByTimeAsync(249)
    expect(sent).toEqual([0])
    await vi.advanceTimersByTimeAsync(1)
    expect(sent).toEqual([0, 10])
    await vi.advanceTimersByTimeAsync(1000)
    to.progress({ ...none, percent: 50, message: 'half' })
    expect(sent).toEqual([0, 10, { percent: 50, message: 'half' }])
  })

  it('has all arrived after a flush, which does not wait for its turn', async () => {
    const { relay: to, sent } = relay()
    to.progress({ ...none, done: 1 })
    to.progress({ ...none, done: 2 })
    await to.flush()
    expect(sent).toEqual([{ done: 1 }, { done: 2 }])
    to.progress({ ...none, done: 3 })
    await to.flush()
    expect(sent).toHaveLength(3)
  })

  it('is logged up to a thousand lines, long ones cut', async () => {
    const { relay: to, lines } = relay()
    to.log('x'.repeat(5000))
    for (let i = 0; i < 2000; i++) to.log(String(i))
    await to.flush()
    expect(lines).toHaveLength(1001)
    expect(lines[0]).toBe(`${'x'.repeat(4000)}…`)
    expect(lines.slice(-2)).toEqual(['998', 'The lines that follow are not kept.'])
  })

  it('may be lost without harm to the job', async () => {
    const { relay: to, errors } = relay(true)
    to.progress({ ...none, percent: 1 })
    to.log('line')
    await to.flush()
    expect(errors).toHaveLength(2)
  })
})
