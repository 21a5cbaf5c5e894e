import type { LiveEvent } from '../../src/domain/live.ts'
import type { QueueRef } from '../../src/domain/queue.ts'
import type { Schedule } from '../../src/domain/schedule.ts'

/** Two healthy schedules and one that will not run again. */
export function fakeSchedules({ system }: QueueRef): Schedule[] {
  if (system !== 'bull' && system !== 'bullmq') return []
  const now = Date.now()
  const base: Schedule = {
    id: 'nightly-report',
    name: 'report',
    pattern: '0 3 * * *',
    everyMs: null,
    timeZone: 'Europe/Berlin',
    nextAt: now + 6.4 * 3_600_000,
    startsAt: null,
    endsAt: null,
    runs: 212,
    limit: null,
    payload: '{"kind":"daily","tenants":[4,18,77]}',
    options: '{"attempts":3}',
    problem: null,
  }
  return [
    base,
    {
      ...base,
      id: 'sync-prices',
      name: 'sync',
      pattern: null,
      everyMs: 300_000,
      timeZone: null,
      nextAt: now + 91_000,
      runs: 58_204,
    },
    {
      ...base,
      id: 'purge-carts',
      name: 'purge',
      pattern: '*/30 * * * *',
      nextAt: now - 9 * 3_600_000,
      problem: 'Its next job is missing, so it will not run again.',
    },
  ]
}

/** What a queue told in its last minute. */
export function fakeLiveEvents(now: number): LiveEvent[] {
  const told: [ago: number, event: string, detail: string | null, progress: number | null][] = [
    [52_000, 'added', 'resize', null],
    [51_900, 'active', 'waiting', null],
    [41_000, 'progress', null, 20],
    [33_000, 'progress', null, 45],
    [20_000, 'failed', 'ETIMEDOUT: connect to 10.0.4.7:443 took longer than 30 s', null],
    [12_000, 'waiting', 'failed', null],
    [3_000, 'progress', null, 80],
    [800, 'completed', '{"pages":14}', null],
  ]
  return told.map(([ago, event, detail, progress], i) => ({
    at: now - ago,
    jobId: String(90_114 + (i >> 1)),
    event,
    detail,
    progress,
  }))
}
