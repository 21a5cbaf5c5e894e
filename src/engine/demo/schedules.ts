import { createHash } from 'node:crypto'
import { Cron } from 'croner'
import type { Command } from '../../systems/handles.ts'

/** What makes jobs again and again in the demo: a pattern, or a span of time. */
interface DemoSchedule {
  readonly id: string
  readonly name: string
  readonly pattern?: string
  readonly everyMs?: number
  readonly data: object
}

const ofBullmq: readonly DemoSchedule[] = [
  { id: 'month-end', name: 'render-month', pattern: '0 3 1 * *', data: { month: 'last', accounts: 'all' } },
  { id: 'print-queue', name: 'check-printers', everyMs: 300_000, data: { printers: ['eu-1', 'eu-2'] } },
]
const ofBull: DemoSchedule = { id: '', name: 'purge-old-uploads', pattern: '30 4 * * *', data: { olderThanDays: 30 } }

function nextRun({ pattern, everyMs = 0 }: DemoSchedule, now: number): number {
  if (pattern === undefined) return Math.floor(now / everyMs) * everyMs + everyMs
  return new Cron(pattern, { timezone: 'UTC' }).nextRun(new Date(now))?.getTime() ?? now + 86_400_000
}

/** A job scheduler of BullMQ 6 with its next job. */
function bullmqRun(base: string, schedule: DemoSchedule, now: number, count: number): Command[] {
  const { id, name, pattern, everyMs, data } = schedule
  const at = nextRun(schedule, now)
  const job = `repeat:${id}:${at}`
  const timing = pattern === undefined ? { every: everyMs } : { pattern, tz: 'UTC' }
  const opts = {
    attempts: 2,
    prevMillis: at,
    repeatJobKey: id,
    jobId: job,
    delay: at - now,
    timestamp: now,
    repeat: { ...timing, count },
  }
  return [
    ['HSET', `${base}repeat:${id}`, 'name', name, ...Object.entries(timing).flat().map(String)],
    ['HSET', `${base}repeat:${id}`, 'data', JSON.stringify(data), 'opts', '{"attempts":2}', 'offset', 0, 'ic', count],
    ['ZADD', `${base}repeat`, at, id],
    ['HSET', base + job, 'name', name, 'data', JSON.stringify(data), 'opts', JSON.stringify(opts)],
    ['HSET', base + job, 'timestamp', now, 'delay', at - now, 'priority', 0, 'rjk', id],
    ['ZADD', `${base}delayed`, at * 4096, job],
  ]
}

/** A repeatable job of Bull 4 with its next job, which a digest names. */
function bullRun(base: string, now: number, count: number): Command[] {
  const { name, pattern = '', data } = ofBull
  const md5 = (text: string) => createHash('md5').update(text).digest('hex')
  const key = `${name}::::${pattern}`
  const at = nextRun(ofBull, now)
  const job = `repeat:${md5(`${name}:${md5(key)}`)}:${at}`
  const opts = {
    repeat: { count, key, cron: pattern },
    jobId: job,
    delay: at - now,
    timestamp: now,
    prevMillis: at,
    attempts: 1,
  }
  return [
    ['ZADD', `${base}repeat`, at, key],
    ['HSET', base + job, 'name', name, 'data', JSON.stringify(data), 'opts', JSON.stringify(opts)],
    ['HSET', base + job, 'timestamp', now, 'delay', at - now, 'priority', 0],
    ['ZADD', `${base}delayed`, at * 4096, job],
  ]
}

export function fillBullmqSchedules(base: string, now: number): Command[] {
  return ofBullmq.flatMap((schedule, i) => bullmqRun(base, schedule, now, i === 0 ? 14 : 2_318))
}

export function fillBullSchedule(base: string, now: number): Command[] {
  return bullRun(base, now, 96)
}

/** The run after this one, which the library makes when a worker takes a job of a schedule; nothing for other jobs. */
export function runAfter(base: string, id: string, opts: string, now: number): Command[] {
  if (!id.startsWith('repeat:')) return []
  const { repeat } = JSON.parse(opts) as { repeat?: { count?: number } }
  const count = (repeat?.count ?? 0) + 1
  const schedule = ofBullmq.find((each) => id.startsWith(`repeat:${each.id}:`))
  return schedule === undefined ? bullRun(base, now, count) : bullmqRun(base, schedule, now, count)
}
