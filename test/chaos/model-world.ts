import type { Redis } from 'ioredis'
import { expect } from 'vitest'
import type { ListSystem } from '../../src/domain/pool.ts'
import { type Layout, layoutOf } from '../../src/engine/pool/lists/layout.ts'
import { Ledger, type Settlement, type StepRequest } from '../../src/engine/pool/lists/ledger.ts'
import { Link } from '../../src/engine/pool/lists/link.ts'
import { stepScript } from '../../src/engine/pool/lists/scripts.ts'
import type { Connection } from '../../src/engine/redis/connection.ts'
import type { Arg, Reply, Script } from '../../src/systems/handles.ts'
import { QueueModel } from './queue-model.ts'

/** Of a worker in a world, in ms: longer than any test takes, so that it runs out only where time is moved. */
export const leaseMs = 1_000_000

/** Remembers each step as it was sent and answered, to send it once more. */
class RecordingLink extends Link {
  readonly steps: { keys: readonly string[]; args: readonly Arg[]; reply: Reply }[] = []

  override async run(
    script: Script,
    keys: readonly string[],
    args: readonly Arg[],
    until?: AbortSignal,
  ): Promise<Reply> {
    const reply = await super.run(script, keys, args, until)
    if (script === stepScript) this.steps.push({ keys, args, reply })
    return reply
  }

  /** The last step, or one before it, once more: what it was answered the first time, and now. */
  async resend(which: number): Promise<{ first: Reply; now: Reply }> {
    const step = this.steps.at(-1 - which)
    if (step === undefined) throw new Error('so many steps were not made')
    return { first: step.reply, now: await super.run(stepScript, step.keys, step.args) }
  }
}

export interface Worker {
  readonly ledger: Ledger
  readonly link: RecordingLink
  readonly name: string
}

/** All times that the keys hold move back by so much: the same as if so much time had passed. */
const passLua = `
for _, key in ipairs(KEYS) do
  for _, member in ipairs(redis.call('ZRANGE', key, 0, -1)) do
    local score = tonumber(redis.call('ZSCORE', key, member))
    if score >= 0 then redis.call('ZADD', key, math.max(0, score - ARGV[1]), member) end
  end
end`

/** A step that settles nothing. */
export const nothing: Settlement = { acks: [], completions: [], retries: [], deads: [], backs: [] }

/** One queue, its workers, those that died, and the model beside it. */
export class World {
  readonly model = new QueueModel()
  readonly layout: Layout
  readonly workers: Worker[] = []
  readonly ghosts: Worker[] = []
  #names = 0

  constructor(
    system: ListSystem,
    name: string,
    readonly redis: Redis,
    private readonly connection: Connection,
  ) {
    this.layout = layoutOf(system, 'model:', name)
  }

  /** A new one, with a lease. */
  async worker(): Promise<Worker> {
    const link = new RecordingLink(
      () => this.connection.dedicated('pool'),
      () => {},
    )
    const name = `w:${++this.#names}:x`
    const ledger = new Ledger(link, this.layout, name, { leaseMs, ratePerSecond: null })
    await ledger.open()
    return { ledger, link, name }
  }

  /** The worker of one of the places. */
  at(who: number): Worker {
    return this.workers[who % this.workers.length] as Worker
  }

  /** A worker goes, and one with a new name takes its place; what is on its way from the old one may still arrive. */
  async retire(old: Worker): Promise<void> {
    this.ghosts.push(old)
    this.workers[this.workers.indexOf(old)] = await this.worker()
  }

  /** Time passes, for leases and for delayed jobs. */
  async pass(ms: number): Promise<void> {
    await this.redis.eval(passLua, 2, this.layout.leases, this.layout.delayed, ms)
  }

  /** A BLMOVE of a worker is done, early or late. */
  async claim({ name }: Worker): Promise<void> {
    const { waiting, claims } = this.layout
    const moved = await this.redis.callBuffer('LMOVE', waiting, claims + name, 'LEFT', 'RIGHT')
    if (Buffer.isBuffer(moved)) this.model.claim(name, moved)
  }

  /** One step, and as many copies of it as replies were lost: they must say the same, and do nothing. */
  async step({ ledger, link, name }: Worker, request: StepRequest, lost = 0): Promise<'ok' | 'fenced'> {
    const reply = await ledger.step(request)
    this.model.step(name, request, reply)
    for (const { first, now } of await Promise.all(Array.from({ length: lost }, () => link.resend(0)))) {
      expect(timeless(now)).toEqual(timeless(first))
    }
    return reply.kind
  }

  /** What every pool does from time to time, by two of them at once. */
  async sweep({ ledger }: Worker): Promise<void> {
    for (const other of await ledger.others()) {
      const { worker, state } = other
      if (state === 'alive') continue
      const counts = await Promise.all([1, 2].map(() => ledger.recover(worker, state)))
      expect(counts.sort()).toEqual([0, this.model.recover(other)])
    }
  }

  close(): void {
    for (const { link } of [...this.workers, ...this.ghosts]) link.close()
  }
}

/** A step's reply but for the two times in it, which go on. */
function timeless(reply: Reply): Reply[] {
  return Array.isArray(reply) ? reply.filter((_, place) => place !== 1 && place !== 2) : []
}
