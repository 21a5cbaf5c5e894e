import { describe, expect, it } from 'vitest'
import { trackedRequestSchema } from '../../domain/request.ts'
import { parseTrackedRequest } from './parse.ts'
import { isEnded, stateOf } from './status.ts'

const now = Date.parse('2024-01-01T12:01:00Z')
const full = 1_800_000

function parse(json: unknown, ttlMs: number | null = full) {
  const bytes = Buffer.isBuffer(json) ? json : Buffer.from(typeof json === 'string' ? json : JSON.stringify(json))
  return trackedRequestSchema.strict().parse(parseTrackedRequest('req_1', bytes, ttlMs, now))
}

describe('a tracked request', () => {
  it('is read from its JSON', () => {
    const request = {
      hash: 'req_1',
      service_slug: 'credit-score-rating',
      status: 'processing',
      step: 'captcha_solving',
      progress: 50,
      current_message: 'حل کپچا...',
      estimated_duration: 150,
      request_data: { status: 'failed' },
      user_id: 123,
      started_at: '2024-01-01T12:00:00Z',
    }
    expect(parse(request, 1_790_000)).toEqual({
      hash: 'req_1',
      service: 'credit-score-rating',
      status: 'processing',
      step: 'captcha_solving',
      progress: 50,
      message: 'حل کپچا...',
      userId: '123',
      requiresOtp: false,
      startedAt: Date.parse('2024-01-01T12:00:00Z'),
      updatedAt: now - 10_000,
      etaMs: 65_000, // half of 150 s, written 10 s ago
      expiresAt: now + 1_790_000,
      error: null,
      problem: null,
    })
  })

  it('is late, never negative, when it takes longer than it said', () => {
    const request = { status: 'processing', progress: 90, estimated_duration: 100 }
    expect(parse(request, full - 60_000).etaMs).toBe(0)
  })

  it('goes by its pace where it gave no estimate', () => {
    const request = { status: 'processing', progress: 25, started_at: '2024-01-01T12:00:00Z' }
    expect(parse(request).etaMs).toBe(180_000)
    expect(parse({ ...request, progress: 0 }).etaMs).toBeNull()
    expect(parse({ status: 'processing', progress: 25 }).etaMs).toBeNull()
  })

  it('has no estimate once it ended', () => {
    for (const status of ['completed', 'FAILED', 'cancelled']) {
      expect(parse({ status, progress: 60, estimated_duration: 100 }).etaMs).toBeNull()
      expect(isEnded(status)).toBe(true)
    }
  })

  it('needs a code when it says so, by its status or by itself', () => {
    expect(parse({ status: 'otp_required' }).requiresOtp).toBe(true)
    expect(parse({ status: 'processing', requires_otp: true }).requiresOtp).toBe(true)
    expect(parse({ status: 'processing', requires_otp: 'no' }).requiresOtp).toBe(false)
  })

  it('takes the time of an update from the request, else from what is gone of its time to live', () => {
    expect(parse({ status: 'x', updated_at: '2024-01-01T11:59:00Z' }, 5).updatedAt).toBe(now - 120_000)
    expect(parse({ status: 'x' }, full - 3000).updatedAt).toBe(now - 3000)
    expect(parse({ status: 'x' }, -1)).toMatchObject({ updatedAt: now, expiresAt: null })
    expect(parse({ status: 'x', expires_at: '2024-01-01T12:30:00Z' }, null).expiresAt).toBe(
      Date.parse('2024-01-01T12:30:00Z'),
    )
  })

  it('keeps progress within 0 to 100, and ids exact', () => {
    expect(parse({ status: 'x', progress: 140 }).progress).toBe(100)
    expect(parse({ status: 'x', progress: -3 }).progress).toBe(0)
    expect(parse({ status: 'x', progress: '35%' }).progress).toBe(35)
    expect(parse({ status: 'x', progress: {} }).progress).toBeNull()
    expect(parse('{"status":"x","user_id":9223372036854775807}').userId).toBe('9223372036854775807')
  })

  it.each([
    ['text that is not JSON', 'not json', 'is not JSON'],
    ['bytes that are not text', Buffer.from([0xff, 0xfe]), 'is not text'],
    ['nothing', '', 'Nothing is stored'],
    ['JSON without a status', '{"progress":4}', 'no status'],
  ])('has a problem, and is still there, for %s', (_, json, problem) => {
    const request = parse(json)
    expect(request.problem).toContain(problem)
    expect(request).toMatchObject({ hash: 'req_1', status: 'unknown', etaMs: null })
  })

  it('cuts texts that no line can hold', () => {
    expect(parse({ status: 'x', current_message: 'm'.repeat(10_000) }).message).toHaveLength(500)
  })

  it('counts statuses that nobody told us of as other', () => {
    expect(stateOf('captcha_solving')).toBe('other')
    expect(stateOf(' Queued ')).toBe('pending')
  })
})
