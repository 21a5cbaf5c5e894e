import { describe, expect, it } from 'vitest'
import { emptyPolicy, type QueuePolicy } from '../../../domain/policy.ts'
import { type Kind, noKinds, queueKey, type SystemId } from '../../../domain/queue.ts'
import { noCost, type QueueSample } from '../../../domain/sample.ts'
import { applyTelemetry } from '../../state/telemetry.model.ts'
import {
  formatSorting,
  nextSorting,
  outsideKeys,
  overviewRows,
  parseSorting,
  rowKey,
  toggleOutside,
} from './overview.model.ts'

function queue(
  name: string,
  counts: Partial<Record<Kind, number>> = {},
  more: Partial<QueueSample> = {},
  system: SystemId = 'plain-list',
): QueueSample {
  return {
    queue: { system, prefix: 'queue:', name },
    kinds: { ...noKinds(), ...counts },
    states: {},
    inPerMinute: null,
    outPerMinute: null,
    ratesExact: true,
    oldestAgeMs: null,
    oldestAtLeast: false,
    drainMs: null,
    workers: null,
    paused: false,
    version: null,
    readOnly: null,
    problem: null,
    ...more,
  }
}

function shown(queues: QueueSample[], sort: string | null, filter = '', policies: QueuePolicy[] = []): string[] {
  const sample = {
    connectionId: 'a',
    at: 0,
    queues,
    redis: null,
    redisProblem: null,
    tickMs: 1,
    cost: noCost,
    partial: null,
  }
  const telemetry = applyTelemetry({}, { type: 'sample', sample }).a
  const rows = overviewRows({
    connections: [{ id: 'a', telemetry, policies, overruns: undefined }],
    filter,
    sorting: parseSorting(sort),
    systemLabel: ({ system }) => (system === 'bullmq' ? 'BullMQ' : 'Plain list'),
  })
  return rows.map((row) =>
    row.type === 'queue'
      ? (queues.find((one) => queueKey(one.queue) === row.key)?.queue.name ?? '?')
      : row.type === 'note'
        ? row.note.kind
        : row.type,
  )
}

describe('order', () => {
  it('is by name with numbers as numbers unless something else is asked for', () => {
    expect(shown([queue('q10'), queue('Q2'), queue('a')], null)).toEqual(['group', 'a', 'Q2', 'q10'])
  })
  it('puts what is not known last in both directions', () => {
    const queues = [queue('none'), queue('old', {}, { oldestAgeMs: 9 }), queue('new', {}, { oldestAgeMs: 1 })]
    expect(shown(queues, '-oldest')).toEqual(['group', 'old', 'new', 'none'])
    expect(shown(queues, 'oldest')).toEqual(['group', 'new', 'old', 'none'])
  })
  it('takes a backlog that does not shrink for the longest', () => {
    const queues = [queue('soon', { waiting: 1 }, { drainMs: 5 }), queue('never', { waiting: 1 }), queue('empty')]
    expect(shown(queues, '-drain')).toEqual(['group', 'never', 'soon', 'empty'])
  })
  it('goes through the URL and back, and ignores what it does not know', () => {
    for (const text of ['-failed', 'in', '-name']) expect(formatSorting(parseSorting(text))).toBe(text)
    expect([formatSorting(parseSorting('name')), formatSorting(parseSorting('-rubbish'))]).toEqual([null, null])
  })
  it('starts numbers with the largest', () => {
    const first = nextSorting(parseSorting(null), 'failed')
    expect([first, nextSorting(first, 'failed')]).toEqual([
      { column: 'failed', descending: true },
      { column: 'failed', descending: false },
    ])
  })
})

describe('filter', () => {
  const queues = [queue('email', { failed: 2 }), queue('ایمیل'), queue('video', {}, { paused: true }, 'bullmq')]
  it.each([
    ['MAIL', ['group', 'email']],
    ['ایمیل', ['group', 'ایمیل']],
    ['bullmq', ['group', 'video']],
    ['failed', ['group', 'email']],
    ['paused', ['group', 'video']],
    ['email bullmq', ['group', 'no-match']],
  ])('%s', (filter, rows) => expect(shown(queues, null, filter)).toEqual(rows))
})

describe('policies', () => {
  const late = queue('late', {}, { oldestAgeMs: 61_000 })
  const soon = queue('soon', {}, { oldestAgeMs: 59_000 })
  const stuck = queue('stuck', { active: 1 })
  const policyOf = ({ queue }: QueueSample) => ({
    queue,
    policy: { ...emptyPolicy, maxWaitSeconds: 60, timeoutSeconds: 60 },
  })
  const policies = [late, soon, stuck, queue('gone')].map(policyOf)

  it('finds the queues that are outside theirs, by a word', () => {
    expect(shown([late, soon, stuck], null, 'outside', policies)).toEqual(['group', 'late'])
    expect(shown([late, soon, stuck], null, 'outside late', policies)).toEqual(['group', 'late'])
    expect(shown([late, soon, stuck], null, 'outside soon', policies)).toEqual(['group', 'no-match'])
    expect(shown([late], null, 'outside')).toEqual(['group', 'no-match'])
  })
  it('counts them, with those whose jobs run too long, and without those that are not there', () => {
    const queues = [late, soon, stuck]
    const sample = {
      connectionId: 'a',
      at: 0,
      queues,
      redis: null,
      redisProblem: null,
      tickMs: 1,
      cost: noCost,
      partial: null,
    }
    const telemetry = applyTelemetry({}, { type: 'sample', sample }).a
    const overruns = [stuck, queue('gone')].map(({ queue }) => ({ queue, jobs: 1, atLeast: false, longestMs: 70_000 }))
    expect([...outsideKeys({ id: 'a', telemetry, policies, overruns })]).toEqual(
      [late, stuck].map((one) => queueKey(one.queue)),
    )
    expect(outsideKeys({ id: 'a', telemetry, policies: undefined, overruns }).size).toBe(0)
    expect(outsideKeys({ id: 'a', telemetry: undefined, policies, overruns }).size).toBe(0)
  })
  it.each([
    ['', 'outside'],
    ['outside', ''],
    ['  mail Outside ', 'mail'],
    ['mail', 'mail outside'],
  ])('are asked for and no longer by one click: %s', (filter, next) => expect(toggleOutside(filter)).toBe(next))
})

it('says what is wrong before the queues, and what to do where there are none', () => {
  const redis = { policyCanEvictQueues: true, maxmemoryPolicy: 'allkeys-lru' } as never
  const sample = {
    connectionId: 'a',
    at: 0,
    queues: [],
    redis,
    redisProblem: null,
    tickMs: 1,
    cost: noCost,
    partial: 'Half was seen.',
  }
  const telemetry = applyTelemetry({}, { type: 'sample', sample }).a
  const input = { filter: '', sorting: parseSorting(null), systemLabel: () => '' }
  const rows = overviewRows({
    ...input,
    connections: [
      { id: 'a', telemetry, policies: [], overruns: [] },
      { id: 'b', telemetry: undefined, policies: undefined, overruns: undefined },
    ],
  })
  expect(rows.map(rowKey)).toEqual(['a', 'a eviction', 'a sentenceHalf was seen.', 'a no-queues', 'b', 'b waiting'])
})
