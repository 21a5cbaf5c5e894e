import { type Profile, usualProfile } from '../src/domain/profile.ts'
import type { QueueRef } from '../src/domain/queue.ts'
import { openConnection } from '../src/engine/redis/open-connection.ts'
import { plainReach } from '../src/engine/redis/reach/plain-reach.ts'
import { readTick } from '../src/engine/sampler/tick.ts'
import type { Reader } from '../src/systems/handles.ts'
import { systemOf, systems } from '../src/systems/registry.ts'
import { startRedis, type TestRedis } from '../test/redis.ts'
import { median, type Report } from './report.ts'

const repeats = 15

const profileOf = (url: string): Profile => ({
  id: 'bench',
  name: 'Bench',
  url,
  ...usualProfile,
})

const listQueue = (name: string): QueueRef => ({ system: 'plain-list', prefix: 'queue:', name })
const payload = (n: number) =>
  `{"id":"job-${n}","type":"welcome","to":"person-${n}@example.com","data":{"user_name":"Person ${n}","referral_code":"REF${n}"},"attempts":0}`

async function withReader(run: (redis: TestRedis, reader: Reader) => Promise<void>): Promise<void> {
  const redis = await startRedis()
  const connection = openConnection({ profile: profileOf(redis.url), reach: plainReach(redis.url) })
  try {
    await connection.tried
    await run(redis, connection.reader)
  } finally {
    connection.close()
    await redis.stop()
  }
}

/** Microseconds that Redis spent in commands since the last `CONFIG RESETSTAT`, and how many it ran. */
async function spent({ client }: TestRedis): Promise<{ micros: number; calls: number }> {
  const stats = await client.info('commandstats')
  let micros = 0
  let calls = 0
  for (const [, name, count, time] of stats.matchAll(/cmdstat_([^:]+):calls=(\d+),usec=(\d+)/g)) {
    if (/^(info|config|client)/.test(name ?? '')) continue
    micros += Number(time)
    calls += Number(count)
  }
  return { micros, calls }
}

/** Runs something again and again; medians of its wall time and of the time that Redis spent on it, in ms. */
async function measure(
  redis: TestRedis,
  run: () => Promise<unknown>,
): Promise<{ wallMs: number; redisMs: number; commands: number }> {
  const walls: number[] = []
  const micros: number[] = []
  let commands = 0
  for (let i = 0; i < repeats; i++) {
    await redis.client.config('RESETSTAT')
    const began = performance.now()
    await run()
    walls.push(performance.now() - began)
    const cost = await spent(redis)
    micros.push(cost.micros)
    commands = cost.calls
  }
  return { wallMs: median(walls), redisMs: median(micros) / 1000, commands }
}

/** One tick over 1,000 plain-list queues, beside three bare counts of each in one pipeline. */
async function tick(report: Report): Promise<void> {
  await withReader(async (redis, reader) => {
    const queues = Array.from({ length: 1000 }, (_, i) => listQueue(`q${i}`))
    const fill = redis.client.pipeline()
    for (const [i, { name }] of queues.entries()) {
      fill.rpush(`queue:${name}`, ...Array.from({ length: 20 }, (_, n) => payload(n)))
      fill.sadd(`queue:${name}:processing`, payload(i))
      fill.rpush(`queue:${name}:dlq`, payload(i))
    }
    await fill.exec()
    let trips = 0
    const counting: Reader = {
      pipeline(commands) {
        trips++
        return reader.pipeline(commands)
      },
      call(...command) {
        trips++
        return reader.call(...command)
      },
    }
    const ours = await measure(redis, () => readTick(counting, systems, queues, { info: true }))
    const bare = await measure(redis, () =>
      reader.pipeline(
        queues.flatMap(({ name }) => [
          ['LLEN', `queue:${name}`] as const,
          ['SCARD', `queue:${name}:processing`] as const,
          ['LLEN', `queue:${name}:dlq`] as const,
        ]),
      ),
    )
    const peer = '3 bare counts of each queue'
    const of = 'tick over 1,000 lists'
    report.add({ case: of, metric: 'round trips', value: trips / repeats, unit: '' })
    report.add({
      case: of,
      metric: 'Redis time',
      value: ours.redisMs,
      unit: 'ms',
      peer,
      ratio: ours.redisMs / bare.redisMs,
    })
    report.add({
      case: of,
      metric: 'wall time',
      value: ours.wallMs,
      unit: 'ms',
      peer,
      ratio: ours.wallMs / bare.wallMs,
    })
    report.add({
      case: of,
      metric: 'commands',
      value: ours.commands,
      unit: '',
      peer,
      ratio: ours.commands / bare.commands,
    })
  })
}

/** First page of a long dead-letter list, pages anywhere in it, and whether the engine grows with it. */
async function deadLetters(report: Report): Promise<void> {
  await withReader(async (redis, reader) => {
    const queue = listQueue('email')
    const key = 'queue:email:dlq'
    const system = systemOf('plain-list')
    const page = (offset: number) => system.page(reader, queue, 'dead', { offset, limit: 100 })
    const heaps: number[] = []
    for (const size of [10_000, 1_000_000]) {
      for (let from = await redis.client.llen(key); from < size; from += 10_000) {
        await redis.client.rpush(key, ...Array.from({ length: 10_000 }, (_, i) => payload(from + i)))
      }
      globalThis.gc?.()
      const before = process.memoryUsage().heapUsed
      for (let i = 0; i < 300; i++) await page(Math.floor((i / 300) * size))
      globalThis.gc?.()
      heaps.push(process.memoryUsage().heapUsed - before)
    }
    const of = '1,000,000 dead letters'
    const first = await measure(redis, () => page(0))
    const bare = await measure(redis, () => reader.call('LRANGE', key, -100, -1))
    report.add({
      case: of,
      metric: 'first page',
      value: first.wallMs,
      unit: 'ms',
      peer: 'bare LRANGE -100 -1',
      ratio: first.wallMs / bare.wallMs,
    })
    const middle = await measure(redis, () => page(500_000))
    const bareMiddle = await measure(redis, () => reader.call('LRANGE', key, 499_900, 499_999))
    report.add({
      case: of,
      metric: 'middle page',
      value: middle.wallMs,
      unit: 'ms',
      peer: 'bare LRANGE there',
      ratio: middle.wallMs / bareMiddle.wallMs,
    })
    const rows = (await page(123_456)).jobs.length
    report.add({ case: of, metric: 'most rows a page reads', value: rows, unit: 'rows' })
    const [small = 0, large = 0] = heaps
    report.add({
      case: of,
      metric: 'heap kept after 300 pages',
      value: Math.max(0, large) / 1e6,
      unit: 'MB',
      peer: 'the same on 10,000',
      ratio: small > 0 ? large / small : null,
    })
  })
}

/** What the console costs Redis and how fast it answers. */
export async function console(report: Report): Promise<void> {
  await tick(report)
  await deadLetters(report)
}
