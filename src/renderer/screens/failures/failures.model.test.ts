import { describe, expect, it } from 'vitest'
import type { FailureGroup } from '../../../domain/failure.ts'
import type { SystemInfo } from '../../../domain/queue.ts'
import { barShare, filterGroups, keepPlaces, knownJobs, placesOf, questionOf, sharesOf } from './failures.model.ts'

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
  trend: [0, 1],
  filter: 'signature = x',
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

describe('sharesOf', () => {
  it('gives each connection its own', () => {
    expect(
      sharesOf(placesOf(group)).map(({ connectionId, count, places }) => [connectionId, count, places.length]),
    ).toEqual([
      ['b', 10, 1],
      ['a', 2, 1],
    ])
  })
})

describe('knownJobs', () => {
  const place = (count: number, refs: string[]) => ({
    connectionId: 'a',
    queue: queue('email'),
    state: 'dead',
    count,
    samples: refs.map((ref) => sample('a', 'email', ref)),
  })
  it('are the jobs themselves where all have a name', () => {
    expect(knownJobs([place(2, ['1', '2'])])).toEqual({
      type: 'refs',
      places: [{ queue: queue('email'), state: 'dead', refs: ['1', '2'] }],
    })
  })
  it('are none where one has not', () => {
    expect(knownJobs([place(2, ['1', '2']), place(2, ['3'])])).toBeNull()
    expect(knownJobs([])).toBeNull()
  })
})

describe('questionOf', () => {
  const systems = [
    {
      id: 'plain-list',
      states: [
        { id: 'dead', kind: 'failed' },
        { id: 'late', kind: 'retrying' },
      ],
    },
  ] as unknown as SystemInfo[]
  const place = (name: string, state: string) => ({
    connectionId: 'a',
    queue: queue(name),
    state,
    count: 1,
    samples: [],
  })
  it('is of the one state where there is one', () => {
    expect(questionOf('f', [place('mail', 'dead')], systems, 5)).toEqual({
      connectionId: 'a',
      queue: queue('mail'),
      state: 'dead',
      kinds: [],
      filter: 'f',
      budget: 5,
    })
  })
  it('never reads states of other kinds', () => {
    expect(questionOf('f', [place('mail', 'dead'), place('mail', 'late')], systems, 5)).toMatchObject({
      queue: queue('mail'),
      state: null,
      kinds: ['failed', 'retrying'],
    })
    expect(questionOf('f', [place('mail', 'dead'), place('sms', 'dead')], systems, 5)).toMatchObject({
      queue: null,
      kinds: ['failed'],
    })
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

describe('keepPlaces', () => {
  const named = (...names: string[]) => names.map((signature) => ({ ...group, signature }))
  const order = (shown: string[], groups: string[]) =>
    keepPlaces(named(...shown), named(...groups)).map(({ signature }) => signature)

  it('moves none that is shown, and puts new ones after them by their size', () =>
    expect(order(['a', 'b', 'c'], ['new', 'c', 'newer', 'a', 'b'])).toEqual(['a', 'b', 'c', 'new', 'newer']))
  it('forgets those that are gone', () => expect(order(['a', 'b', 'c'], ['c', 'a'])).toEqual(['a', 'c']))
})
