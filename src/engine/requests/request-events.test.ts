import { describe, expect, it } from 'vitest'
import type { TrackedRequest } from '../../domain/request.ts'
import { coalesceRequests, type RequestsEvent } from './request-events.ts'

const request = (hash: string, progress = 0) => ({ hash, progress }) as TrackedRequest
const changes = (changed: TrackedRequest[], gone: string[] = [], updates = 1): RequestsEvent => ({
  type: 'changes',
  changed,
  gone,
  updates,
})
const fresh: RequestsEvent = { type: 'snapshot', requests: [request('fresh')], partial: null }
const unreadAfter = (...events: RequestsEvent[]) =>
  events.reduce<RequestsEvent[]>((unread, event) => coalesceRequests(unread, event, () => fresh), [])

describe('a reader of requests that does not keep up', () => {
  it('gets one batch with the newest of each request, and the sum of updates', () => {
    expect(
      unreadAfter(changes([request('a', 1), request('b', 1)]), changes([request('a', 2)]), changes([request('a', 3)])),
    ).toEqual([changes([request('a', 3), request('b', 1)], [], 3)])
  })
  it('hears what is gone, and what came back', () => {
    expect(unreadAfter(changes([request('a')]), changes([], ['a', 'b']), changes([request('b', 5)]))).toEqual([
      changes([request('b', 5)], ['a'], 3),
    ])
  })
  it('gets a snapshot in place of all before it, and a fresh one in place of one it did not read', () => {
    const old: RequestsEvent = { type: 'snapshot', requests: [], partial: null }
    expect(unreadAfter(changes([request('a')]), old)).toEqual([old])
    expect(unreadAfter(old, changes([request('a')]))).toEqual([fresh])
  })
  it('gets a snapshot when it missed too much', () => {
    const many = (from: number) => changes(Array.from({ length: 3000 }, (_, i) => request(`r${from + i}`)))
    expect(unreadAfter(many(0), many(0))).toHaveLength(1)
    expect(unreadAfter(many(0), many(0))[0]?.type).toBe('changes')
    expect(unreadAfter(many(0), many(3000))).toEqual([fresh])
  })
})
