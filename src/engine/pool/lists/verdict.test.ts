import { describe, expect, it } from 'vitest'
import { HandlerError, type Job } from '../handler.ts'
import { layoutOf } from './layout.ts'
import { Payload } from './payload.ts'
import { readJob } from './read-job.ts'
import { delayOf, verdictOf } from './verdict.ts'

const { fields } = layoutOf('plain-list', 'queue:', 'q')
const http = layoutOf('http-jobs', '', 'job_queue').fields

function jobOf(text: string, names = fields): Job {
  const job = readJob(new Payload(Buffer.from(text)), names)
  if ('unreadable' in job) throw new Error(job.unreadable)
  return job
}

describe('a back-off', () => {
  it('doubles up to its longest, shortened by up to a fifth', () => {
    const backoff = { kind: 'exponential', firstMs: 1000, longestMs: 60_000 } as const
    const delays = (random: number) => [1, 2, 3, 6, 7, 50].map((retry) => delayOf(backoff, retry, () => random))
    expect(delays(0)).toEqual([1000, 2000, 4000, 32_000, 60_000, 60_000])
    expect(delays(1)).toEqual([800, 1600, 3200, 25_600, 48_000, 48_000])
  })

  it('that is given is kept to, and its last delay goes on', () => {
    const delaysMs = [30, 60, 120, 300, 600].map((seconds) => seconds * 1000)
    const delays = [1, 2, 5, 6].map((retry) => delayOf({ kind: 'given', delaysMs }, retry))
    expect(delays).toEqual([30_000, 60_000, 600_000, 600_000])
  })
})

describe('attempts', () => {
  const policy = { maxAttempts: 2, backoff: { kind: 'given', delaysMs: [5] } } as const

  it('are counted in the job by the name that its layout has for them', () => {
    const verdict = verdictOf(
      jobOf('{"id":1,"retry_count":2,"max_retry_count":3}', http),
      new Error('x'),
      policy,
      http,
      0,
    )
    expect(verdict).toEqual({
      kind: 'retry',
      payload: Buffer.from('{"id":1,"retry_count":3,"max_retry_count":3}'),
      delayMs: 5,
    })
    const last = verdictOf(jobOf('{"id":1,"retry_count":3,"max_retry_count":3}', http), new Error('x'), policy, http, 0)
    expect(last).toEqual({
      kind: 'dead',
      entry: Buffer.from(
        '{"id":1,"retry_count":4,"max_retry_count":3,"failed_at":"1970-01-01T00:00:00.000Z","error":"x"}',
      ),
    })
  })

  it('leave in a dead letter what the last one was answered and how long it took, where the layout has that', () => {
    const answered = new HandlerError('no', { retryable: false, result: '{"status":422,"ms":7}' })
    const entryOf = (text: string, names: typeof fields, error: unknown, tookMs: number | null) => {
      const verdict = verdictOf(jobOf(text, names), error, policy, names, 0, tookMs)
      return verdict.kind === 'dead' ? String(verdict.entry) : verdict.kind
    }
    const ended = '"failed_at":"1970-01-01T00:00:00.000Z","error":"no"'
    expect(entryOf('{"retry_count":0}', http, answered, 12.6)).toBe(
      `{"retry_count":1,${ended},"status_code":422,"duration_ms":13}`,
    )
    expect(entryOf('{"retry_count":9}', http, new Error('no'), 5)).toBe(`{"retry_count":10,${ended},"duration_ms":5}`)
    expect(entryOf('{"attempts":9}', fields, answered, 5)).toBe(
      '{"attempts":10,"failedAt":"1970-01-01T00:00:00.000Z","error":"no"}',
    )
  })

  it('are as many as the pool says where the job does not', () => {
    expect(verdictOf(jobOf('{}', http), new Error('x'), policy, http, 0).kind).toBe('retry')
    expect(verdictOf(jobOf('{"retry_count":1}', http), new Error('x'), policy, http, 0).kind).toBe('dead')
    expect(verdictOf(jobOf('{"attempts":1,"max_retry_count":9}'), new Error('x'), policy, fields, 0).kind).toBe('dead')
  })
})
