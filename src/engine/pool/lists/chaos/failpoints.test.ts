import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { brokenJob, chaosJob } from '../../../../../test/chaos/job.ts'
import { carryOut } from '../../../../../test/chaos/notes.ts'
import { ChaosQueue } from '../../../../../test/chaos/queue.ts'
import { buildRunner, type RunnerProgram } from '../../../../../test/chaos/worker-process.ts'
import { eventually, openTestConnection, quick } from '../../../../../test/pool.ts'
import { startRedis, type TestRedis } from '../../../../../test/redis.ts'
import type { ListSystem } from '../../../../domain/pool.ts'
import type { OpenConnection } from '../../../redis/open-connection.ts'
import { type PoolPoint, poolPoints } from '../ledger.ts'
import { createListPool, listPoolDefaults } from '../list-pool.ts'

let redis: TestRedis
let connection: OpenConnection
let program: RunnerProgram

beforeAll(async () => {
  redis = await startRedis()
  connection = await openTestConnection(redis.url)
  program = await buildRunner()
})
afterAll(async () => {
  program.close()
  connection.close()
  await redis.stop()
})

/**
 * At which passings of a point the process dies: the first always, later ones where a life has them. What stands under
 * `untouched` comes before any job was begun, so no job may run a try more than without the kill.
 */
const passings: Readonly<
  Record<PoolPoint, { readonly nth: readonly number[]; readonly untouched: readonly number[] }>
> = {
  'before open': { nth: [1], untouched: [1] },
  'after open': { nth: [1], untouched: [1] },
  'before step': { nth: [1, 2, 3, 5], untouched: [1] },
  // By then the reply may be there too.
  'sent step': { nth: [1, 2, 3, 5], untouched: [] },
  'after step': { nth: [1, 2, 3, 5], untouched: [1] },
  'before recover': { nth: [1], untouched: [1] },
  'after recover': { nth: [1], untouched: [1] },
  'before release': { nth: [1], untouched: [] },
  'after release': { nth: [1], untouched: [] },
  'before orphans': { nth: [1, 2], untouched: [1] },
  'after orphans': { nth: [1, 2], untouched: [1] },
  claimed: { nth: [1, 2, 3], untouched: [] },
  begun: { nth: [1, 2, 6, 9], untouched: [1] },
  ended: { nth: [1, 2, 6, 9], untouched: [] },
}
const cases = poolPoints.flatMap((point) =>
  passings[point].nth.map((nth, i) => ({
    point,
    nth,
    untouched: passings[point].untouched.includes(nth),
    system: ((i + poolPoints.indexOf(point)) % 2 === 0 ? 'plain-list' : 'http-jobs') satisfies ListSystem as ListSystem,
  })),
)

/** Leaves a job in the hands of a process that was killed. */
async function leaveDead(queue: ChaosQueue): Promise<void> {
  await queue.push(chaosJob(queue.system, 'hang', 'of the dead'))
  const worker = program.start(queue.runner({ hangs: true }))
  await eventually('it holds a job', async () => (await queue.tries()).length === 1)
  worker.signal('SIGKILL')
  await worker.exit
  await redis.client.del(queue.notes)
}

/**
 * The life of a worker process up to its death: where that is the matter it finds what an earlier one left, it works
 * on jobs of every kind, is idle and claims one after the other, and, where it is to die of that, is told to stop.
 * Resolves to the signal by which it ended.
 */
async function live(queue: ChaosQueue, killAt: { point: PoolPoint; nth: number }): Promise<NodeJS.Signals | null> {
  const { system } = queue
  if (killAt.point.endsWith('recover')) await leaveDead(queue)
  await queue.push(
    ...['1', '2', '3', 'twin', 'twin'].map((id) => chaosJob(system, 'plain', id)),
    chaosJob(system, 'flaky', 'flaky'),
    chaosJob(system, 'doomed', 'doomed'),
    brokenJob(0),
  )
  const worker = program.start(queue.runner({ killAt, hangs: false }))
  let gone = false
  const exit = worker.exit.finally(() => (gone = true))
  const settled = async () => {
    const { places } = await queue.audit()
    return gone || places.done + places.dead === queue.pushed
  }
  await eventually('all is settled, or it died', settled)
  const stops = killAt.point.endsWith('release')
  for (let claim = 1; !gone && !(stops && claim > 3); claim++) {
    await queue.push(chaosJob(system, 'plain', `claim ${claim}`))
    await eventually('it is settled, or it died', settled)
  }
  if (!gone) worker.signal('SIGTERM')
  return (await exit).signal
}

describe.concurrent('a worker that is killed', () => {
  it.each(cases)('$point ($nth), on $system: nothing is lost', async ({ point, nth, untouched, system }) => {
    const queue = new ChaosQueue(redis, connection, system, `${point}.${nth}`.replaceAll(' ', '-'))
    expect(await live(queue, { point, nth })).toBe('SIGKILL')
    const atDeath = await queue.audit()
    expect(atDeath.total).toBe(queue.pushed)

    const pool = createListPool({
      connection,
      config: {
        ...listPoolDefaults,
        ...{ system, queuePrefix: 'chaos:', queueName: queue.name },
        backoff: { kind: 'given', delaysMs: [1] },
      },
      timing: quick,
      handler: (job, { attempt }) => carryOut(redis.client, queue.notes, Buffer.from(job.raw), attempt, false),
    })
    await pool.start()
    await queue.rest()
    await pool.stop()

    const { held, claimed, done } = atDeath.places
    const outcome = await queue.outcome()
    expect(outcome).toMatchObject({ lost: 0, surplus: 0, dead: 2, pushed: queue.pushed })
    // Each plain job one try, the flaky one two, the doomed one three, the broken one none.
    const needed = queue.pushed - 3 + 2 + 3
    const again = outcome.tries - needed
    expect(again).toBeGreaterThanOrEqual(0)
    expect(again).toBeLessThanOrEqual(untouched ? 0 : held + claimed)
    if (untouched) expect(done).toBe(0)
    // Of the dead the names stay for a while, because a late BLMOVE could still fill a claim, and so does the blame.
    const known = [':leases', ':crashes']
    expect((await queue.leftovers()).filter((key) => !known.includes(key))).toEqual([])
    expect((await queue.audit()).workers).toEqual([])
  })
})
