import { describe, expect, it } from 'vitest'
import { noKinds, queueKey } from '../../domain/queue.ts'
import { noCost, type QueueSample, type Sample } from '../../domain/sample.ts'
import { applyTelemetry, historyLength, historyStepMs, type Telemetry, totalKinds } from './telemetry.model.ts'

function queue(name: string, waiting: number): QueueSample {
  return {
    queue: { system: 'plain-list', prefix: 'queue:', name },
    kinds: { ...noKinds(), waiting, failed: 1 },
    states: { pending: waiting },
    inPerMinute: 1,
    outPerMinute: null,
    ratesExact: false,
    oldestAgeMs: null,
    oldestAtLeast: true,
    drainMs: null,
    workers: null,
    paused: false,
    version: null,
    readOnly: null,
    problem: null,
  }
}
const sample = (at: number, ...queues: QueueSample[]): Sample => ({
  connectionId: 'a',
  at,
  queues,
  redis: null,
  redisProblem: null,
  tickMs: 2,
  cost: noCost,
  partial: null,
})
const tick = (before: Telemetry, one: Sample) => applyTelemetry(before, { type: 'sample', sample: one })
const email = queueKey(queue('email', 0).queue)
const sms = queueKey(queue('sms', 0).queue)

describe('applyTelemetry', () => {
  it('keeps the object of a queue whose numbers rest, and the list of keys', () => {
    const first = tick({}, sample(0, queue('email', 5), queue('sms', 5)))
    const second = tick(first, sample(1000, queue('email', 5), queue('sms', 6)))
    expect(second.a?.queues.get(email)).toBe(first.a?.queues.get(email))
    expect(second.a?.queues.get(sms)).not.toBe(first.a?.queues.get(sms))
    expect(second.a?.keys).toBe(first.a?.keys)
    expect(second.a?.at).toBe(1000)
  })
  it('adds a point of history only once in a while and forgets the oldest', () => {
    let telemetry = tick({}, sample(0, queue('email', 1)))
    const before = telemetry.a?.history.get(email)
    telemetry = tick(telemetry, sample(historyStepMs - 1, queue('email', 2)))
    expect(telemetry.a?.history.get(email)).toBe(before)
    for (let step = 1; step <= historyLength + 5; step++)
      telemetry = tick(telemetry, sample(step * historyStepMs, queue('email', step)))
    const points = telemetry.a?.history.get(email)
    expect([points?.length, points?.at(-1)]).toEqual([
      historyLength,
      [(historyLength + 5) * historyStepMs, historyLength + 5, 1],
    ])
  })
  it('starts from the snapshot with its history and drops connections that it does not name', () => {
    const before = { ...tick({}, sample(0, queue('email', 1))), gone: tick({}, sample(0)).a as never }
    const after = applyTelemetry(before, {
      type: 'snapshot',
      samples: [sample(100_000, queue('email', 3))],
      history: { a: { [email]: [[1, 9, 9]] } },
    })
    expect(Object.keys(after)).toEqual(['a'])
    expect(after.a?.history.get(email)).toEqual([
      [1, 9, 9],
      [100_000, 3, 1],
    ])
  })
  it('forgets a closed connection and a queue that left', () => {
    const two = tick({}, sample(0, queue('email', 1), queue('sms', 1)))
    expect(tick(two, sample(1, queue('sms', 1))).a?.keys).toEqual([sms])
    expect(applyTelemetry(two, { type: 'closed', connectionId: 'a' })).toEqual({})
  })
})

it('adds up kinds', () => {
  const telemetry = tick({}, sample(0, queue('email', 1), queue('sms', 2))).a
  expect(telemetry && totalKinds(telemetry)).toMatchObject({ waiting: 3, failed: 2, active: 0 })
})
