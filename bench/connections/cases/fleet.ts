import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { BenchProcess } from '../../pool/bench-process.ts'
import type { Case } from '../../pool/cases/case.ts'
import type { Report } from '../../report.ts'
import type { Measurement, Opened, Order, Spent } from '../measurement.ts'
import { hiddenSeconds, idleSeconds, profiles, queues, watchedSeconds } from '../sizes.ts'

const queuesEach = Math.round(queues / profiles)
const jobsEach = 100

/**
 * Many profiles, each on a Redis of its own: how soon all are open, and what they cost while somebody watches, while a
 * window lies there untouched, and while it is hidden. The commands are those that Redis counted, what scripts do among
 * them, at the busiest of the servers.
 */
export const fleet: Case = async (report, program) => {
  const servers = await Promise.all(Array.from({ length: profiles }, () => startRedis()))
  const ports = servers.map(({ port }) => port)
  let child: BenchProcess | null = null
  try {
    await Promise.all(servers.map(seed))
    child = new BenchProcess(program, ports[0] ?? 0, { kind: 'fleet', ports, queuesEach } satisfies Measurement)
    await child.hear() // it is warm
    child.tell('go')
    const opened = JSON.parse(await child.hear()) as Opened
    const of = `${profiles} profiles, ${queuesEach * profiles} queues`
    report.add({ case: of, metric: 'all reachable after', value: opened.reachableMs, unit: 'ms' })
    report.add({ case: of, metric: 'all numbers after', value: opened.numbersMs, unit: 'ms' })
    const phases = [
      ['watched', { attention: 'watching', seconds: watchedSeconds }],
      ['idle', { attention: 'idle', seconds: idleSeconds }],
      ['hidden', { attention: 'hidden', seconds: hiddenSeconds }],
    ] as const
    for (const [name, order] of phases) await phase(report, `${of}, ${name}`, child, servers, order)
  } finally {
    await child?.kill()
    await Promise.all(servers.map((server) => server.stop()))
  }
}

async function seed({ client }: TestRedis): Promise<void> {
  const fill = client.pipeline()
  for (let i = 0; i < queuesEach; i++) {
    fill.rpush(`queue:q${i}`, ...Array.from({ length: jobsEach }, (_, n) => `{"id":"job-${n}","type":"welcome"}`))
  }
  await fill.exec()
}

async function phase(
  report: Report,
  of: string,
  child: BenchProcess,
  servers: readonly TestRedis[],
  order: Order,
): Promise<void> {
  await Promise.all(servers.map(({ client }) => client.config('RESETSTAT')))
  const began = performance.now()
  child.tell(order)
  const spent = JSON.parse(await child.hear()) as Spent
  const counted = await Promise.all(servers.map(countedBy))
  const seconds = (performance.now() - began) / 1000
  const add = (metric: string, value: number, unit: string) => report.add({ case: of, metric, value, unit })
  add('processor of the engine', spent.cpuMs / (spent.seconds * 10), '%')
  add('memory of the engine', spent.rssBytes / 1e6, 'MB')
  add('commands that Redis counted', Math.max(...counted.map(({ calls }) => calls)) / seconds, '/s at most')
  add('time of Redis', Math.max(...counted.map(({ micros }) => micros)) / 1000 / seconds, 'ms/s at most')
}

/** What a server did since its figures were put to 0, but for what this bench asks of it. */
async function countedBy({ client }: TestRedis): Promise<{ calls: number; micros: number }> {
  let [calls, micros] = [0, 0]
  for (const [, name, count, time] of (await client.info('commandstats')).matchAll(
    /cmdstat_([^:]+):calls=(\d+),usec=(\d+)/g,
  )) {
    if (name?.startsWith('config')) continue
    calls += Number(count)
    micros += Number(time)
  }
  return { calls, micros }
}
