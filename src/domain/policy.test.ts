import { describe, expect, it } from 'vitest'
import {
  channelPolicies,
  channels,
  emptyPolicy,
  judge,
  type Measured,
  type Overrun,
  policySchema,
  spanWords,
} from './policy.ts'
import { noKinds } from './queue.ts'

const queue = { system: 'laravel' as const, prefix: '', name: 'payments' }
const quiet: Measured = { kinds: noKinds(), oldestAgeMs: null, oldestAtLeast: false }
const overrun = (more: Partial<Overrun> = {}): Overrun => ({
  queue,
  jobs: 2,
  atLeast: false,
  longestMs: 200_000,
  ...more,
})

describe('judge', () => {
  const policy = { ...emptyPolicy, maxWaitSeconds: 60, timeoutSeconds: 180, maxFailed: 25 }

  it('finds nothing in a queue that is just within, or that is not known yet', () => {
    const just = { kinds: { ...noKinds(), failed: 25 }, oldestAgeMs: 60_000, oldestAtLeast: false }
    expect(judge(policy, just, overrun({ jobs: 0 }))).toEqual([])
    expect(judge(policy, undefined, undefined)).toEqual([])
  })
  it.each([
    ['wait', { ...quiet, oldestAgeMs: 252_000 }, undefined, 'The next job has waited 4 min 12 s, longer than 1 min.'],
    ['wait', { ...quiet, oldestAgeMs: 61_000, oldestAtLeast: true }, undefined, 'The next job has waited at least 1 min 1 s, longer than 1 min.'],
    ['age', quiet, overrun(), '2 jobs have been running longer than 3 min.'],
    ['age', quiet, overrun({ jobs: 1, atLeast: true }), 'At least 1 job has been running longer than 3 min.'],
    ['failures', { ...quiet, kinds: { ...noKinds(), failed: 37 } }, undefined, '37 jobs failed, and at most 25 may.'],
  ])('says in a sentence what is outside: %s', (what, sample, running, sentence) => {
    expect(judge(policy, sample, running)).toEqual([{ what, sentence }])
  }) // biome-ignore format: a table
  it('expects nothing where the policy says nothing', () => {
    const bad = { kinds: { ...noKinds(), failed: 99 }, oldestAgeMs: 9e9, oldestAtLeast: false }
    expect(judge(emptyPolicy, bad, overrun())).toEqual([])
    expect(judge({ ...emptyPolicy, maxFailed: 0 }, bad, overrun())[0]?.sentence).toBe('99 jobs failed, and none may.')
  })
  it('tells all that is outside, the wait first', () => {
    const bad = { kinds: { ...noKinds(), failed: 99 }, oldestAgeMs: 9e9, oldestAtLeast: false }
    expect(judge(policy, bad, overrun()).map(({ what }) => what)).toEqual(['wait', 'age', 'failures'])
  })
})

it('writes spans in two units at most', () => {
  const seconds = [0, 0.4, 45, 60, 252, 7_200, 7_205, 90_000, 2_000_000]
  expect(seconds.map((each) => spanWords(each * 1000))).toEqual([
    '0 s',
    '0 s',
    '45 s',
    '1 min',
    '4 min 12 s',
    '2 h',
    '2 h',
    '1 d 1 h',
    '23 d 3 h',
  ])
})

describe('the six channels', () => {
  it('are policies that can be saved', () => {
    for (const channel of channels)
      expect(policySchema.parse(channelPolicies[channel])).toEqual(channelPolicies[channel])
  })
  it.each([
    ['payments', 10, 180, 5, 256, [30, 60, 120, 300, 600]],
    ['notifications', 8, 120, 3, 128, [15, 30, 60]],
    ['exports', 6, 900, 2, 1024, [60, 180]],
    ['reports', 6, 600, 3, 512, []],
    ['bulk', 2, 3600, 1, 1024, []],
    ['maintenance', 1, 1800, 1, 256, []],
  ] as const)(
    'are configured as on the platform that they are of: %s',
    (name, priority, timeoutSeconds, tries, memoryMb, backoffSeconds) => {
      expect(channelPolicies[name]).toMatchObject({ priority, timeoutSeconds, tries, memoryMb, backoffSeconds })
    },
  )
})
