import type { Command, Writer } from '../../systems/handles.ts'
import { type Actor, demoLock, ownJobs, sendAll } from './actor.ts'
import { iso } from './people.ts'
import type { Random } from './random.ts'
import { fillBullSchedule, runAfter } from './schedules.ts'

const base = 'bull:csv-uploads:'
/** What the library's worker calls the connection on which it waits. */
export const bullWorkerName = `bull:${Buffer.from('csv-uploads').toString('base64')}`
const workersAtOnce = 2
const lockMs = 30_000
const kept = { completed: 90, failed: 45 }
const mostWaiting = 30

const stacks: readonly [[string, string], ...[string, string][]] = [
  ['Invalid date in column "Posted": 31/02/2026 (row 118)', 'parseDate (/srv/app/lib/csv/columns.ts:88:13)'],
  [
    'PrismaClientKnownRequestError: Unique constraint failed on the fields: (`importHash`)',
    'Object.request (/srv/app/node_modules/@prisma/client/runtime/library.js:121:7528)',
  ],
  ['Job timed out after 120000 ms', 'Timeout._onTimeout (/srv/app/node_modules/bull/lib/job.js:515:19)'],
  ['connect ECONNREFUSED 10.0.4.12:5432', 'TCPConnectWrap.afterConnect [as oncomplete] (node:net:1611:16)'],
  [
    'Unexpected end of file: the upload has 2,048 of 51,200 bytes',
    'Parser.__push (/srv/app/node_modules/csv-parse/lib/index.js:541:23)',
  ],
]

const stackOf = ([message, where]: readonly [string, string]) =>
  `Error: ${message}\n    at ${where}\n    at async processUpload (/srv/app/lib/queue.ts:47:5)\n    at async Queue.processJob (/srv/app/node_modules/bull/lib/queue.js:1189:22)`

function dataOf(random: Random): string {
  const rows = random.int(120, 9_000)
  const file = random.pick(['HDFC-statement', 'ICICI-savings', 'groceries', 'kirana-خرید', 'SBI_credit_card'])
  return JSON.stringify({
    userId: `cl${random.hex(22)}`,
    fileName: `${file}-${random.int(1, 12)}-2026.csv`,
    rows,
    uploadId: random.uuid(),
    // A CSV pool of Sluice checks these few, and writes nothing.
    csv: statementOf(random),
    validateOnly: true,
  })
}

/** The first lines of a bank's statement. */
function statementOf(random: Random): string {
  const line = () => {
    const [day, rupees, paise] = [random.int(10, 28), random.int(20, 4_000), random.int(10, 99)]
    return `2026-07-${day},${random.pick(['UPI', 'NEFT', 'Card', 'Cash'])},${rupees}.${paise}`
  }
  return ['date,how,amount', ...Array.from({ length: random.int(8, 24) }, line)].join('\n')
}

function add(
  random: Random,
  id: number,
  timestamp: number,
  more: Record<string, string | number> = {},
  opts = {},
): Command {
  const options = {
    attempts: 3,
    backoff: { type: 'exponential', delay: 5_000 },
    removeOnComplete: 100,
    removeOnFail: 50,
    delay: 0,
    timestamp,
    ...opts,
  }
  const fields = {
    name: random.pick(['process-csv', 'process-csv', 'recategorise']),
    data: dataOf(random),
    opts: JSON.stringify(options),
    timestamp,
    delay: options.delay,
    priority: 0,
    ...more,
  }
  return ['HSET', base + id, ...Object.entries(fields).flat()]
}

function logLine(done: number, at: number): string {
  return `${iso(at)} ${done}% of the rows imported`
}

/** A queue of Bull 4 as the fourth seed has it, key by key, without the library. */
export function fillBull(random: Random, now: number): Command[] {
  const commands: Command[] = []
  let id = 0
  for (let i = kept.completed - 30; i > 0; i--) {
    const ended = now - i * 260_000
    const result = JSON.stringify({ imported: random.int(100, 8_900), skipped: random.int(0, 12) })
    commands.push(
      add(random, ++id, ended - 40_000, {
        processedOn: ended - 21_000,
        finishedOn: ended,
        attemptsMade: 1,
        progress: 100,
        returnvalue: result,
      }),
    )
    commands.push(
      ['ZADD', `${base}completed`, ended, id],
      ['RPUSH', `${base}${id}:logs`, logLine(50, ended - 9_000), logLine(100, ended)],
    )
  }
  for (let i = 18; i > 0; i--) {
    const ended = now - i * 1_500_000
    const tries = [1, 2, 3].map(() => random.pick(stacks))
    const reason = tries.at(-1)?.[0] ?? ''
    commands.push(
      add(random, ++id, ended - 60_000, {
        processedOn: ended - 12_000,
        finishedOn: ended,
        attemptsMade: 3,
        progress: random.int(3, 88),
        failedReason: reason,
        stacktrace: JSON.stringify(tries.map(stackOf)),
      }),
    )
    commands.push(['ZADD', `${base}failed`, ended, id])
  }
  for (let i = 4; i > 0; i--) {
    const due = now + i * 95_000
    commands.push(add(random, ++id, now - 10_000, {}, { delay: due - now }), [
      'ZADD',
      `${base}delayed`,
      due * 4096 + (id % 4096),
      id,
    ])
  }
  for (let i = 9; i > 0; i--) commands.push(add(random, ++id, now - i * 14_000), ['LPUSH', `${base}wait`, id])
  for (let i = 0; i < workersAtOnce; i++) {
    commands.push(add(random, ++id, now - 30_000, { processedOn: now - 9_000, progress: 20 + i * 25 }), [
      'LPUSH',
      `${base}active`,
      id,
    ])
    commands.push(['SET', `${base}${id}:lock`, demoLock + random.uuid(), 'PX', lockMs])
  }
  return [...commands, ...fillBullSchedule(base, now), ['SET', `${base}id`, id]]
}

/** People who upload files, and a worker that imports two at a time. */
export function bullActor(): Actor {
  return {
    everyMs: 800,
    async turn(writer, random, now) {
      const [paused, active, waiting, due] = await sendAll(writer, [
        ['EXISTS', `${base}meta-paused`],
        ['LRANGE', `${base}active`, 0, -1],
        ['LLEN', `${base}wait`],
        ['ZRANGEBYSCORE', `${base}delayed`, '-inf', now * 4096, 'LIMIT', 0, 5],
      ])
      const line = paused === 1 ? `${base}paused` : `${base}wait`
      for (const id of Array.isArray(due) ? due.map(String) : []) {
        await sendAll(writer, [
          ['ZREM', `${base}delayed`, id],
          ['LPUSH', line, id],
          ['HSET', base + id, 'delay', 0],
        ])
      }
      if (Number(waiting) < mostWaiting && random.chance(0.07)) {
        const [next] = await sendAll(writer, [['INCR', `${base}id`]])
        const id = Number(next)
        await sendAll(writer, [add(random, id, now), ['LPUSH', line, id], ['PUBLISH', `${base}waiting@demo`, id]])
      }
      const ids = await ownJobs(writer, base, Array.isArray(active) ? active.map(String) : [])
      for (const id of ids) await work(writer, random, now, id)
      if (ids.length < workersAtOnce && paused !== 1) {
        const [id] = await sendAll(writer, [['RPOPLPUSH', `${base}wait`, `${base}active`]])
        if (id) {
          const [opts] = await sendAll(writer, [['HGET', `${base}${id}`, 'opts']])
          await sendAll(writer, [
            ...runAfter(base, String(id), String(opts), now),
            ['SET', `${base}${id}:lock`, demoLock + random.uuid(), 'PX', lockMs],
            ['HSET', `${base}${id}`, 'processedOn', now],
          ])
        }
      }
      await trim(writer)
    },
  }
}

/** A step of a running job: some more rows, or its end. */
async function work(writer: Writer, random: Random, now: number, id: string): Promise<void> {
  const key = base + id
  const [stored] = await sendAll(writer, [['HMGET', key, 'progress', 'attemptsMade']])
  const [progress, made] = Array.isArray(stored) ? stored.map(Number) : []
  const next = Math.min(100, (progress || 0) + random.int(2, 7))
  const fails = random.chance(0.006)
  if (next < 100 && !fails) {
    const commands: Command[] = [
      ['HSET', key, 'progress', next],
      ['PUBLISH', `${base}progress`, JSON.stringify({ jobId: id, progress: next })],
      ['SET', `${key}:lock`, demoLock + random.uuid(), 'PX', lockMs],
    ]
    if (random.chance(0.3)) commands.push(['RPUSH', `${key}:logs`, logLine(next, now)])
    return void (await sendAll(writer, commands))
  }
  const attempts = (made || 0) + 1
  const left: Command[] = [
    ['LREM', `${base}active`, 0, id],
    ['DEL', `${key}:lock`],
    ['HSET', key, 'attemptsMade', attempts],
  ]
  if (!fails) {
    const result = JSON.stringify({ imported: random.int(100, 8_900), skipped: random.int(0, 12) })
    await sendAll(writer, [
      ...left,
      ['HSET', key, 'progress', 100, 'finishedOn', now, 'returnvalue', result],
      ['ZADD', `${base}completed`, now, id],
      ['PUBLISH', `${base}completed`, JSON.stringify({ jobId: id, val: result })],
    ])
    return
  }
  const why = random.pick(stacks)
  const [known] = await sendAll(writer, [['HGET', key, 'stacktrace']])
  const traces: unknown = known ? JSON.parse(String(known)) : []
  const stacktrace = JSON.stringify([...(Array.isArray(traces) ? traces : []), stackOf(why)])
  const failed: Command[] = [...left, ['HSET', key, 'failedReason', why[0], 'stacktrace', stacktrace]]
  if (attempts < 3) {
    const dueAt = now + 5_000 * 2 ** attempts
    await sendAll(writer, [...failed, ['ZADD', `${base}delayed`, dueAt * 4096 + ((Number(id) || 0) % 4096), id]])
  } else {
    await sendAll(writer, [
      ...failed,
      ['HSET', key, 'finishedOn', now],
      ['ZADD', `${base}failed`, now, id],
      ['PUBLISH', `${base}failed`, JSON.stringify({ jobId: id, failedReason: why[0] })],
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
            ['DEL', ...ids.flatMap((id) => [base + id, `${base}${id}:logs`])],
          ],
    ),
  )
}
