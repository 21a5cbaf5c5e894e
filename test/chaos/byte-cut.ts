import type { ListSystem } from '../../src/domain/pool.ts'
import { createListPool, listPoolDefaults } from '../../src/engine/pool/lists/list-pool.ts'
import type { Connection } from '../../src/engine/redis/connection.ts'
import { eventually } from '../pool.ts'
import type { TestProxy } from '../proxy.ts'
import type { TestRedis } from '../redis.ts'
import { inTurns } from './in-turns.ts'
import { brokenJob, chaosJob, fateOf, idOf } from './job.ts'
import { ChaosQueue } from './queue.ts'

/** No lease runs out here, and nobody sweeps: what goes well goes well because of the step alone. */
const leaseMs = 60_000
const timing = { leaseMs, beatMs: leaseMs, sweepMs: leaseMs, orphanSweepMs: leaseMs }

/**
 * The request of a worker's second step on a queue, by what no other request has: it settles a job that went well, one
 * that failed and one that is none, and takes two more.
 */
function secondStep({ layout }: ChaosQueue): RegExp {
  return new RegExp(`${layout.base}:w:[^]*\r\n\\$5\r\n${leaseMs}\r\n\\$1\r\n2\r\n`)
}

type Cut = { readonly direction: 'request' | 'reply'; readonly at: number }

/**
 * Works on five jobs over the proxy, which cuts the connection within the second step; null measures that step instead.
 * Throws when a job is lost, settled twice or run twice. Returns the lengths of the request and its reply, if measured.
 */
async function workWithCut(
  queue: ChaosQueue,
  connection: Connection,
  proxy: TestProxy,
  cut: Cut | null,
): Promise<{ request: number; reply: number } | null> {
  const { system, layout } = queue
  await queue.push(
    chaosJob(system, 'plain', '1'),
    chaosJob(system, 'flaky', '2'),
    brokenJob(0),
    chaosJob(system, 'plain', '3'),
    chaosJob(system, 'plain', '4'),
  )
  const measured = cut === null ? proxy.measure(secondStep(queue)) : null
  if (cut !== null) proxy.cutWithin(secondStep(queue), cut.direction, cut.at)
  const ran: string[] = []
  const pool = createListPool({
    connection,
    config: {
      ...listPoolDefaults,
      ...{ system, queuePrefix: 'chaos:', queueName: queue.name, concurrency: 3 },
      backoff: { kind: 'given', delaysMs: [1] },
    },
    timing,
    async handler({ raw }, { attempt }) {
      const bytes = Buffer.from(raw)
      ran.push(idOf(bytes))
      if (fateOf(bytes) === 'flaky' && attempt === 1) throw new Error('meant to fail')
    },
  })
  await pool.start()
  await eventually(`${queue.name} knows the end of all`, () => pool.done === 4 && pool.dead === 1)
  await pool.stop()
  const told = `${layout.base} ${JSON.stringify(cut)}`
  const runs = ran.sort().join()
  if (runs !== '1,2,2,3,4') throw new Error(`${told}: ran ${runs}`)
  const stats = await queue.stats()
  if (stats !== 'dead 1, done 4, retried 1') throw new Error(`${told}: counted ${stats}`)
  const left = await queue.leftovers()
  if (left.some((key) => key !== ':leases')) throw new Error(`${told}: left ${left}`)
  return measured
}

/**
 * Cuts within one step after each `stride`-th byte of its request and of its reply, on a queue of its own each time.
 * `direct` leads to Redis itself, `connection` over the proxy. Returns the number of cuts.
 */
export async function cutEverywhere(
  redis: TestRedis,
  direct: Connection,
  connection: Connection,
  proxy: TestProxy,
  system: ListSystem,
  stride: number,
): Promise<number> {
  // All names are equally long, and so are all requests.
  const queue = (place: string) => new ChaosQueue(redis, direct, system, `${system}-${place.padStart(12, '-')}`)
  const lengths = await workWithCut(queue('measured'), connection, proxy, null)
  if (lengths === null) throw new Error('nothing was measured')
  const cuts = (['request', 'reply'] as const).flatMap((direction): Cut[] =>
    Array.from({ length: Math.ceil(lengths[direction] / stride) }, (_, i) => ({ direction, at: i * stride })),
  )
  await inTurns(cuts, 24, async (cut) => {
    await workWithCut(queue(`${cut.direction}-${cut.at}`), connection, proxy, cut)
  })
  return cuts.length
}
