import { describe, expect, it } from 'vitest'
import type { FailureGroup } from '../../../domain/failure.ts'
import { barShare, filterGroups, placesOf } from './failures.model.ts'

const queue = (name: string) => ({ system: 'plain-list', prefix: 'queue:', name }) as const
const sample = (connectionId: string, name: string, ref: string) => ({
  connectionId,
  queue: queue(name),
  state: 'dead',
  ref,
  id: null,
  name: null,
  at: null,
})
const group: FailureGroup = {
  signature: 'SMTP <n>: too many connections',
  example: 'SMTP 421: too many connections',
  count: 12,
  firstAt: 1,
  lastAt: 2,
  queues: [
    { connectionId: 'a', queue: queue('email'), state: 'dead', count: 2 },
    { connectionId: 'b', queue: queue('email'), state: 'dead', count: 10 },
  ],
  samples: [sample('a', 'email', '1'), sample('b', 'email', '2'), sample('b', 'email', '3')],
}

describe('placesOf', () => {
  it('gives each place its own samples, the fullest place first', () => {
    const places = placesOf(group)
    expect(places.map(({ connectionId, count }) => [connectionId, count])).toEqual([
      ['b', 10],
      ['a', 2],
    ])
    expect(places[0]?.samples.map(({ ref }) => ref)).toEqual(['2', '3'])
  })
})

describe('filterGroups', () => {
  it('finds by error and by queue', () => {
    expect(filterGroups([group], 'smtp 421')).toHaveLength(1)
    expect(filterGroups([group], 'connections EMAIL')).toHaveLength(1)
    expect(filterGroups([group], 'sms')).toHaveLength(0)
  })
  it('keeps all without words', () => expect(filterGroups([group], '  ')).toHaveLength(1))
})

describe('barShare', () => {
  it('shows one among a million', () => expect(barShare(1, 1_000_000)).toBeGreaterThan(0.01))
  it('fills the bar of the largest', () => expect(barShare(7, 7)).toBe(1))
})
