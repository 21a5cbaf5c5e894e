import { readFields, setField, timeOf } from '../../domain/json-text.ts'
import type { Command } from '../../systems/handles.ts'
import { type Actor, load, sendAll } from './actor.ts'
import { iso } from './people.ts'
import type { Random } from './random.ts'

const base = 'job_queue'
const mostReady = 300
const kept = { failed: 150, completed: 300 }
const runningAtOnce = 6

const errors = [
  'Post "https://crm.example.com/v2/contacts/sync": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
  'unexpected status 502 Bad Gateway from https://partner.example.net/hooks/stock',
  'unexpected status 404 Not Found from https://crm.example.com/v2/contacts/88213',
  'dial tcp 10.4.17.22:443: connect: connection refused',
  'x509: certificate has expired or is not yet valid: current time 2026-11-20T08:11:09Z is after 2026-11-19T23:59:59Z',
] as const

/** A message of the fifth seed. */
function message(random: Random, now: number): string {
  const id = random.int(1_000, 99_999)
  return JSON.stringify({
    id: `job_${random.hex(10)}`,
    job_id: id,
    api_url: random.pick([
      'https://crm.example.com/v2/contacts/sync',
      'https://partner.example.net/hooks/stock',
      'https://billing.example.com/api/invoices/close',
      'https://search.example.com/reindex?tenant=eu-1',
      `https://crm.example.com/v2/contacts/${id}`,
    ]),
    max_retry_count: 3,
    retry_count: 0,
    created_at: iso(now),
    scheduled_at: iso(now),
    timeout: 90,
  })
}

function withTexts(job: string, fields: Record<string, string | number>): string {
  return Object.entries(fields).reduce((text, [name, value]) => setField(text, name, JSON.stringify(value)), job)
}

function failed(random: Random, job: string, at: number): string {
  return withTexts(job, { retry_count: 3, failed_at: iso(at), error: random.pick(errors) })
}

function completed(random: Random, job: string, at: number): string {
  const done = withTexts(job, { completed_at: iso(at), status_code: 200, duration_ms: random.int(90, 64_000) })
  return setField(done, 'result', '{"ok":true}')
}

export function fillHttpJobs(random: Random, now: number): Command[] {
  const times = (count: number, command: (i: number) => Command) => Array.from({ length: count }, (_, i) => command(i))
  return [
    ...times(64, (i) => ['RPUSH', `${base}:ready`, message(random, now - (64 - i) * 3_100)]),
    ...times(9, (i) => ['ZADD', `${base}:delayed`, now + (i + 1) * 47_000, message(random, now - 20_000)]),
    ...times(5, (i) => [
      'SADD',
      `${base}:processing`,
      withTexts(message(random, now - 90_000), { started_at: iso(now - (i + 1) * 9_000) }),
    ]),
    // Its worker died an hour ago.
    ['SADD', `${base}:processing`, withTexts(message(random, now - 3_700_000), { started_at: iso(now - 3_600_000) })],
    ...times(34, (i) => [
      'RPUSH',
      `${base}:failed`,
      failed(random, message(random, now - (34 - i) * 1_900_000 - 400_000), now - (34 - i) * 1_900_000),
    ]),
    ...times(120, (i) => [
      'RPUSH',
      `${base}:completed`,
      completed(random, message(random, now - (120 - i) * 21_000 - 60_000), now - (120 - i) * 21_000),
    ]),
  ]
}

function startedAfter(job: string, at: number): boolean {
  const started = timeOf(readFields(job, ['started_at']).started_at)
  return started === null || started > at
}

/** The scheduler and the workers of the fifth seed. */
export function httpJobsActor(): Actor {
  let running: { message: string; until: number }[] = []
  let begun = false
  return {
    everyMs: 800,
    async turn(writer, random, now) {
      const [ready, due, held] = await sendAll(writer, [
        ['LLEN', `${base}:ready`],
        ['ZRANGEBYSCORE', `${base}:delayed`, '-inf', now, 'LIMIT', 0, 5],
        ...(begun ? [] : [['SMEMBERS', `${base}:processing`] as const]),
      ])
      begun = true
      // What the last run left in work is finished, but for the one whose worker died for good.
      for (const job of Array.isArray(held) ? held.map(String) : []) {
        if (startedAfter(job, now - 600_000)) running.push({ message: job, until: now })
      }
      const commands: Command[] = []
      for (const job of Array.isArray(due) ? due : []) {
        if (job instanceof Buffer) commands.push(['RPUSH', `${base}:ready`, job], ['ZREM', `${base}:delayed`, job])
      }
      const added = Number(ready) > mostReady ? 0 : Math.floor(1.2 * load(now) + random.next())
      for (let i = 0; i < added; i++) {
        const later = random.chance(0.06)
        commands.push(
          later
            ? ['ZADD', `${base}:delayed`, now + random.int(20_000, 240_000), message(random, now)]
            : ['RPUSH', `${base}:ready`, message(random, now)],
        )
      }
      for (const { message: job } of running.filter(({ until }) => until <= now)) {
        commands.push(['SREM', `${base}:processing`, job])
        const list = random.chance(0.05) ? 'failed' : 'completed'
        commands.push([
          'RPUSH',
          `${base}:${list}`,
          list === 'failed' ? failed(random, job, now) : completed(random, job, now),
        ])
      }
      commands.push(['LTRIM', `${base}:failed`, -kept.failed, -1], ['LTRIM', `${base}:completed`, -kept.completed, -1])
      await sendAll(writer, commands)
      running = running.filter(({ until }) => until > now)
      while (running.length < runningAtOnce && random.chance(0.75)) {
        const [job] = await sendAll(writer, [['LPOP', `${base}:ready`]])
        if (!(job instanceof Buffer)) break
        const started = withTexts(job.toString('utf8'), { started_at: iso(now) })
        await sendAll(writer, [['SADD', `${base}:processing`, started]])
        running.push({ message: started, until: now + random.int(1_500, 7_000) })
      }
    },
  }
}
