import { setField } from '../../domain/json-text.ts'
import { type Channel, channels } from '../../domain/policy.ts'
import type { Command, Reply } from '../../systems/handles.ts'
import { type Actor, sendAll } from './actor.ts'
import { laravelPayload } from './laravel-commands.ts'
import type { Random } from './random.ts'

const prefix = 'laravel_horizon:'
const master = 'app-1-x7Kq'
/** The supervisors of the third seed, with the channels of each and how many processes they have. */
const supervisors: readonly { name: string; channels: readonly Channel[]; processes: number; memory: number }[] = [
  { name: `${master}:high-priority`, channels: ['payments', 'notifications'], processes: 4, memory: 256 },
  { name: `${master}:exports`, channels: ['exports'], processes: 2, memory: 1024 },
  { name: `${master}:reports`, channels: ['reports'], processes: 2, memory: 512 },
]
const kept = { completed: 120, failed: 40 }
const takesMs = 4_000

const exceptions: readonly [string, ...string[]] = [
  'Stripe\\Exception\\ApiConnectionException: Could not connect to Stripe (https://api.stripe.com): Operation timed out',
  'Illuminate\\Database\\QueryException: SQLSTATE[40001]: Serialization failure: 1213 Deadlock found when trying to get lock',
  'Symfony\\Component\\Mailer\\Exception\\TransportException: Expected response code "250" but got code "421"',
  'Illuminate\\Queue\\MaxAttemptsExceededException: App\\Jobs\\ExportDonationsJob has been attempted too many times',
]

const traceOf = (message: string) =>
  `${message} in /var/www/app/vendor/laravel/framework/src/Illuminate/Queue/Worker.php:784
Stack trace:
#0 /var/www/app/vendor/laravel/framework/src/Illuminate/Queue/Worker.php(441): Illuminate\\Queue\\Worker->runJob()
#1 /var/www/app/vendor/laravel/framework/src/Illuminate/Queue/Worker.php(180): Illuminate\\Queue\\Worker->daemon()
#2 {main}`

/** Times in Horizon are float seconds, and scores their negative. */
const float = (ms: number) => (ms / 1000).toFixed(4)

interface Job {
  readonly id: string
  readonly commands: Command[]
}

function jobOf(random: Random, channel: Channel, at: number, status: string, more: Record<string, string>): Job {
  const payload = laravelPayload(random, channel, at)
  const { uuid, displayName, maxTries } = JSON.parse(payload) as { uuid: string; displayName: string; maxTries: number }
  const tags = JSON.stringify([`channel:${channel}`])
  const known = [
    ['id', JSON.stringify(uuid)],
    ['type', '"job"'],
    ['tags', tags],
    ['silenced', 'false'],
    ['attempts', status === 'failed' ? String(maxTries) : '1'],
    ['pushedAt', JSON.stringify(float(at))],
  ] as const
  const fields = {
    id: uuid,
    connection: 'redis',
    queue: channel,
    name: displayName,
    status,
    payload: known.reduce((text, [name, raw]) => setField(text, name, raw), payload),
    created_at: float(at),
    updated_at: float(at),
    ...more,
  }
  return { id: uuid, commands: [['HSET', prefix + uuid, ...Object.entries(fields).flat()]] }
}

function failure(random: Random, at: number): Command[] {
  const channel = random.pick<Channel>(['payments', 'payments', 'notifications', 'exports', 'reports'])
  const { id, commands } = jobOf(random, channel, at - 9_000, 'failed', {
    exception: traceOf(random.pick(exceptions)),
    context: JSON.stringify({ tenant: random.int(1, 40) }),
    reserved_at: float(at - 2_000),
    failed_at: float(at),
  })
  return [
    ...commands,
    ['ZADD', `${prefix}failed_jobs`, `-${float(at)}`, id],
    ['ZADD', `${prefix}recent_failed_jobs`, `-${float(at)}`, id],
  ]
}

function completion(random: Random, at: number): Command[] {
  const channel = random.pick<Channel>(['payments', 'notifications', 'notifications', 'reports'])
  const { id, commands } = jobOf(random, channel, at - 6_000, 'completed', {
    reserved_at: float(at - 1_500),
    completed_at: float(at),
  })
  return [
    ...commands,
    ['ZADD', `${prefix}completed_jobs`, `-${float(at)}`, id],
    ['ZADD', `${prefix}recent_jobs`, `-${float(at)}`, id],
  ]
}

/** The beat of the processes, which leave by themselves when the demo ends. */
function beat(now: number, status: (name: string) => string): Command[] {
  const at = Math.floor(now / 1000)
  const names = JSON.stringify(supervisors.map(({ name }) => name))
  return [
    ['ZADD', `${prefix}masters`, at, master],
    ['HSET', `${prefix}master:${master}`, 'name', master, 'pid', 41, 'status', 'running', 'supervisors', names],
    ['HSET', `${prefix}master:${master}`, 'environment', 'production'],
    ['EXPIRE', `${prefix}master:${master}`, 15],
    ...supervisors.flatMap(({ name, channels: own, processes, memory }, i): Command[] => {
      const each = JSON.stringify({ [`redis:${own.join(',')}`]: processes })
      const options = JSON.stringify({ balance: 'auto', maxProcesses: processes * 2, memory, queue: own.join(',') })
      const key = `${prefix}supervisor:${name}`
      return [
        ['ZADD', `${prefix}supervisors`, at, name],
        ['HSET', key, 'name', name, 'master', master, 'pid', 60 + i, 'status', status(name)],
        ['HSET', key, 'processes', each, 'options', options],
        ['EXPIRE', key, 30],
      ]
    }),
  ]
}

/** What Laravel Horizon 5 knows of the channels, key by key; see systems/horizon/keys.ts. */
export function fillHorizon(random: Random, now: number): Command[] {
  return [
    ...channels.flatMap((channel): Command[] => [
      ['SADD', `${prefix}measured_queues`, `${prefix}queue:${channel}`],
      ['HSET', `${prefix}queue:${channel}`, 'throughput', random.int(2, 90), 'runtime', random.int(80, 9_000)],
    ]),
    ...Array.from({ length: 60 }, (_, i) => completion(random, now - (60 - i) * 55_000)).flat(),
    ...Array.from({ length: 14 }, (_, i) => failure(random, now - (14 - i) * 1_900_000)).flat(),
    ...beat(now, () => 'running'),
  ]
}

const texts = (reply: Reply | undefined) => (Array.isArray(reply) ? reply.map(String) : [])

/** Horizon and its supervisors: jobs end, some fail, and what is retried here is run. */
export function horizonActor(): Actor {
  const paused = new Set<string>()
  return {
    everyMs: 1_000,
    async turn(writer, random, now) {
      const told = await sendAll(
        writer,
        supervisors.flatMap(({ name }): Command[] => [
          ['LRANGE', `${prefix}commands:${name}`, 0, -1],
          ['DEL', `${prefix}commands:${name}`],
        ]),
      )
      for (const [i, { name }] of supervisors.entries()) {
        for (const command of texts(told[2 * i])) {
          if (command.includes('Pause')) paused.add(name)
          else paused.delete(name)
        }
      }
      const [pending, completed, failed] = await sendAll(writer, [
        ['ZRANGEBYSCORE', `${prefix}pending_jobs`, `-${float(now - takesMs)}`, '+inf', 'LIMIT', 0, 10],
        ['ZRANGE', `${prefix}completed_jobs`, kept.completed, -1],
        ['ZRANGE', `${prefix}failed_jobs`, kept.failed, -1],
      ])
      const old = [...texts(completed), ...texts(failed)]
      await sendAll(writer, [
        ...beat(now, (name) => (paused.has(name) ? 'paused' : 'running')),
        ...texts(pending).flatMap((id): Command[] => [
          ['HSET', prefix + id, 'status', 'completed', 'completed_at', float(now), 'updated_at', float(now)],
          ['ZREM', `${prefix}pending_jobs`, id],
          ['ZADD', `${prefix}completed_jobs`, `-${float(now)}`, id],
        ]),
        ...(random.chance(0.3) ? completion(random, now) : []),
        ...(random.chance(0.01) ? failure(random, now) : []),
        ...(old.length === 0
          ? []
          : [
              ...['completed_jobs', 'failed_jobs', 'recent_failed_jobs', 'recent_jobs'].map(
                (set): Command => ['ZREM', prefix + set, ...old],
              ),
              ['DEL', ...old.map((id) => prefix + id)] satisfies Command,
            ]),
      ])
    },
  }
}
