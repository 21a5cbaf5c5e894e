import fc from 'fast-check'
import { expect } from 'vitest'
import type { Layout } from '../../src/engine/pool/lists/layout.ts'
import type { Settlement } from '../../src/engine/pool/lists/ledger.ts'
import { leaseMs, nothing, type World } from './model-world.ts'

/** Few, so that equal jobs meet all the time; one is no text. */
const payloads = ['{"id":"a"}', '{"id":"b"}', '{"id":"c"}', 'null'].map((text) => Buffer.from(text))
payloads.push(Buffer.from([0xff, 0x00, 0x0d, 0x0a, 0x80]))

const settling = fc.record({ how: fc.constantFrom('ack', 'retry', 'dead', 'back', 'stale'), which: fc.nat() })
const stepping = fc.record({
  op: fc.constant('step' as const),
  who: fc.nat(2),
  want: fc.integer({ min: 0, max: 7 }),
  order: fc.constantFrom('0', '102', '021'),
  solo: fc.boolean(),
  adopt: fc.boolean(),
  delayMs: fc.constantFrom(0, 60_000),
  settle: fc.array(settling, { maxLength: 4 }),
  /** The reply is lost so often. */
  lost: fc.constantFrom(0, 0, 1, 2),
})
/** What may happen to a queue, in any order. */
export const operation = fc.oneof(
  { arbitrary: stepping, weight: 8 },
  {
    arbitrary: fc.record({
      op: fc.constant('push' as const),
      source: fc.constantFrom('waiting' as const, 'waiting' as const, 'high' as const, 'low' as const),
      which: fc.array(fc.nat(payloads.length - 1), { minLength: 1, maxLength: 6 }),
    }),
    weight: 4,
  },
  { arbitrary: fc.record({ op: fc.constantFrom('claim' as const, 'crash' as const), who: fc.nat(2) }), weight: 3 },
  { arbitrary: fc.record({ op: fc.constantFrom('sweep' as const, 'release' as const), who: fc.nat(2) }), weight: 2 },
  { arbitrary: fc.record({ op: fc.constant('late copy' as const), who: fc.nat(2), which: fc.nat() }), weight: 2 },
  { arbitrary: fc.record({ op: fc.constant('time' as const), ms: fc.constantFrom(70_000, 2 * leaseMs) }), weight: 2 },
  {
    arbitrary: fc.record({
      op: fc.constantFrom(
        'ghost steps' as const,
        'ghost copy' as const,
        'ghost claims' as const,
        'found dead' as const,
      ),
      which: fc.nat(),
    }),
    weight: 2,
  },
  { arbitrary: fc.record({ op: fc.constant('pause' as const), on: fc.boolean() }), weight: 1 },
)
export type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never

function settlementOf(hands: ReadonlyMap<number, Buffer>, step: Extract<Operation, { op: 'step' }>, layout: Layout) {
  const open = [...hands]
  const made: { [K in keyof Settlement]: Settlement[K][number][] } = {
    acks: [],
    completions: [],
    retries: [],
    deads: [],
    backs: [],
  }
  for (const { how, which } of step.settle) {
    const [seq, raw] = open.splice(which % Math.max(1, open.length), 1)[0] ?? []
    if (seq === undefined || raw === undefined) continue
    if (how === 'ack' && layout.completed !== null) made.completions.push({ seq, entry: raw })
    else if (how === 'ack') made.acks.push(seq)
    else if (how === 'retry') made.retries.push({ seq, payload: raw, delayMs: step.delayMs })
    else if (how === 'dead') made.deads.push({ seq, entry: raw })
    else if (how === 'back') made.backs.push(seq)
    else made.acks.push(seq + 4096 * 1000) // of a step that never was
  }
  return made
}

/** Lets it happen, to the queue and to the model. Throws where the two differ in their answers. */
export async function act(world: World, operation: Operation): Promise<void> {
  const { model, layout, redis } = world
  switch (operation.op) {
    case 'push': {
      const jobs = operation.which.map((index) => payloads[index] as Buffer)
      await redis.rpush(layout[operation.source], ...jobs)
      return model.push(jobs)
    }
    case 'step': {
      const worker = world.at(operation.who)
      const { want, order, solo, adopt } = operation
      const hands = model.hands(worker.name)
      const settlement = settlementOf(hands, operation, layout)
      const request = { want, order, solo: solo && hands.size === 0, adopt, ...settlement }
      if ((await world.step(worker, request, operation.lost)) === 'fenced') {
        await world.retire(worker)
      }
      return
    }
    case 'claim':
      return world.claim(world.at(operation.who))
    case 'crash':
      return world.retire(world.at(operation.who))
    case 'sweep':
      return world.sweep(world.at(operation.who))
    case 'release': {
      const worker = world.at(operation.who)
      expect(await worker.ledger.release(true)).toBe(model.giveBack(worker.name))
      return world.retire(worker)
    }
    case 'late copy': {
      // Of the step before the last one, or an earlier one: the last one would be answered as it was.
      const { link } = world.at(operation.who)
      if (link.steps.length < 2) return
      const { now } = await link.resend(1 + (operation.which % (link.steps.length - 1)))
      expect(['spent', 'fenced']).toContain(Array.isArray(now) ? String(now[0]) : now)
      return
    }
    case 'time':
      return world.pass(operation.ms)
    case 'pause':
      if (operation.on) return void (await redis.hset(layout.meta, 'paused', 1))
      return void (await redis.hdel(layout.meta, 'paused'))
  }
  const ghost = world.ghosts[operation.which % Math.max(1, world.ghosts.length)]
  if (ghost === undefined) return
  switch (operation.op) {
    case 'ghost steps': // a packet that was on its way when the worker died
      await world.step(ghost, { want: 3, order: '0', solo: false, adopt: true, ...nothing })
      return
    case 'ghost claims':
      return world.claim(ghost)
    case 'ghost copy': // the same for any step that it made, which does nothing a second time
      if (ghost.link.steps.length > 0) await ghost.link.resend(operation.which % ghost.link.steps.length)
      return
    case 'found dead': {
      const { name } = ghost
      const lease = await redis.zscore(layout.leases, name)
      const back = await world.at(0).ledger.recover(name, 'dead')
      // Where the death is known already, only the sweep looks at the claim.
      const isNew = lease !== null && Number(lease) >= 0
      expect(back).toBe(isNew ? model.giveBack(name) : 0)
      return
    }
  }
}
