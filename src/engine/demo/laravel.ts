import { readFields, setField } from '../../domain/json-text.ts'
import type { Command, Writer } from '../../systems/handles.ts'
import { type Actor, load, sendAll } from './actor.ts'
import { emailOf } from './people.ts'
import type { Random } from './random.ts'

const prefix = 'laravel_database_queues:'
const mostReady = 200

/** A queue channel of the third seed. */
interface Channel {
  readonly name: string
  readonly jobs: readonly [string, ...string[]]
  /** Seconds after which a reserved job is handed out again. */
  readonly retryAfter: number
  readonly tries: number
  readonly backoff: string | null
  /** Jobs a second; 0 where no worker runs and nothing comes. */
  readonly rate: number
  /** How long a job takes, in ms. */
  readonly takes: readonly [number, number]
  readonly fill: {
    readonly ready: number
    readonly delayed: number
    readonly reserved: number
    readonly overdue: number
  }
}

const donation = 'Modules\\Donation\\Infrastructure\\Laravel\\Jobs\\'
const shared = 'Modules\\Shared\\Infrastructure\\Laravel\\Jobs\\'

const channels: readonly Channel[] = [
  { name: 'payments', jobs: [`${donation}ProcessPaymentWebhookJob`, `${donation}ProcessDonationJob`, `${donation}RefundProcessingJob`], retryAfter: 240, tries: 5, backoff: '30,60,120,300,600', rate: 0.9, takes: [300, 1_800], fill: { ready: 16, delayed: 5, reserved: 2, overdue: 0 } },
  { name: 'notifications', jobs: [`${donation}SendPaymentConfirmationJob`, `${shared}SendEmailJob`], retryAfter: 180, tries: 3, backoff: '15,30,60', rate: 1.2, takes: [200, 900], fill: { ready: 31, delayed: 4, reserved: 2, overdue: 0 } },
  { name: 'exports', jobs: [`${shared}ExportCampaignsJob`, `${shared}ExportDonationsJob`], retryAfter: 960, tries: 2, backoff: '60,180', rate: 0.08, takes: [12_000, 40_000], fill: { ready: 4, delayed: 1, reserved: 2, overdue: 0 } },
  { name: 'reports', jobs: ['App\\Jobs\\GenerateReportJob'], retryAfter: 660, tries: 3, backoff: null, rate: 0.06, takes: [9_000, 30_000], fill: { ready: 3, delayed: 2, reserved: 1, overdue: 0 } },
  // Its only worker died: two jobs are overdue, and nothing moves.
  { name: 'bulk', jobs: [`${shared}SendEmailJob`], retryAfter: 3_700, tries: 1, backoff: null, rate: 0, takes: [1, 1], fill: { ready: 57, delayed: 0, reserved: 0, overdue: 2 } },
  { name: 'maintenance', jobs: [`${shared}CleanupExpiredDataJob`], retryAfter: 1_900, tries: 1, backoff: null, rate: 0, takes: [1, 1], fill: { ready: 0, delayed: 3, reserved: 0, overdue: 1 } },
] // biome-ignore format: a table

const seconds = (ms: number) => Math.floor(ms / 1000)

/** A payload as illuminate/queue 12 writes it, with the command in PHP's serialize form. */
function payload(random: Random, { jobs, tries, backoff, retryAfter }: Channel, now: number): string {
  const commandName = random.pick(jobs)
  const body = random.chance(0.5)
    ? `s:10:"donationId";i:${random.int(1_000, 99_999)};s:6:"locale";s:2:"${random.pick(['nl', 'fr', 'en'])}";`
    : phpString('recipient', emailOf(random)) + phpString('correlation', random.uuid())
  const uuid = random.uuid()
  return JSON.stringify({
    uuid,
    displayName: commandName,
    job: 'Illuminate\\Queue\\CallQueuedHandler@call',
    maxTries: tries,
    maxExceptions: null,
    failOnTimeout: false,
    backoff,
    timeout: retryAfter - 60,
    retryUntil: null,
    data: { commandName, command: `O:${commandName.length}:"${commandName}":2:{${body}}` },
    createdAt: seconds(now),
    delay: null,
    id: random.word(32),
    attempts: 0,
  })
}

function phpString(name: string, value: string): string {
  return `s:${name.length}:"${name}";s:${Buffer.byteLength(value)}:"${value}";`
}

/** The copy that a worker keeps while it runs the job: one attempt more. */
function reservedCopy(job: string): string {
  const { attempts } = readFields(job, ['attempts'])
  return setField(job, 'attempts', String(typeof attempts === 'number' ? attempts + 1 : 1))
}

function push(channel: string, job: string): Command[] {
  return [
    ['RPUSH', prefix + channel, job],
    ['RPUSH', `${prefix}${channel}:notify`, '1'],
  ]
}

export function fillLaravel(random: Random, now: number): Command[] {
  return channels.flatMap((channel) => {
    const { name, fill, retryAfter } = channel
    const reserve = (age: number): Command => {
      const job = reservedCopy(payload(random, channel, now - age - 4_000))
      return ['ZADD', `${prefix}${name}:reserved`, seconds(now - age) + retryAfter, job]
    }
    const times = (count: number, commands: (i: number) => Command[]) =>
      Array.from({ length: count }, (_, i) => commands(i)).flat()
    return [
      ...times(fill.ready, (i) => push(name, payload(random, channel, now - (fill.ready - i) * 4_700))),
      ...times(fill.delayed, (i) => {
        const retried =
          i % 2 === 0 ? reservedCopy(payload(random, channel, now - 70_000)) : payload(random, channel, now - 30_000)
        return [['ZADD', `${prefix}${name}:delayed`, seconds(now) + (i + 1) * 55, retried]]
      }),
      ...times(fill.reserved, (i) => [reserve(i * 6_000 + 2_000)]),
      ...times(fill.overdue, (i) => [reserve((retryAfter + 900 + i * 600) * 1000)]),
    ]
  })
}

/** The application that pushes, and the workers of the channels that have some. */
export function laravelActor(): Actor {
  const running = new Map<string, { job: Buffer | string; until: number }[]>()
  let begun = false
  return {
    everyMs: 600,
    async turn(writer, random, now) {
      for (const channel of channels.filter(({ rate }) => rate > 0)) {
        const { name, rate, takes } = channel
        const key = prefix + name
        if (!begun) running.set(name, await inWork(writer, key, now))
        const mine = running.get(name) ?? []
        const over = mine.filter(({ until }) => until <= now)
        const busy = mine.filter(({ until }) => until > now)
        const [ready, due] = await sendAll(writer, [
          ['LLEN', key],
          ['ZRANGEBYSCORE', `${key}:delayed`, '-inf', seconds(now), 'LIMIT', 0, 10],
        ])
        const added = Number(ready) > mostReady ? 0 : Math.floor(rate * 0.6 * load(now) + random.next())
        await sendAll(writer, [
          ...(Array.isArray(due) ? due : []).flatMap((job): Command[] =>
            job instanceof Buffer
              ? [
                  ['ZREM', `${key}:delayed`, job],
                  ['RPUSH', key, job],
                  ['RPUSH', `${key}:notify`, '1'],
                ]
              : [],
          ),
          ...Array.from({ length: added }, () => payload(random, channel, now)).flatMap((job): Command[] =>
            random.chance(0.08)
              ? [['ZADD', `${key}:delayed`, seconds(now) + random.int(15, 180), job]]
              : push(name, job),
          ),
          ...over.flatMap(({ job }): Command[] => [
            ['ZREM', `${key}:reserved`, job],
            ...(random.chance(0.04) ? [['ZADD', `${key}:delayed`, seconds(now) + 30, job] as const] : []),
          ]),
        ])
        for (let slots = Math.floor(rate * 0.66 + random.next()); slots > 0 && busy.length < 3; slots--) {
          const [job] = await sendAll(writer, [['LPOP', key]])
          if (!(job instanceof Buffer)) break
          const copy = reservedCopy(job.toString('utf8'))
          await sendAll(writer, [
            ['ZADD', `${key}:reserved`, seconds(now) + channel.retryAfter, copy],
            ['LPOP', `${key}:notify`],
          ])
          busy.push({ job: copy, until: now + random.int(...takes) })
        }
        running.set(name, busy)
      }
      begun = true
    },
  }
}

/** What was reserved when the demo last ended: its workers finish it now. */
async function inWork(writer: Writer, key: string, now: number): Promise<{ job: Buffer; until: number }[]> {
  const [jobs] = await sendAll(writer, [['ZRANGE', `${key}:reserved`, 0, -1]])
  return (Array.isArray(jobs) ? jobs : []).flatMap((job, i) =>
    job instanceof Buffer ? [{ job, until: now + i * 1_500 }] : [],
  )
}
