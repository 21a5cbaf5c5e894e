import type { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import type { JobSummary } from '../../src/domain/job.ts'
import type { QueueRef } from '../../src/domain/queue.ts'
import type { Writer } from '../../src/systems/handles.ts'
import { systemOf } from '../../src/systems/registry.ts'
import type { Frozen, WriteActions } from '../../src/systems/system.ts'
import { freePort, startRedis, type TestRedis } from '../redis.ts'
import { testWriter } from '../writer.ts'
import type { HashedPeer, HashedPeerKind } from './hashed.ts'

/** What the tests of the write actions of Bull and BullMQ begin with: a server, a peer on the queue `mail`, our actions. */
export class HashedWorld {
  server!: TestRedis
  redis!: Redis
  writer!: Writer
  peer!: HashedPeer
  readonly peers: HashedPeer[] = []
  readonly kind: HashedPeerKind
  readonly #prefix: string

  constructor(kind: HashedPeerKind, prefix: string) {
    this.kind = kind
    this.#prefix = prefix
  }

  get queue(): QueueRef {
    return this.peer.queue
  }

  /** The state in which jobs without a priority wait, and the one of those with one. */
  get states() {
    const bull = this.queue.system === 'bull'
    return { waiting: this.kind.waiting, prioritized: bull ? 'waiting' : 'prioritized' }
  }

  get write(): Required<WriteActions> {
    return systemOf(this.queue.system).write as Required<WriteActions>
  }

  async open(name: string): Promise<HashedPeer> {
    const peer = await this.kind.open(this.server.port, name, this.#prefix)
    this.peers.push(peer)
    return peer
  }

  key(suffix: string, name = 'mail'): string {
    return `${this.#prefix}:${name}:${suffix}`
  }

  async page(state: string, queue = this.queue): Promise<JobSummary[]> {
    return (await systemOf(queue.system).page(this.writer, queue, state, { offset: 0, limit: 200 })).jobs
  }

  async row(state: string, id: string, queue = this.queue): Promise<JobSummary> {
    const jobs = await this.page(state, queue)
    const found = jobs.find((job) => job.id === id)
    if (found === undefined) throw new Error(`no job ${id} in ${state}, which has ${jobs.map((job) => job.id)}`)
    return found
  }

  async ref(state: string, id: string, queue = this.queue): Promise<string> {
    return (await this.row(state, id, queue)).ref
  }

  /** A state as it is now. */
  frozen(state: string, queue = this.queue): Promise<Frozen> {
    return systemOf(queue.system).freeze(this.writer, queue, state)
  }

  /** Resolves when so many clients of the server block. */
  async blocked(count: number): Promise<void> {
    while (!(await this.redis.info('clients')).includes(`blocked_clients:${count}\r`));
  }

  /** A job that failed for good, by the library's own worker, which rests then. */
  async failed(options: object = {}, data: unknown = { n: 1 }, name = 'boom'): Promise<string> {
    const id = await this.peer.add(name, data, options)
    await this.peer.work()
    await this.peer.ended(id)
    await this.peer.rest()
    return id
  }

  /** Everything in Redis, by key. */
  async dump(pattern = '*'): Promise<Record<string, unknown>> {
    const keys = (await this.redis.keys(pattern)).sort()
    const values = await Promise.all(keys.map((key) => this.#read(key)))
    return Object.fromEntries(keys.map((key, i) => [key, values[i]]))
  }

  async #read(key: string): Promise<unknown> {
    const type = await this.redis.type(key)
    if (type === 'hash') return this.redis.hgetall(key)
    if (type === 'list') return this.redis.lrange(key, 0, -1)
    if (type === 'zset') return this.redis.zrange(key, 0, '-1', 'WITHSCORES')
    if (type === 'set') return (await this.redis.smembers(key)).sort()
    return type === 'stream' ? this.redis.xrange(key, '-', '+') : this.redis.get(key)
  }
}

/** Sets a world up around the tests of a file; each test begins with an empty server. */
export function hashedWorld(kind: HashedPeerKind): HashedWorld {
  return worldOf(kind, 'bull', async () => {
    const server = await startRedis()
    return { server, writer: testWriter(server.client) }
  })
}

/**
 * The same on a node of a cluster that has all slots, with keys that share one. It is strict: a script that touches a key
 * of another slot fails there, also where the key is not declared.
 */
export function clusterWorld(kind: HashedPeerKind, prefix: string): HashedWorld {
  return worldOf(kind, prefix, async () => {
    const server = await startRedis('--cluster-enabled', 'yes', '--cluster-port', String(await freePort()))
    await server.client.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
    while (!String(await server.client.call('CLUSTER', 'INFO')).includes('cluster_state:ok'));
    const writer = testWriter(server.client)
    const strict: Writer['run'] = (script, ...rest) => writer.run({ ...script, lua: `#!lua\n${script.lua}` }, ...rest)
    return { server, writer: { ...writer, run: strict } }
  })
}

function worldOf(
  kind: HashedPeerKind,
  prefix: string,
  begin: () => Promise<Pick<HashedWorld, 'server' | 'writer'>>,
): HashedWorld {
  const world = new HashedWorld(kind, prefix)
  beforeAll(async () => {
    Object.assign(world, await begin())
    world.redis = world.server.client
  })
  afterAll(() => world.server?.stop())
  beforeEach(async () => {
    await world.redis.flushall()
    world.peer = await world.open('mail')
  })
  afterEach(async () => {
    await Promise.all(world.peers.splice(0).map((peer) => peer.close()))
  })
  return world
}

export const trash = { key: 'sluice:trash:t', ttlMs: 60_000 }

let slots = 0
/** A place in the trash that nothing used. */
export const slot = () => ({ key: `sluice:trash:s${++slots}`, ttlMs: 60_000 })

export { freeRun as run } from '../free-run.ts'

export const done = (count: number) => ({ done: count, missing: 0, refused: [] })
