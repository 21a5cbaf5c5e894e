import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { act, operation } from '../../../../../test/chaos/model-operations.ts'
import { leaseMs, nothing, World } from '../../../../../test/chaos/model-world.ts'
import { Multiset } from '../../../../../test/chaos/multiset.ts'
import { type Places, readPlaces } from '../../../../../test/chaos/places.ts'
import { openTestConnection } from '../../../../../test/pool.ts'
import { startRedis, type TestRedis } from '../../../../../test/redis.ts'
import type { OpenConnection } from '../../../redis/open-connection.ts'

let redis: TestRedis
let connection: OpenConnection
let queues = 0

beforeAll(async () => {
  redis = await startRedis()
  connection = await openTestConnection(redis.url)
})
afterAll(async () => {
  connection.close()
  await redis.stop()
})

/** An old worker that keeps a list has something in it all along, so that the view stays one. */
const foreign = Buffer.from('of an old worker')

/** The model against the keys: equal in every place. */
function compare({ model }: World, places: Places): void {
  const bags = (map: ReadonlyMap<string, Iterable<Buffer>>) =>
    Object.fromEntries(
      [...map]
        .map(([name, raws]) => [name, new Multiset(raws).toJSON()])
        .filter(([, bag]) => Object.keys(bag ?? {}).length > 0),
    )
  const inHands = [...model.held.values()].flatMap((hands) => [...hands.values()])
  // A set cannot show equals; a job that was retried may differ from its equals by blanks.
  const distinct = [...new Map(inHands.map((raw) => [raw.toString('latin1'), raw])).values()]
  const shown = places.viewIsList ? [foreign, ...inHands] : distinct
  const plain = (map: ReadonlyMap<string, Multiset>) =>
    Object.fromEntries([...map].map(([name, bag]) => [name, bag.toJSON()]))
  expect({
    open: places.open.toJSON(),
    dead: places.dead.toJSON(),
    done: places.done,
    held: plain(places.held),
    claims: plain(places.claims),
    view: places.view.toJSON(),
  }).toEqual({
    open: model.open.toJSON(),
    dead: model.dead.toJSON(),
    done: model.done.size,
    held: bags(new Map([...model.held].map(([name, hands]) => [name, hands.values()]))),
    claims: bags(model.claims),
    view: new Multiset(shown).toJSON(),
  })
}

/** Everybody dies, time passes, and one more worker does all that is left. */
async function finish(world: World): Promise<void> {
  const { model, layout } = world
  await redis.client.hdel(layout.meta, 'paused')
  await world.pass(3 * leaseMs)
  const last = await world.worker()
  world.workers.push(last)
  await world.sweep(last)
  for (let empty = 0; empty < 2; ) {
    const hands = model.hands(last.name)
    const acks = [...hands.keys()]
    await world.step(last, { want: 5, order: '102', solo: true, adopt: true, ...nothing, acks })
    empty = model.hands(last.name).size === 0 ? empty + 1 : 0
  }
  expect(model.open.size).toBe(0)
  expect(model.dead.plus(model.done).toJSON()).toEqual(model.pushed.toJSON())
}

describe.each(['set', 'list'] as const)('any order of events, with the view as a %s', (view) => {
  it('leaves every job in exactly one place, the one where a model has it', async () => {
    const property = fc.asyncProperty(fc.array(operation, { maxLength: 40, size: 'max' }), async (operations) => {
      const world = new World(view === 'set' ? 'plain-list' : 'http-jobs', String(queues++), redis.client, connection)
      try {
        if (view === 'list') await redis.client.rpush(world.layout.processing, foreign)
        for (let i = 0; i < 3; i++) world.workers.push(await world.worker())
        for (const operation of operations) {
          await act(world, operation)
          compare(world, await readPlaces(redis.client, world.layout))
        }
        await finish(world)
        compare(world, await readPlaces(redis.client, world.layout))
      } finally {
        world.close()
      }
    })
    // It ends in time even where a failure is to be shrunk.
    await fc.assert(property, { numRuns: 60, interruptAfterTimeLimit: 45_000 })
  })
})
