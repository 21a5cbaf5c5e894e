import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { buildHandlerRunner } from '../../test/handler-runner.ts'
import { patience } from '../../test/patience.ts'
import { startRedis, type TestRedis } from '../../test/redis.ts'
import { aCommand } from '../../test/workers/a-command.ts'
import { gone, isRunning } from '../../test/workers/run-commands.ts'
import type { JobRecord } from '../domain/job-record.ts'
import { type PoolConfig, type PoolStatus, poolDefaults } from '../domain/pool.ts'
import { type ProfileDraft, usualDraft } from '../domain/profile.ts'
import type { QueueRef } from '../domain/queue.ts'
import type { WorkerCommand } from '../domain/worker-command.ts'
import { systemOf, systems } from '../systems/registry.ts'
import { type Connections, createConnections } from './connections/connections.ts'
import { createLocalWorkers, type LocalWorkers } from './local-workers.ts'
import { Notifications } from './notifications.ts'
import type { ExactRunView } from './pool/exact-runs.ts'
import { messagingSettings } from './pool/handlers/settings.ts'
import { forkNodeProcess } from './processes/fork-process.ts'
import { openProfileStore, type ProfileStore } from './profiles/profile-store.ts'
import { memorySecretStore } from './profiles/secret-store.ts'
import { createSampler, type Sampler } from './sampler/sampler.ts'
import { openHostKeys } from './ssh/host-keys.ts'
import { createSshTunnels } from './ssh/ssh-tunnels.ts'

let redis: TestRedis
let runner: string
let folder: string
let profiles: ProfileStore
let connections: Connections
let sampler: Sampler
let notifications: Notifications
let workers: LocalWorkers
beforeAll(async () => {
  ;[redis, runner] = await Promise.all([startRedis(), buildHandlerRunner()])
})
afterAll(async () => {
  await redis.stop()
  rmSync(dirname(runner), { recursive: true, force: true })
})
beforeEach(async () => {
  await redis.client.flushall()
  folder = mkdtempSync(join(tmpdir(), 'sluice-local-workers-'))
  writeFileSync(join(folder, 'waits.mjs'), waits)
  const secrets = memorySecretStore()
  profiles = await openProfileStore({ folder, secrets })
  const journal = { begin: async () => 'entry', end: async () => {} }
  connections = createConnections({
    ...{ profiles, secrets, journal, folder },
    ssh: createSshTunnels({ hostKeys: await openHostKeys({ folder }) }),
  })
  sampler = createSampler({ connections, systems })
  notifications = new Notifications()
  workers = await createLocalWorkers({
    ...{ dataFolder: folder, connections, sampler, notifications, fork: forkNodeProcess, runner },
    settings: messagingSettings({}),
    isProfile: (id) => profiles.get(id) !== null,
  })
  profiles.onChange((change) => {
    if (change.type === 'removed') void workers.forget(change.id)
  })
})
afterEach(async () => {
  await workers.close(0)
  await sampler.close()
  await connections.closeAll()
  rmSync(folder, { recursive: true, force: true })
})

/** A handler that is done when a file of the name in its job appears. */
const waits = `
import { existsSync } from 'node:fs'
export async function handle(job) {
  while (!existsSync(new URL(job.data.until, import.meta.url))) await new Promise((resolve) => setTimeout(resolve, 10))
  return { did: job.id }
}
`
const go = (name: string) => writeFileSync(join(folder, name), '')
const job = (id: string, until: string) => `{"id":"${id}","data":{"until":"${until}"},"attempts":0}`

async function profile(changes: Partial<ProfileDraft> = {}): Promise<string> {
  const { id } = await profiles.save({
    ...{ ...usualDraft, name: 'Shop', url: redis.url, environment: 'staging', ...changes },
  })
  return id
}

async function openProfile(changes: Partial<ProfileDraft> = {}): Promise<string> {
  const id = await profile(changes)
  await connections.open(id)
  return id
}

const ownPool = (connectionId: string, changes: Partial<PoolConfig> = {}): PoolConfig => ({
  ...poolDefaults,
  ...{ connectionId, system: 'plain-list', queuePrefix: 'queue:', queueName: 'repairs' },
  ...{ handler: 'own', file: join(folder, 'waits.mjs'), scale: { by: 'fixed', count: 2 }, ...changes },
})

/** A pool and a command of a profile, both to start with the app, and one of each that are not. */
async function save(connectionId: string, pool: Partial<PoolConfig> = {}, command: Partial<WorkerCommand> = {}) {
  const config = ownPool(connectionId, pool)
  const saved = await workers.saved.save({ id: null, config, autostart: true })
  await workers.saved.save({ id: null, config: { ...config, queueName: 'others' }, autostart: false })
  const started = aCommand({ connectionId, ...command })
  await workers.commands.save({ id: null, config: started, autostart: true })
  await workers.commands.save({ id: null, config: { ...started, name: 'By hand' }, autostart: false })
  return saved
}

const poolsOf = (id: string) => workers.pools.list().filter(({ config }) => config.connectionId === id)
const running = (id: string) => poolsOf(id).filter(({ state }) => state === 'running')
const processesOf = (id: string) =>
  workers.commands
    .list()
    .filter(({ config }) => config.connectionId === id)
    .flatMap(({ config, processes }) => processes.map(({ pid }) => ({ name: config.name, pid })))

/** What runs in a pool now, once so many jobs have a process. */
function atWork(pool: PoolStatus, jobs: number): Promise<JobRecord[]> {
  return vi.waitFor(async () => {
    const look = new AbortController()
    const { value } = await workers.pools.jobs(pool.id, look.signal).next()
    look.abort()
    const found = (value?.running ?? []).filter(({ pid }: JobRecord) => pid !== null)
    expect(found).toHaveLength(jobs)
    return found
  }, patience)
}
const pidsOf = (records: readonly JobRecord[]) => records.map(({ pid }) => pid as number)

/** Starts a command that does not end when it is asked, and waits until it would not. */
async function startStubborn(connectionId: string): Promise<number> {
  const config = aCommand({ connectionId }, 'stubborn')
  const { id } = await workers.commands.save({ id: null, config, autostart: false })
  const { processes } = await workers.commands.start(id)
  await vi.waitFor(() => {
    expect(workers.commands.output(id, { search: 'ready', after: 0 }).lines).toHaveLength(1)
  }, patience)
  return processes[0]?.pid as number
}

describe('what is to start with the app', () => {
  it('starts when its connection is there, and nothing else does', async () => {
    const id = await openProfile()
    const saved = await save(id)
    workers.startSaved()
    await vi.waitFor(() => {
      expect(running(id)).toMatchObject([{ savedId: saved.id, config: { queueName: 'repairs' } }])
      expect(processesOf(id)).toMatchObject([{ name: 'Mail' }])
    }, patience)
    expect(poolsOf(id)).toHaveLength(1)
    expect(notifications.list()).toEqual([])
  })

  it('starts when Redis comes up later, once', async () => {
    const late = await startRedis()
    try {
      await late.kill()
      const id = await openProfile({ url: late.url })
      await save(id)
      workers.startSaved()
      expect(connections.get(id).status().status).not.toBe('ready')
      await late.start()
      await vi.waitFor(() => expect(running(id)).toHaveLength(1), patience)
      await vi.waitFor(() => expect(processesOf(id)).toHaveLength(1), patience)
      // A person may stop it: a Redis that comes back later starts nothing again.
      await workers.pools.stop(running(id)[0]?.id as string)
      const away = once(id, (status) => status !== 'ready')
      await late.kill()
      await away
      const back = once(id, (status) => status === 'ready')
      await late.start()
      await back
      expect(poolsOf(id)).toMatchObject([{ state: 'stopped' }])
    } finally {
      await late.stop()
    }
  })

  it('never starts on production, also while that is unlocked', async () => {
    const guarded = await openProfile({ environment: 'production', name: 'Live' })
    const id = await openProfile()
    await save(guarded)
    await save(id)
    await connections.unlock(guarded, 'Live', 5, 'a test')
    workers.startSaved()
    await vi.waitFor(() => expect([...running(id), ...processesOf(id)]).toHaveLength(2), patience)
    expect([...poolsOf(guarded), ...processesOf(guarded)]).toEqual([])
    expect(notifications.list()).toEqual([])
  })

  it('tells what could not be started, and starts the rest', async () => {
    const id = await openProfile()
    // Two pools of the same keys: the second would take jobs from the first.
    const first = await save(id, {}, { folder: join(folder, 'gone') })
    await workers.saved.save({ id: null, config: ownPool(id), autostart: true })
    const third = await workers.saved.save({ id: null, config: ownPool(id, { queueName: 'fine' }), autostart: true })
    workers.startSaved()
    await vi.waitFor(() => {
      expect(running(id)).toMatchObject([{ savedId: first.id }, { savedId: third.id }])
      expect(notifications.list()).toHaveLength(2)
    }, patience)
    const told = notifications.list().toSorted((a, b) => a.title.localeCompare(b.title))
    expect(told).toMatchObject([
      { level: 'error', title: 'Mail could not be started', text: expect.stringContaining('gone') },
      { level: 'error', title: 'Workers for repairs did not start', text: expect.stringContaining('run here already') },
    ])
  })

  it('starts nowhere once the app is closing', async () => {
    const late = await startRedis()
    try {
      await late.kill()
      const id = await openProfile({ url: late.url })
      await save(id)
      workers.startSaved()
      const here = await openProfile()
      const pool = await workers.pools.start(ownPool(here))
      await redis.client.rpush('queue:repairs', job('j1', 'end'))
      await atWork(pool, 1)
      const closing = workers.close(60_000)
      const back = once(id, (status) => status === 'ready')
      await late.start()
      await back
      await expect(workers.pools.start(ownPool(here, { queueName: 'more' }))).rejects.toThrow('Sluice is ending.')
      go('end')
      await closing
      expect(poolsOf(id)).toEqual([])
      expect(processesOf(id)).toEqual([])
      expect(notifications.list()).toEqual([])
    } finally {
      await late.stop()
    }
  })
})

/** The next status of a connection that is so. */
function once(id: string, is: (status: string) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const stop = connections.get(id).onStatus(({ status }) => {
      if (!is(status)) return
      stop()
      resolve()
    })
  })
}

describe('a pool between two bounds', () => {
  it('follows what the sampler sees, up and down', async () => {
    const id = await openProfile()
    const scale = { by: 'size', min: 0, max: 3, jobsPerWorker: 2, clearMs: 1000, cooldownMs: 500, step: 2 } as const
    // Somebody looks: samples come every second.
    const look = new AbortController()
    const watching = (async () => {
      for await (const _ of sampler.watch(look.signal));
    })()
    const jobs = Array.from({ length: 12 }, (_, at) => job(`j${at}`, 'go'))
    const pool = await workers.pools.start(ownPool(id, { scale }))
    expect(pool.concurrency).toBe(1) // never none, which would see no delayed job
    await redis.client.rpush('queue:repairs', ...jobs)
    await sampler.rescan(id) // which looks for new queues now and then
    const pids = pidsOf(await atWork(pool, 3))
    expect(new Set(pids).size).toBe(3)
    expect(running(id)).toMatchObject([{ concurrency: 3, active: 3 }])
    go('go')
    await vi.waitFor(() => expect(running(id)).toMatchObject([{ done: 12, concurrency: 1 }]), patience)
    expect(await redis.client.llen('queue:repairs')).toBe(0)
    look.abort()
    await watching
  })
})

describe('a profile that is removed', () => {
  it('takes what was saved for it along, and what runs there', async () => {
    const id = await openProfile()
    const other = await openProfile({ name: 'Other' })
    await save(id)
    await save(other)
    workers.startSaved()
    await vi.waitFor(() => {
      expect([...running(id), ...processesOf(id), ...running(other), ...processesOf(other)]).toHaveLength(4)
    }, patience)
    const [command] = processesOf(id)
    await profiles.remove(id)
    await vi.waitFor(() => {
      expect(running(id)).toEqual([])
      expect(workers.commands.list().filter(({ config }) => config.connectionId === id)).toEqual([])
      expect(workers.saved.of(id)).toEqual([])
    }, patience)
    await gone(command?.pid as number)
    expect(running(other)).toHaveLength(1)
    expect(processesOf(other)).toHaveLength(1)
    expect(workers.saved.of(other)).toHaveLength(2)
  })
})

describe('a connection that is closed', () => {
  it('gives its running jobs back first, and leaves no process', async () => {
    const id = await openProfile()
    await redis.client.rpush('queue:repairs', job('j1', 'never'), job('j2', 'never'), job('j3', 'never'))
    const pool = await workers.pools.start(ownPool(id))
    const pids = pidsOf(await atWork(pool, 2))
    await save(id)
    await workers.commands.autostart(id)
    const [command] = processesOf(id)
    await workers.leave(id)
    await connections.close(id)
    expect(poolsOf(id)).toMatchObject([{ state: 'stopped', active: 0 }])
    expect((await redis.client.lrange('queue:repairs', 0, -1)).toSorted()).toEqual([
      job('j1', 'never'),
      job('j2', 'never'),
      job('j3', 'never'),
    ])
    await Promise.all([...pids, command?.pid as number].map(gone))
    expect(workers.saved.of(id)).toHaveLength(2) // for the next time
  })

  it('also ends what runs when nobody said so before; its jobs stay leased for the next worker', async () => {
    const id = await openProfile()
    await redis.client.rpush('queue:repairs', job('j1', 'never'))
    const pids = pidsOf(await atWork(await workers.pools.start(ownPool(id)), 1))
    const command = await startStubborn(id)
    await connections.close(id)
    await vi.waitFor(() => expect(running(id)).toEqual([]), patience)
    await Promise.all(pids.map(gone))
    expect(await redis.client.keys('queue:repairs:w:*')).toHaveLength(1)
    const [{ id: commandId } = { id: '' }] = workers.commands.list()
    await vi.waitFor(() => {
      expect(workers.commands.output(commandId, { search: 'not now', after: 0 }).lines).toHaveLength(1)
    }, patience)
    expect(isRunning(command)).toBe(true) // it was asked to end, and may take its time
    await workers.close(0)
    await gone(command)
  })
})

describe('a connection that becomes read-only', () => {
  it('ends its pools, and the processes that wait for jobs', async () => {
    const id = await openProfile()
    const scale = { by: 'size', min: 1, max: 3, jobsPerWorker: 2, clearMs: 1000, cooldownMs: 500, step: 2 } as const
    await redis.client.rpush('queue:repairs', job('j1', 'go'))
    const pool = await workers.pools.start(ownPool(id, { scale }))
    const [pid] = pidsOf(await atWork(pool, 1))
    go('go')
    await vi.waitFor(() => expect(running(id)).toMatchObject([{ done: 1, processes: { count: 1 } }]), patience)
    expect(isRunning(pid as number)).toBe(true)
    await profile({ id, readOnly: true })
    await vi.waitFor(() => expect(poolsOf(id)).toMatchObject([{ state: 'failed' }]), patience)
    await gone(pid as number)
    workers.pools.remove(pool.id)
    expect(poolsOf(id)).toEqual([])
  })
})

describe('closing', () => {
  it('lets jobs finish within the grace', async () => {
    const id = await openProfile()
    await redis.client.rpush('queue:repairs', job('j1', 'go'), job('j2', 'go'), job('j3', 'go'))
    const pool = await workers.pools.start(ownPool(id))
    const pids = pidsOf(await atWork(pool, 2))
    await save(id)
    await workers.commands.autostart(id)
    const [command] = processesOf(id)
    expect(workers.atWork()).toEqual({ jobs: 2, processes: 1 })
    const closing = workers.close(60_000)
    expect(poolsOf(id)).toMatchObject([{ state: 'draining' }])
    go('go')
    await closing
    expect(workers.atWork()).toEqual({ jobs: 0, processes: 0 })
    expect(poolsOf(id)).toMatchObject([{ state: 'stopped', done: 2 }])
    expect(await redis.client.lrange('queue:repairs', 0, -1)).toEqual([job('j3', 'go')])
    for (const pid of [...pids, command?.pid as number]) expect(isRunning(pid)).toBe(false)
  })

  it('returns what does not finish, once, and kills what does not end', async () => {
    const id = await openProfile()
    await redis.client.rpush('queue:repairs', job('j1', 'never'), job('j2', 'never'))
    const pids = pidsOf(await atWork(await workers.pools.start(ownPool(id)), 2))
    const command = await startStubborn(id)
    await workers.close(200)
    expect((await redis.client.lrange('queue:repairs', 0, -1)).toSorted()).toEqual([
      job('j1', 'never'),
      job('j2', 'never'),
    ])
    expect((await redis.client.keys('*')).filter((key) => /processing|dlq/.test(key))).toEqual([])
    for (const pid of [...pids, command]) expect(isRunning(pid)).toBe(false)
  })

  it('may come after a stop, and need less patience', async () => {
    const id = await openProfile()
    await redis.client.rpush('queue:repairs', job('j1', 'never'))
    const pool = await workers.pools.start(ownPool(id))
    const pids = pidsOf(await atWork(pool, 1))
    const stopping = workers.pools.stop(pool.id) // would wait for the job as long as it may take
    await vi.waitFor(() => expect(poolsOf(id)).toMatchObject([{ state: 'draining' }]), patience)
    const closing = workers.close(60_000)
    await workers.close(100)
    await Promise.all([stopping, closing])
    expect(await redis.client.lrange('queue:repairs', 0, -1)).toEqual([job('j1', 'never')])
    for (const pid of pids) expect(isRunning(pid)).toBe(false)
  })
})

describe('a run of exactly one job by an own handler', () => {
  const queue: QueueRef = { system: 'plain-list', prefix: 'queue:', name: 'repairs' }

  async function run(connectionId: string, until: string): Promise<string> {
    await redis.client.rpush('queue:repairs:dlq', job('d1', until))
    const reader = connections.get(connectionId).reader
    const { jobs } = await systemOf('plain-list').page(reader, queue, 'dead', { offset: 0, limit: 1 })
    const { file, limits } = ownPool(connectionId)
    const ref = jobs[0]?.ref as string
    return workers.runs.start({ connectionId, queue, state: 'dead', ref, handler: 'own', file, limits })
  }

  /** The first view that is so. */
  async function view(id: string, is: (record: JobRecord) => boolean): Promise<ExactRunView> {
    for await (const seen of workers.runs.watch(id, undefined)) if (is(seen.record)) return seen
    throw new Error('it ended')
  }

  it('has a process of its own, which ends with it', async () => {
    const id = await run(await openProfile(), 'go')
    const { record } = await view(id, ({ pid }) => pid !== null)
    expect(isRunning(record.pid as number)).toBe(true)
    go('go')
    const { record: last } = await view(id, ({ endedAt }) => endedAt !== null)
    expect(last).toMatchObject({ id: 'd1', failure: null, result: '{"did":"d1"}', pid: record.pid })
    await gone(record.pid as number)
    expect(await redis.client.lrange('queue:repairs:dlq', 0, -1)).toEqual([job('d1', 'go')])
  })

  it('takes its process along when it is cancelled, and when the app closes', async () => {
    const connectionId = await openProfile()
    const id = await run(connectionId, 'never')
    const { record } = await view(id, ({ pid }) => pid !== null)
    workers.runs.cancel(id)
    const { record: last } = await view(id, ({ endedAt }) => endedAt !== null)
    expect(last.failure).toMatchObject({ message: expect.stringContaining('cancelled') })
    await gone(record.pid as number)
    const next = await view(await run(connectionId, 'never'), ({ pid }) => pid !== null)
    await workers.close(60_000)
    expect(isRunning(next.record.pid as number)).toBe(false)
    expect(await redis.client.llen('queue:repairs:dlq')).toBe(2)
    expect(await redis.client.exists('queue:repairs')).toBe(0)
  })
})
