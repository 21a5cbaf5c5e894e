import type { Command, Writer } from '../../systems/handles.ts'
import { type Actor, demoLock, load, ownJobs, sendAll } from './actor.ts'
import { emailOf } from './people.ts'
import type { Random } from './random.ts'
import { fillBullmqSchedules, runAfter } from './schedules.ts'

const base = 'bull:pdf-statements:'
/** What the library's worker calls the connection on which it waits. */
export const bullmqWorkerName = `bull:${Buffer.from('pdf-statements').toString('base64')}:w:renderer-1`
const workersAtOnce = 4
const lockMs = 30_000
const kept = { completed: 120, failed: 60 }
const mostWaiting = 80
const eventsKept = 1_000

const reasons: readonly [string, ...string[]] = [
  'Navigation timeout of 30000 ms exceeded',
  'Protocol error (Page.printToPDF): Target closed',
  'ENOSPC: no space left on device, write',
  'S3: AccessDenied for statements-eu/2026/11/',
  'Font "Vazirmatn" was not found',
]

const stackOf = (reason: string) =>
  `Error: ${reason}\n    at renderStatement (/srv/statements/render.js:61:11)\n    at async Worker.processJob (/srv/statements/node_modules/bullmq/dist/cjs/classes/worker.js:512:28)`

function event(name: string, id: string | number, ...more: (string | number)[]): Command {
  return ['XADD', `${base}events`, 'MAXLEN', '~', eventsKept, '*', 'event', name, 'jobId', id, ...more]
}

function add(
  random: Random,
  id: number | string,
  timestamp: number,
  more: Record<string, string | number> = {},
  opts = {},
): Command {
  const data = JSON.stringify({
    account: random.int(10_000_000, 99_999_999),
    month: `2026-${random.pick(['09', '10', '11'])}`,
    to: emailOf(random),
    locale: random.pick(['en', 'fa', 'de']),
  })
  const fields = {
    name: 'render',
    data,
    opts: JSON.stringify({ attempts: 2, backoff: { type: 'fixed', delay: 8_000 }, ...opts }),
    timestamp,
    delay: 0,
    priority: 0,
    ...more,
  }
  return ['HSET', base + id, ...Object.entries(fields).flat()]
}

const resultOf = (random: Random) => JSON.stringify({ pages: random.int(1, 14), bytes: random.int(40_000, 900_000) })

/** A queue of BullMQ 6, key by key, without the library. */
export function fillBullmq(random: Random, now: number): Command[] {
  const commands: Command[] = [['HSET', `${base}meta`, 'opts.maxLenEvents', 10_000, 'version', 'bullmq:6.7.0']]
  let id = 0
  for (let i = 80; i > 0; i--) {
    const ended = now - i * 42_000
    commands.push(
      add(random, ++id, ended - 20_000, {
        processedOn: ended - 6_000,
        finishedOn: ended,
        ats: 1,
        atm: 1,
        progress: 100,
        returnvalue: resultOf(random),
        pb: 'renderer-1',
      }),
    )
    commands.push(['ZADD', `${base}completed`, ended, id])
  }
  for (let i = 23; i > 0; i--) {
    const ended = now - i * 1_100_000
    const tries = [random.pick(reasons), random.pick(reasons)]
    commands.push(
      add(random, ++id, ended - 30_000, {
        processedOn: ended - 5_000,
        finishedOn: ended,
        ats: 2,
        atm: 2,
        progress: random.int(5, 80),
        failedReason: tries[1] ?? '',
        stacktrace: JSON.stringify(tries.map(stackOf)),
        pb: 'renderer-1',
      }),
    )
    commands.push(['ZADD', `${base}failed`, ended, id])
  }
  for (let i = 14; i > 0; i--)
    commands.push(add(random, ++id, now - i * 3_000), ['LPUSH', `${base}wait`, id], event('waiting', id))
  for (let i = 5; i > 0; i--) {
    commands.push(add(random, ++id, now - i * 2_000, { priority: i }, { priority: i }), [
      'ZADD',
      `${base}prioritized`,
      i * 2 ** 32 + id,
      id,
    ])
  }
  commands.push(['SET', `${base}pc`, id])
  for (let i = 6; i > 0; i--) {
    const due = now + i * 70_000
    commands.push(add(random, ++id, now - 5_000, { delay: due - now }, { delay: due - now }), [
      'ZADD',
      `${base}delayed`,
      due * 4096 + id,
      id,
    ])
  }
  // A flow: the year's statement waits for two months that are planned for later.
  const parent = ++id
  const parentKey = base + parent
  commands.push(add(random, parent, now - 60_000, { name: 'render-year' }), [
    'ZADD',
    `${base}waiting-children`,
    now - 60_000,
    parent,
  ])
  for (const hours of [5, 6]) {
    const due = now + hours * 3_600_000
    const of = JSON.stringify({ id: String(parent), queueKey: base.slice(0, -1) })
    commands.push(
      add(
        random,
        ++id,
        now - 60_000,
        { delay: due - now, parentKey, parent: of },
        { delay: due - now, parent: { id: String(parent), queue: base.slice(0, -1) } },
      ),
    )
    commands.push(['ZADD', `${base}delayed`, due * 4096 + id, id], ['SADD', `${parentKey}:dependencies`, base + id])
  }
  for (let i = 0; i < 3; i++) {
    commands.push(
      add(random, ++id, now - 9_000, { processedOn: now - 3_000, ats: 1, progress: 15 + i * 22, pb: 'renderer-1' }),
      ['LPUSH', `${base}active`, id],
    )
    commands.push(['SET', `${base}${id}:lock`, `${demoLock}${random.uuid()}:${i}`, 'PX', lockMs])
  }
  return [...commands, ...fillBullmqSchedules(base, now), ['SET', `${base}id`, id], ['ZADD', `${base}marker`, 0, '0']]
}

/** An application that adds, and a worker that renders four at a time. */
export function bullmqActor(): Actor {
  return {
    everyMs: 500,
    async turn(writer, random, now) {
      const [paused, active, waiting, due] = await sendAll(writer, [
        ['HEXISTS', `${base}meta`, 'paused'],
        ['LRANGE', `${base}active`, 0, -1],
        ['LLEN', `${base}wait`],
        ['ZRANGEBYSCORE', `${base}delayed`, '-inf', now * 4096, 'LIMIT', 0, 5],
      ])
      for (const id of Array.isArray(due) ? due.map(String) : []) {
        await sendAll(writer, [
          ['ZREM', `${base}delayed`, id],
          ['HSET', base + id, 'delay', 0],
          ['LPUSH', `${base}wait`, id],
          event('waiting', id, 'prev', 'delayed'),
          ['ZADD', `${base}marker`, 0, '0'],
        ])
      }
      if (Number(waiting) < mostWaiting && random.chance(0.22 * load(now))) await produce(writer, random, now)
      const ids = await ownJobs(writer, base, Array.isArray(active) ? active.map(String) : [])
      for (const id of ids) await work(writer, random, now, id)
      const free = paused === 1 ? 0 : workersAtOnce - ids.length
      for (let i = 0; i < free; i++) if (!(await take(writer, random, now))) break
      await trim(writer)
    },
  }
}

async function produce(writer: Writer, random: Random, now: number): Promise<void> {
  const [next] = await sendAll(writer, [['INCR', `${base}id`]])
  const id = Number(next)
  if (random.chance(0.08)) {
    const delay = random.int(20_000, 180_000)
    await sendAll(writer, [
      add(random, id, now, { delay }, { delay }),
      ['ZADD', `${base}delayed`, (now + delay) * 4096 + (id % 4096), id],
      event('delayed', id, 'delay', now + delay),
    ])
  } else if (random.chance(0.12)) {
    const priority = random.int(1, 5)
    await sendAll(writer, [
      add(random, id, now, { priority }, { priority }),
      ['ZADD', `${base}prioritized`, priority * 2 ** 32 + id, id],
      event('waiting', id),
    ])
  } else {
    await sendAll(writer, [
      add(random, id, now),
      event('added', id, 'name', 'render'),
      ['LPUSH', `${base}wait`, id],
      event('waiting', id),
      ['ZADD', `${base}marker`, 0, '0'],
    ])
  }
}

/** What waits comes first, then what is prioritised, as the library has it. */
async function take(writer: Writer, random: Random, now: number): Promise<boolean> {
  let [id] = await sendAll(writer, [['RPOPLPUSH', `${base}wait`, `${base}active`]])
  if (!id) {
    const [popped] = await sendAll(writer, [['ZPOPMIN', `${base}prioritized`]])
    id = Array.isArray(popped) ? (popped[0] ?? null) : null
    if (!id) return false
    await sendAll(writer, [['LPUSH', `${base}active`, String(id)]])
  }
  const key = base + String(id)
  const [opts] = await sendAll(writer, [['HGET', key, 'opts']])
  await sendAll(writer, [
    ...runAfter(base, String(id), String(opts), now),
    ['SET', `${key}:lock`, `${demoLock}${random.uuid()}:0`, 'PX', lockMs],
    ['HSET', key, 'processedOn', now, 'pb', 'renderer-1'],
    ['HINCRBY', key, 'ats', 1],
    event('active', String(id), 'prev', 'waiting'),
  ])
  return true
}

/** A step of a running job: a part of the pages, or its end. */
async function work(writer: Writer, random: Random, now: number, id: string): Promise<void> {
  const key = base + id
  const [stored] = await sendAll(writer, [['HMGET', key, 'progress', 'atm']])
  const [progress, made] = Array.isArray(stored) ? stored.map(Number) : []
  const next = Math.min(100, (progress || 0) + random.int(4, 16))
  const fails = random.chance(0.012)
  if (next < 100 && !fails) {
    await sendAll(writer, [
      ['HSET', key, 'progress', next],
      event('progress', id, 'data', next),
      ['SET', `${key}:lock`, `${demoLock}${random.uuid()}:0`, 'PX', lockMs],
    ])
    return
  }
  const attempts = (made || 0) + 1
  const left: Command[] = [
    ['LREM', `${base}active`, 0, id],
    ['DEL', `${key}:lock`],
    ['HSET', key, 'atm', attempts],
  ]
  if (!fails) {
    const result = resultOf(random)
    await sendAll(writer, [
      ...left,
      ['HSET', key, 'progress', 100, 'finishedOn', now, 'returnvalue', result],
      ['ZADD', `${base}completed`, now, id],
      event('completed', id, 'returnvalue', result, 'prev', 'active'),
    ])
    return
  }
  const reason = random.pick(reasons)
  const [known] = await sendAll(writer, [['HGET', key, 'stacktrace']])
  const traces: unknown = known ? JSON.parse(String(known)) : []
  const failed: Command[] = [
    ...left,
    [
      'HSET',
      key,
      'failedReason',
      reason,
      'stacktrace',
      JSON.stringify([...(Array.isArray(traces) ? traces : []), stackOf(reason)]),
    ],
  ]
  if (attempts < 2) {
    const dueAt = now + 8_000
    await sendAll(writer, [
      ...failed,
      ['ZADD', `${base}delayed`, dueAt * 4096 + ((Number(id) || 0) % 4096), id],
      event('delayed', id, 'delay', dueAt),
    ])
  } else {
    await sendAll(writer, [
      ...failed,
      ['HSET', key, 'finishedOn', now],
      ['ZADD', `${base}failed`, now, id],
      event('failed', id, 'failedReason', reason, 'prev', 'active'),
    ])
  }
}

/** Keeps the newest of what ended, as removeOnComplete and removeOnFail do. */
async function trim(writer: Writer): Promise<void> {
  const old = await sendAll(writer, [
    ['ZRANGE', `${base}completed`, 0, -kept.completed - 1],
    ['ZRANGE', `${base}failed`, 0, -kept.failed - 1],
  ])
  const gone = old.map((ids) => (Array.isArray(ids) ? ids.map(String) : []))
  await sendAll(
    writer,
    gone.flatMap((ids, i): Command[] =>
      ids.length === 0
        ? []
        : [
            ['ZREM', `${base}${i === 0 ? 'completed' : 'failed'}`, ...ids],
            ['DEL', ...ids.map((id) => base + id)],
          ],
    ),
  )
}
