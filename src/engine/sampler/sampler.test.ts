import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { openAsUser, openTestConnection, type TestConnection } from '../../../test/connection.ts'
import { patience } from '../../../test/patience.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { SluiceError } from '../../domain/errors.ts'
import { type Sample, sampleSchema } from '../../domain/sample.ts'
import { writeCalls } from '../../systems/conformance/keyspace.ts'
import { plainList } from '../../systems/plain-list/index.ts'
import type { QueueSystem } from '../../systems/system.ts'
import type { Connection } from '../redis/connection.ts'
import { createSampler, type OpenConnections, type Sampler, type SamplerOptions } from './sampler.ts'
import type { TelemetryEvent } from './telemetry.ts'

let server: TestRedis
let folder: string
const cleanUp: (() => unknown)[] = []

beforeAll(async () => {
  server = await startRedis('--appendonly', 'yes')
})
afterAll(() => server?.stop())
beforeEach(async () => {
  await server.client.flushall()
  folder = mkdtempSync(join(tmpdir(), 'sluice-sampler-'))
})
afterEach(async () => {
  for (const work of cleanUp.splice(0).reverse()) await work()
  rmSync(folder, { recursive: true, force: true })
})

/** Open connections that a test opens and closes by hand. */
class Connections implements OpenConnections {
  readonly #open = new Map<string, Connection>()
  readonly #listeners = { open: new Set<(c: Connection) => void>(), close: new Set<(c: Connection) => void>() }
  constructor(...open: Connection[]) {
    for (const connection of open) this.#open.set(connection.id, connection)
  }
  list = () => [...this.#open.values()]
  onOpen = (listener: (connection: Connection) => void) => {
    this.#listeners.open.add(listener)
    return () => this.#listeners.open.delete(listener)
  }
  onClose = (listener: (connection: Connection) => void) => {
    this.#listeners.close.add(listener)
    return () => this.#listeners.close.delete(listener)
  }
  open(connection: Connection): void {
    this.#open.set(connection.id, connection)
    for (const listener of this.#listeners.open) listener(connection)
  }
  close(connection: Connection): void {
    this.#open.delete(connection.id)
    for (const listener of this.#listeners.close) listener(connection)
  }
}

async function connect(...args: Parameters<typeof openTestConnection>): Promise<TestConnection> {
  const connection = await openTestConnection(...args)
  cleanUp.push(() => connection.close())
  return connection
}

function sampling(connections: OpenConnections, options: Partial<SamplerOptions> = {}): Sampler {
  const sampler = createSampler({ connections, systems: [plainList], ...options })
  cleanUp.push(() => sampler.close())
  return sampler
}

/** Watches until a test ends, and gives the events one by one. */
function watching(sampler: Sampler) {
  const stop = new AbortController()
  cleanUp.push(() => stop.abort())
  const events = sampler.watch(stop.signal)
  const next = async (): Promise<TelemetryEvent> => (await events.next()).value as TelemetryEvent
  return {
    next,
    stop: () => stop.abort(),
    /** The next sample that fits. */
    async sample(fits: (sample: Sample) => boolean = () => true): Promise<Sample> {
      for (;;) {
        const event = await next()
        if (event.type === 'sample' && fits(event.sample)) return event.sample
      }
    },
  }
}

const byName = (sample: Sample) => Object.fromEntries(sample.queues.map((queue) => [queue.queue.name, queue]))

describe('watching', () => {
  it('gives a snapshot, then samples of all queues', async () => {
    await server.client.rpush('queue:email', '{"id":"1"}', '{"id":"2"}')
    await server.client.rpush('queue:email:dlq', '{"id":"3","error":"x"}')
    const sampler = sampling(new Connections(await connect(server)))
    const { next, sample } = watching(sampler)
    expect(await next()).toEqual({ type: 'snapshot', samples: [], history: { test: {} } })
    const first = await sample()
    expect(sampleSchema.parse(first)).toEqual(first)
    expect(byName(first).email).toMatchObject({ kinds: { waiting: 2, failed: 1 }, states: { waiting: 2, dead: 1 } })
    expect(first.redis?.version).toMatch(/^\d/)
    expect(first).toMatchObject({ connectionId: 'test', partial: null, redisProblem: null })
    expect(sampler.latest('test')).toEqual(first)
    expect(await sampler.queues('test')).toEqual([{ system: 'plain-list', prefix: 'queue:', name: 'email' }])
    expect(sampler.memoryHistory('test')).toHaveLength(1)
    // Whoever comes later is told at once what is known.
    const second = watching(sampler)
    expect(await second.next()).toMatchObject({
      type: 'snapshot',
      samples: [first],
      history: { test: { 'plain-list/queue%3A/email': [[first.at, 2, 1]] } },
    })
  })

  it('shows what it costs', async () => {
    await server.client.rpush('queue:email', 'x')
    const connection = await connect(server)
    const sampler = sampling(new Connections(connection))
    const { sample } = watching(sampler)
    await sample()
    const { cost } = await sample(({ cost }) => cost.commandsPerSecond > 0)
    expect(cost).toMatchObject({ sockets: 1, everyMs: 1000, heldBack: false })
    expect(cost.bytesPerSecond).toBeGreaterThan(100)
    expect(cost.redisMsPerSecond).toBeGreaterThan(0)
    await connection.writer().call('SET', 'key', 'value')
    await sample((each) => each.cost.sockets === 2)
  })

  it('stops for a hidden window, and goes on when it is seen again', async () => {
    const sampler = sampling(new Connections(await connect(server)))
    const { sample } = watching(sampler)
    await sample()
    sampler.attend('window', 'hidden')
    expect(sampler.working).toBe(false)
    sampler.attend('window', 'watching')
    const back = Date.now()
    expect((await sample(({ at }) => at >= back)).connectionId).toBe('test')
  })

  it('writes nothing while it looks and counts', async () => {
    await server.client.rpush('queue:email', 'x')
    const before = await writeCalls(server.client)
    const sampler = sampling(new Connections(await connect(server)))
    await watching(sampler).sample()
    await sampler.rescan('test')
    expect(await writeCalls(server.client)).toEqual(before)
  })

  it('shows queues that come after a rescan', async () => {
    const sampler = sampling(new Connections(await connect(server)))
    const { sample } = watching(sampler)
    expect((await sample()).queues).toEqual([])
    await server.client.rpush('queue:late', 'x')
    expect(await sampler.rescan('test')).toEqual({ queues: 1, partial: null })
    await sample(({ queues }) => queues.length === 1)
  })

  it('looks for queues when somebody asks before anybody watches', async () => {
    await server.client.rpush('queue:email', 'x')
    const sampler = sampling(new Connections(await connect(server)))
    expect(await sampler.queues('test')).toHaveLength(1)
  })

  it('keeps counting for those who hold it, without a watcher', async () => {
    await server.client.rpush('queue:email', 'x')
    const sampler = sampling(new Connections(await connect(server)))
    const release = sampler.hold()
    await vi.waitFor(() => expect(sampler.latest('test')?.queues).toHaveLength(1), patience)
    release()
  })

  it('tells of connections that open and close, and refuses those that are not open', async () => {
    const connections = new Connections()
    const sampler = sampling(connections)
    const { next, sample } = watching(sampler)
    expect(await next()).toEqual({ type: 'snapshot', samples: [], history: {} })
    await expect(sampler.queues('test')).rejects.toMatchObject({ code: 'NOT_OPEN' })
    await expect(sampler.rescan('test')).rejects.toMatchObject({ code: 'NOT_OPEN' })
    const connection = await connect(server)
    connections.open(connection)
    expect((await sample()).connectionId).toBe('test')
    connections.close(connection)
    expect(await next()).toEqual({ type: 'closed', connectionId: 'test' })
    expect(sampler.latest('test')).toBeUndefined()
  })
})

describe('bad days', () => {
  it('keeps the last sample while Redis is away, and goes on when it is back', async () => {
    await server.client.rpush('queue:email', 'x')
    const connection = await connect(server)
    const sampler = sampling(new Connections(connection))
    const { sample } = watching(sampler)
    const before = await sample()
    const lost = new Promise<void>((resolve) => {
      connection.onStatus(({ status }) => status !== 'ready' && resolve())
    })
    await server.kill()
    await lost
    expect(sampler.latest('test')?.queues).toHaveLength(1)
    await server.start()
    const after = await sample(({ at }) => at > before.at + 1)
    expect(after.queues).toHaveLength(1)
    expect(after.partial).toBeNull()
  })

  it('shows a queue whose key has the wrong type, and all the others', async () => {
    await server.client.rpush('queue:email', 'x')
    await server.client.rpush('queue:good', 'x')
    const sampler = sampling(new Connections(await connect(server)))
    const { sample } = watching(sampler)
    await sample()
    await server.client.pipeline().del('queue:email').set('queue:email', 'spoiled').exec()
    const { email, good } = byName(await sample((each) => byName(each).email?.problem !== null))
    expect(email).toMatchObject({ inPerMinute: null, outPerMinute: null })
    expect(good).toMatchObject({ problem: null, kinds: { waiting: 1 } })
  })

  it('does without INFO and CLIENT LIST where the user may not, and does not ask again every second', async () => {
    await server.client.rpush('queue:email', 'x')
    const connection = await openAsUser(server, ['-info', '-client'])
    cleanUp.push(() => connection.close())
    const sampler = sampling(new Connections(connection))
    const { sample } = watching(sampler)
    for (let i = 0; i < 2; i++) {
      const { redis, redisProblem, queues } = await sample()
      expect(redis).toBeNull()
      expect(redisProblem).toMatch(/may not run INFO/)
      expect(queues[0]?.workers).toBeNull()
    }
    expect(connection.reader.commands.filter(([name]) => name === 'INFO')).toHaveLength(1)
    expect(connection.reader.commands.filter(([name]) => name === 'CLIENT')).toHaveLength(1)
    expect(sampler.memoryHistory('test')).toEqual([])
  })

  it('goes on without a system that cannot read its replies', async () => {
    await server.client.rpush('queue:email', 'x')
    const broken: QueueSystem = {
      ...plainList,
      id: 'http-jobs',
      label: 'HTTP jobs',
      detect: async () => [{ queue: { system: 'http-jobs', prefix: '', name: 'jobs' }, evidence: 'a test' }],
      sample: () => ({
        commands: [['LLEN', 'jobs']],
        read() {
          throw new Error('what is this')
        },
      }),
    }
    const { sample } = watching(sampling(new Connections(await connect(server)), { systems: [plainList, broken] }))
    const { email, jobs } = byName(await sample())
    expect(email).toMatchObject({ problem: null, kinds: { waiting: 1 } })
    expect(jobs?.problem).toBe('The counts of this HTTP jobs queue could not be read: what is this')
  })

  it('says why no numbers come while Redis answers, but not with its data', async () => {
    await server.client.rpush('queue:email', 'x')
    const connection = await connect(server)
    const { sample } = watching(sampling(new Connections(connection)))
    const before = await sample()
    const { pipeline } = connection.reader
    connection.reader.pipeline = async (commands) => commands.map(() => new SluiceError('REDIS_LOADING'))
    expect(await sample()).toEqual({ ...before, partial: 'No new numbers: Redis is loading its data from disk.' })
    connection.reader.pipeline = pipeline
    expect(await sample(({ partial }) => partial === null)).toMatchObject({ queues: [{ problem: null }] })
  })
})

describe('workers', () => {
  it('are counted from CLIENT LIST by the system that knows their names', async () => {
    await server.client.rpush('queue:email', 'x')
    const named: QueueSystem = {
      ...plainList,
      workers: (clients, queues) =>
        clients.flatMap(({ name, id }) =>
          queues.flatMap((queue) =>
            name === `worker-${queue.name}` ? [{ queue, id, address: null, since: null }] : [],
          ),
        ),
    }
    await server.client.client('SETNAME', 'worker-email')
    const { sample } = watching(sampling(new Connections(await connect(server)), { systems: [named] }))
    expect(byName(await sample()).email?.workers).toBe(1)
    await server.client.client('SETNAME', '')
  })
})

describe('history', () => {
  it('is there again in the next run, with the queues that are empty now', async () => {
    await server.client.rpush('queue:email', 'x')
    const connection = await connect(server)
    const first = createSampler({
      connections: new Connections(connection),
      systems: [plainList],
      dataFolder: folder,
    })
    const { at } = await watching(first).sample()
    await first.close()
    await server.client.flushall()

    const connections = new Connections()
    const second = sampling(connections, { dataFolder: folder })
    const { next, sample } = watching(second)
    expect(await next()).toMatchObject({ type: 'snapshot', history: {} })
    connections.open(connection)
    expect(await next()).toMatchObject({
      type: 'snapshot',
      history: { test: { 'plain-list/queue%3A/email': [[at, 1, 0]] } },
    })
    expect(byName(await sample()).email).toMatchObject({ kinds: { waiting: 0 } })
    expect(second.memoryHistory('test').length).toBeGreaterThanOrEqual(1)
  })
})
