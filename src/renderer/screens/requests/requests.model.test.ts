import { describe, expect, it } from 'vitest'
import type { TrackedRequest } from '../../../domain/request.ts'
import { RequestStore } from './request-store.ts'
import { heldRows, matches, phaseOf, trackerKeys, UpdateMeter } from './requests.model.ts'

const request = (hash: string, more: Partial<TrackedRequest> = {}): TrackedRequest => ({
  hash,
  service: 'kyc',
  status: 'processing',
  step: null,
  progress: 10,
  message: null,
  userId: null,
  requiresOtp: false,
  startedAt: 1,
  updatedAt: 1,
  etaMs: null,
  expiresAt: null,
  error: null,
  problem: null,
  ...more,
})

describe('phaseOf', () => {
  it.each([
    ['Completed', 'completed'],
    ['timeout', 'failed'],
    ['canceled', 'cancelled'],
    ['otp_required', 'otp'],
    ['processing', 'running'],
    ['something of our own', 'running'],
  ])('%s is %s', (status, phase) => expect(phaseOf(request('a', { status }))).toBe(phase))
  it('waits for the code while it runs, not when it ended', () => {
    expect(phaseOf(request('a', { requiresOtp: true }))).toBe('otp')
    expect(phaseOf(request('a', { requiresOtp: true, status: 'completed' }))).toBe('completed')
  })
})

describe('matches', () => {
  it('looks at all that a request says', () => {
    const one = request('req_1', { message: 'حل کپچا', userId: '9007199254740993' })
    expect(matches(one, ['کپچا', '740993'])).toBe(true)
    expect(matches(one, ['payout'])).toBe(false)
  })
})

describe('trackerKeys', () => {
  it('is the same with and without the colon', () => {
    expect(trackerKeys('local_request:')).toEqual(trackerKeys('local_request'))
    expect(trackerKeys('app_request').channel).toBe('app_request_updates:HASH')
  })
})

describe('UpdateMeter', () => {
  it('counts the last whole second', () => {
    const meter = new UpdateMeter()
    meter.add(900, 5_100)
    meter.add(100, 5_900)
    expect(meter.perSecond(6_200)).toBe(1_000)
    expect(meter.perSecond(7_200)).toBe(0)
    expect(meter.course(6_200).at(-1)).toBe(1_000)
    expect(meter.course(6_200)).toHaveLength(60)
  })
})

describe('heldRows', () => {
  it('counts what waits to be shown', () => expect(heldRows(['a', 'b'], ['c', 'a', 'd']).waiting).toBe(2))
})

describe('RequestStore', () => {
  function store() {
    let frame: (() => void) | null = null
    let now = 1_000
    let frames = 0
    const made = new RequestStore(
      (tell) => {
        frames++
        frame = tell
      },
      () => now,
    )
    return {
      made,
      framesAsked: () => frames,
      nextFrame: () => {
        const tell = frame
        frame = null
        tell?.()
      },
      later: (ms: number) => {
        now += ms
      },
    }
  }

  it('tells a row once a frame, however many updates came', () => {
    const { made, nextFrame, framesAsked } = store()
    made.apply({ type: 'snapshot', requests: [request('a'), request('b')], partial: null })
    nextFrame()
    let a = 0
    let b = 0
    made.subscribe('a', () => a++)
    made.subscribe('b', () => b++)
    for (let progress = 0; progress < 500; progress++) {
      made.apply({ type: 'changes', changed: [request('a', { progress })], gone: [], updates: 1 })
    }
    expect(a).toBe(0)
    expect(framesAsked()).toBe(2)
    nextFrame()
    expect(a).toBe(1)
    expect(b).toBe(0)
    expect(made.get('a')?.request.progress).toBe(499)
  })

  it('keeps its outline while only progress moves', () => {
    const { made, nextFrame } = store()
    made.apply({ type: 'snapshot', requests: [request('a'), request('b', { startedAt: 9 })], partial: null })
    nextFrame()
    const before = made.outline()
    expect(before.hashes).toEqual(['b', 'a'])
    made.apply({ type: 'changes', changed: [request('a', { progress: 50 })], gone: [], updates: 1 })
    nextFrame()
    expect(made.outline()).toBe(before)
    made.apply({ type: 'changes', changed: [request('a', { status: 'failed' })], gone: [], updates: 1 })
    nextFrame()
    expect(made.outline().counts).toMatchObject({ running: 1, failed: 1 })
  })

  it('still knows for a while what is gone', () => {
    const { made, nextFrame, later } = store()
    made.apply({ type: 'snapshot', requests: [request('a')], partial: null })
    made.apply({ type: 'changes', changed: [], gone: ['a'], updates: 0 })
    nextFrame()
    expect(made.outline().hashes).toEqual([])
    expect(made.get('a')?.gone).toBe(true)
    later(61_000)
    made.apply({ type: 'changes', changed: [], gone: [], updates: 0 })
    expect(made.get('a')).toBeUndefined()
  })

  it('forgets what a new snapshot does not have', () => {
    const { made, nextFrame } = store()
    made.apply({ type: 'snapshot', requests: [request('a')], partial: null })
    nextFrame()
    made.apply({ type: 'snapshot', requests: [request('b')], partial: 'Not all are shown.' })
    nextFrame()
    expect(made.get('a')).toBeUndefined()
    expect(made.outline()).toMatchObject({ hashes: ['b'], partial: 'Not all are shown.' })
  })
})
