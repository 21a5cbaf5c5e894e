import { describe, expect, it } from 'vitest'
import type { Element } from '../shared/elements/elements.ts'
import { birthOf, detailOf, summaryOf } from './decode.ts'

const now = Date.parse('2024-01-01T01:00:00Z')

function element(message: unknown, score: number | null = null): Element {
  const bytes = Buffer.from(typeof message === 'string' ? message : JSON.stringify(message))
  return { ref: 'ref', size: bytes.length, bytes, tail: Buffer.alloc(0), score }
}

const message = {
  id: 'job_123',
  job_id: 456,
  api_url: 'https://api.example.com/endpoint?token=secret',
  max_retry_count: 3,
  retry_count: 1,
  created_at: '2024-01-01T00:00:00Z',
  scheduled_at: '2024-01-01T00:10:00Z',
  timeout: 90,
}

describe('an HTTP job', () => {
  it('is known by host and path of what it calls, not by the query', () => {
    expect(summaryOf(element(message), 'ready', now)).toMatchObject({
      id: 'job_123',
      name: 'api.example.com/endpoint',
      createdAt: Date.parse('2024-01-01T00:00:00Z'),
      at: null,
      attempts: 1,
      maxAttempts: 3,
      error: null,
      badges: [],
    })
    expect(summaryOf(element({ ...message, api_url: '/relative' }), 'ready', now).name).toBe('/relative')
    expect(summaryOf(element({ ...message, api_url: 7 }), 'ready', now).name).toBe('7')
  })

  it('tells when it is due, started or ended, by its state', () => {
    const times = {
      ...message,
      started_at: '2024-01-01T00:20:00Z',
      failed_at: '2024-01-01T00:30:00Z',
      completed_at: '2024-01-01T00:40:00Z',
    }
    const at = (state: 'processing' | 'failed' | 'completed') => summaryOf(element(times), state, now).at
    expect([at('processing'), at('failed'), at('completed')]).toEqual([
      Date.parse('2024-01-01T00:20:00Z'),
      Date.parse('2024-01-01T00:30:00Z'),
      Date.parse('2024-01-01T00:40:00Z'),
    ])
    expect(summaryOf(element(message, 1_704_067_200), 'delayed', now).at).toBe(1_704_067_200_000)
    expect(summaryOf(element(message, 1_704_067_200_000), 'delayed', now).at).toBe(1_704_067_200_000)
  })

  it('does not take the zero time of Go for a time', () => {
    const never = { ...message, created_at: '0001-01-01T00:00:00Z', failed_at: '0001-01-01T00:00:00Z' }
    expect(summaryOf(element(never), 'failed', now)).toMatchObject({ createdAt: null, at: null })
    expect(birthOf(element(never))).toBeNull()
    expect(detailOf(element(never), 'failed', 'k', now).timeline.map(({ label }) => label)).toEqual(['Scheduled for'])
  })

  it('is stalled when it runs longer than its time limit, and overdue when nobody moves it', () => {
    const started = (started_at: string) => summaryOf(element({ ...message, started_at }), 'processing', now).badges
    expect(started('2024-01-01T00:58:00Z')).toEqual(['stalled'])
    expect(started('2024-01-01T00:59:00Z')).toEqual([])
    expect(summaryOf(element(message, now / 1000 - 1), 'delayed', now).badges).toEqual(['overdue'])
    expect(summaryOf(element(message, now / 1000 + 1), 'delayed', now).badges).toEqual([])
  })

  it('may be no more than an id, whose message is elsewhere', () => {
    expect(summaryOf(element('job_123'), 'processing', now)).toMatchObject({ id: 'job_123', badges: ['no-data'] })
    expect(summaryOf(element('not an id'), 'processing', now)).toMatchObject({ id: null, badges: ['invalid-json'] })
  })

  it('opens with what failed and what the call answered', () => {
    const failed = {
      ...message,
      error: 'HTTP 503',
      status_code: 503,
      duration_ms: 120,
      response: { status: 503, id: 1 },
    }
    const detail = detailOf(element(failed), 'failed', 'job_queue:failed', now)
    expect(detail).toMatchObject({ error: 'HTTP 503', failures: [{ attempt: 2, message: 'HTTP 503', stack: null }] })
    expect(detail.result?.text).toBe('{"status":503,"id":1}')
    expect(detail.fields).toEqual([
      { label: 'URL', value: 'https://api.example.com/endpoint?token=secret', mono: true },
      { label: 'Job record', value: '456', mono: true },
      { label: 'Time limit', value: '90 s', mono: false },
      { label: 'Answered', value: '503', mono: false },
      { label: 'Took', value: '120 ms', mono: false },
      { label: 'Key', value: 'job_queue:failed', mono: true },
    ])
    expect(detail.timeline.map(({ label }) => label)).toEqual(['Created', 'Scheduled for'])
  })
})
