import { readFields, setField } from '../../domain/json-text.ts'
import { type Channel, channelPolicies, channelPoliciesOf, channels, type QueuePolicy } from '../../domain/policy.ts'
import type { Command, Writer } from '../../systems/handles.ts'
import { type Actor, load, sendAll } from './actor.ts'
import { laravelPayload } from './laravel-commands.ts'
import type { Random } from './random.ts'

const application = 'laravel_database_'
const prefix = `${application}queues:`
const mostReady = 200

/** What moves in a queue channel; the channels themselves are the sample set of policies. */
interface Traffic {
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

const traffic: Readonly<Record<Channel, Traffic>> = {
  payments: { rate: 0.9, takes: [300, 1_800], fill: { ready: 11, delayed: 5, reserved: 2, overdue: 0 } },
  notifications: { rate: 1.2, takes: [200, 900], fill: { ready: 31, delayed: 4, reserved: 2, overdue: 0 } },
  exports: { rate: 0.08, takes: [12_000, 40_000], fill: { ready: 4, delayed: 1, reserved: 2, overdue: 0 } },
  reports: { rate: 0.06, takes: [9_000, 30_000], fill: { ready: 3, delayed: 2, reserved: 1, overdue: 0 } },
  // Its only worker died: two jobs are overdue, and nothing moves.
  bulk: { rate: 0, takes: [1, 1], fill: { ready: 57, delayed: 0, reserved: 0, overdue: 2 } },
  maintenance: { rate: 0, takes: [1, 1], fill: { ready: 0, delayed: 3, reserved: 0, overdue: 1 } },
} // biome-ignore format: a table

/** Seconds after which a reserved job is handed out again: longer than any job may run, or it would run twice. */
const retryAfterOf = (channel: Channel) => (channelPolicies[channel].timeoutSeconds ?? 0) + 60

/** The channels carry their sample policies from the start. */
export function laravelPolicies(): QueuePolicy[] {
  return channelPoliciesOf((name) => ({ system: 'laravel', prefix: application, name }))
}

const seconds = (ms: number) => Math.floor(ms / 1000)

/** The copy that a worker keeps while it runs the job: one attempt more. */
function reservedCopy(job: string): string {
  const { attempts } = readFields(job, ['attempts'])
  return setField(job, 'attempts', String(typeof attempts === 'number' ? attempts + 1 : 1))
}

function push(channel: Channel, job: string): Command[] {
  return [
    ['RPUSH', prefix + channel, job],
    ['RPUSH', `${prefix}${channel}:notify`, '1'],
  ]
}

export function fillLaravel(random: Random, now: number): Command[] {
  return channels.flatMap((channel) => {
    const { fill } = traffic[channel]
    const retryAfter = retryAfterOf(channel)
    const reserve = (age: number): Command => {
      const job = reservedCopy(laravelPayload(random, channel, now - age - 4_000))
      return ['ZADD', `${prefix}${channel}:reserved`, seconds(now - age) + retryAfter, job]
    }
    const times = (count: number, commands: (i: number) => Command[]) =>
      Array.from({ length: count }, (_, i) => commands(i)).flat()
    return [
      ...times(fill.ready, (i) => push(channel, laravelPayload(random, channel, now - (fill.ready - i) * 4_700))),
      ...times(fill.delayed, (i) => {
        const retried =
          i % 2 === 0
            ? reservedCopy(laravelPayload(random, channel, now - 70_000))
            : laravelPayload(random, channel, now - 30_000)
        return [['ZADD', `${prefix}${channel}:delayed`, seconds(now) + (i + 1) * 55, retried]]
      }),
      ...times(fill.reserved, (i) => [reserve(i * 6_000 + 2_000)]),
      ...times(fill.overdue, (i) => [reserve((retryAfter + 900 + i * 600) * 1000)]),
    ]
  })
}

/** The application that pushes, and the workers of the channels that have some. */
export function laravelActor(): Actor {
  const running = new Map<Channel, { job: Buffer | string; until: number }[]>()
  let begun = false
  return {
    everyMs: 600,
    async turn(writer, random, now) {
      for (const channel of channels.filter((name) => traffic[name].rate > 0)) {
        const { rate, takes } = traffic[channel]
        const key = prefix + channel
        if (!begun) running.set(channel, await inWork(writer, key, now))
        const mine = running.get(channel) ?? []
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
          ...Array.from({ length: added }, () => laravelPayload(random, channel, now)).flatMap((job): Command[] =>
            random.chance(0.08)
              ? [['ZADD', `${key}:delayed`, seconds(now) + random.int(15, 180), job]]
              : push(channel, job),
          ),
          ...over.flatMap(({ job }): Command[] => [
            ['ZREM', `${key}:reserved`, job],
            ...(random.chance(0.04)
              ? [
                  [
                    'ZADD',
                    `${key}:delayed`,
                    seconds(now) + (channelPolicies[channel].backoffSeconds[0] ?? 5),
                    job,
                  ] as const,
                ]
              : []),
          ]),
        ])
        for (let slots = Math.floor(rate * 0.66 + random.next()); slots > 0 && busy.length < 3; slots--) {
          const [job] = await sendAll(writer, [['LPOP', key]])
          if (!(job instanceof Buffer)) break
          const copy = reservedCopy(job.toString('utf8'))
          await sendAll(writer, [
            ['ZADD', `${key}:reserved`, seconds(now) + retryAfterOf(channel), copy],
            ['LPOP', `${key}:notify`],
          ])
          busy.push({ job: copy, until: now + random.int(...takes) })
        }
        running.set(channel, busy)
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
