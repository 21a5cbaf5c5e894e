import { join } from 'node:path'
import { asSluiceError, SluiceError } from '../domain/errors.ts'
import type { Link } from '../domain/link.ts'
import { backlog, type QueueRef, queueKey } from '../domain/queue.ts'
import { systems } from '../systems/registry.ts'
import { createRouter, type Router } from './api/router.ts'
import { type Connections, createConnections } from './connections/connections.ts'
import { type Demo, demoPolicies, demoPools, startDemo } from './demo/demo.ts'
import { type ApiAccess, ApiSwitch } from './http-api/api-switch.ts'
import { openJournal } from './journal/journal.ts'
import { Links } from './links/links.ts'
import { createLiveQueues } from './live/live-queues.ts'
import { startLocalRedis } from './local-redis/local-redis.ts'
import { createLocalWorkers } from './local-workers.ts'
import { type Notification, Notifications } from './notifications.ts'
import type { QueueFacts } from './operations/plan-warnings.ts'
import { createOperatorTools } from './operator-tools.ts'
import { openPolicyStore } from './policies/policy-store.ts'
import { messagingSettings } from './pool/handlers/settings.ts'
import type { Pools } from './pool/pools.ts'
import type { ForkProcess } from './processes/fork-process.ts'
import { localProfile, localProfileId } from './profiles/local-profile.ts'
import { openProfileStore } from './profiles/profile-store.ts'
import type { SecretStore } from './profiles/secret-store.ts'
import { createLiveRequests } from './requests/live-requests.ts'
import { createSampler, type Sampler } from './sampler/sampler.ts'
import { openHostKeys } from './ssh/host-keys.ts'
import { createSshTunnels } from './ssh/ssh-tunnels.ts'

export interface EngineOptions {
  /** Everything of this person is kept below it; only one engine may use it at a time. */
  readonly dataFolder: string
  readonly secrets: SecretStore
  readonly shell: 'electron' | 'browser'
  /** Fill the private Redis with sample jobs and keep them moving. */
  readonly demo: boolean
  /** Sentences for the person from the shell; the engine adds its own. */
  readonly notices: string[]
  readonly platform: string
  readonly version: string
  /** How this shell starts processes. */
  readonly fork: ForkProcess
  /** The built file that runs handlers in a process of their own. */
  readonly runner: string
  /** Serve the HTTP API from the start; null leaves it off. A given token stays the same from start to start. */
  readonly api: { readonly port: number; readonly token?: string } | null
}

/** The back end of Sluice, whichever shell shows it. */
export interface Engine {
  readonly router: Router
  /** Where the HTTP API listens from the start, and with which token; null when it was not asked for, or could not. */
  readonly api: ApiAccess | null
  /**
   * "2 connections, 14 queues, 1,204 jobs waiting, 36 done a minute": for a terminal. `seen` says that somebody may read
   * it there, so that its numbers are kept fresh; without that, and without a window, it says that nobody looks.
   */
  statusLine(seen: boolean): string
  /** Tells of each thing that happened while nobody looked, until the signal aborts. */
  notifications(signal: AbortSignal): AsyncGenerator<Notification[], void, void>
  /** Tells the person something that the shell found. */
  tell(level: Notification['level'], title: string, text: string): void
  /** Shows the place of a link in the windows, or says that it is not here. It opens no connection. */
  follow(link: Link): void
  /** What would be cut off if it ended now: running jobs of pools, processes of worker commands. Not those of the demo. */
  atWork(): { jobs: number; processes: number }
  /** Looks at once whether every open Redis is still there: for when the computer woke up. */
  check(): void
  /**
   * Drains the pools for at most `graceMs`, closes all connections, and ends the private Redis. Called once more, it can
   * only shorten that.
   */
  close(graceMs?: number): Promise<void>
}

const notHere = 'Nothing was opened. Links between computers work when both know the profile, under the same id.'

/** In the demo a message that is only shown takes as long as a provider would, so that workers are seen to be busy. */
const demoPreviewMs = 400

/** Starts everything: the private Redis where there is a server for it, what was open last time, the demo if asked for. */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const { dataFolder, secrets } = options
  const notices = [...options.notices]
  const notice = (sentence: string) => {
    if (!notices.includes(sentence)) notices.push(sentence)
  }
  const journal = await openJournal(join(dataFolder, 'journal'), { dataFolder })
  const profiles = await openProfileStore({ folder: dataFolder, secrets })
  for (const sentence of profiles.notices) notice(sentence)
  const hostKeys = await openHostKeys({ folder: dataFolder })
  const ssh = createSshTunnels({ hostKeys })
  for (const sentence of [...secrets.notices, hostKeys.notice]) if (sentence !== null) notice(sentence)
  const local = await startLocalRedis({ folder: join(dataFolder, 'redis'), onProblem: notice }).catch((error) => {
    notice(asSluiceError(error).message)
    return null
  })
  const builtIn = local && { profile: localProfile(local.url), password: local.password }
  const isProfile = (id: string) => id === builtIn?.profile.id || profiles.get(id) !== null
  const policies = await openPolicyStore({
    folder: dataFolder,
    isProfile,
    ...(options.demo && { samples: { connectionId: localProfileId, policies: demoPolicies() } }),
  })
  for (const sentence of policies.notices) notice(sentence)
  const connections = createConnections({
    profiles,
    secrets,
    ssh,
    journal,
    folder: dataFolder,
    warn: notice,
    ...(builtIn && { builtIn }),
  })
  const sampler = createSampler({ connections, systems, dataFolder, onProblem: notice })
  const notifications = new Notifications()
  const links = new Links()
  const refused = (error: unknown) => {
    notice(`The HTTP API is off: ${asSluiceError(error).message}`)
    return null
  }
  const workers = await createLocalWorkers({
    ...{ dataFolder, connections, sampler, notifications, isProfile },
    settings: messagingSettings(process.env, options.demo ? demoPreviewMs : 0),
    fork: options.fork,
    runner: options.runner,
  })
  const tools = await createOperatorTools({
    ...{ dataFolder, secrets, journal, connections },
    queues: (id) => sampler.queues(id),
    facts: (id, queue) => factsOf(id, queue, sampler, workers.pools),
  })
  for (const sentence of [...workers.notices, ...tools.notices]) notice(sentence)
  profiles.onChange((change) => {
    if (change.type !== 'removed') return
    for (const room of [policies, workers, tools.trash]) {
      room.forget(change.id).catch((error) => notice(asSluiceError(error).message))
    }
  })
  const apiSwitch = new ApiSwitch({ connections, sampler, operations: tools.operations })
  const requests = createLiveRequests((id) => sampler.latest(id)?.queues.map(({ queue }) => queue) ?? [])
  await connections.reopen()
  const demo = options.demo && builtIn ? await startDemoOn(builtIn.profile.id, connections, workers.pools) : null
  workers.startSaved()
  await tools.start()
  if (demo && builtIn) await sampler.rescan(builtIn.profile.id) // what was just filled need not wait for the next look

  const api = options.api && (await startApi(apiSwitch, connections, options.api).catch(refused))

  const router = createRouter({
    info: () => ({
      version: options.version,
      shell: options.shell,
      platform: options.platform,
      demo: options.demo,
      dataFolder,
      secretsKept: secrets.kind,
      notices,
    }),
    profiles,
    secrets,
    hostKeys,
    ssh,
    builtIn: builtIn?.profile ?? null,
    connections,
    sampler,
    tools,
    journal,
    workers,
    api: apiSwitch,
    notifications,
    links,
    policies,
    requests,
    live: createLiveQueues(),
  })

  let closing: Promise<void> | null = null

  async function close(graceMs?: number): Promise<void> {
    await apiSwitch.stop()
    await demo?.stop()
    await workers.close(graceMs)
    await tools.close()
    await sampler.close()
    await connections.closeAll()
    ssh.closeAll()
    await local?.stop()
    await journal.close()
  }

  return {
    router,
    api,
    statusLine(seen) {
      if (seen) sampler.glance()
      return statusLine(connections, sampler)
    },
    notifications: (signal) => notifications.feed.read(signal),
    tell: (level, title, text) => notifications.tell(level, title, text),
    follow(link) {
      if (isProfile(link.connectionId)) links.follow(link)
      else notifications.tell('warning', 'A link leads to a connection that is not here', notHere)
    },
    atWork: () => (options.demo ? { jobs: 0, processes: workers.atWork().processes } : workers.atWork()),
    check: () => connections.check(),
    async close(graceMs) {
      if (closing !== null) await workers.close(graceMs)
      closing ??= close(graceMs)
      return closing
    },
  }
}

/** It is about the first connection that is open, those of a person before the built-in one. */
async function startApi(api: ApiSwitch, connections: Connections, how: { port: number; token?: string }) {
  const [first] = connections.list().sort((a, b) => Number(a.profile.builtIn) - Number(b.profile.builtIn))
  if (first === undefined) throw new SluiceError('NOT_OPEN', 'no connection is open.')
  return api.start({ connectionId: first.id, origins: [], ...how })
}

async function startDemoOn(id: string, connections: Connections, pools: Pools): Promise<Demo> {
  await connections.open(id)
  const connection = connections.get(id)
  const demo = await startDemo({ connection, isPrivate: connection.profile.builtIn })
  for (const config of demoPools(id)) await pools.start(config)
  return demo
}

/** What an operator should know of a queue before an action over many of its jobs. */
function factsOf(id: string, queue: QueueRef, sampler: Sampler, pools: Pools): QueueFacts | null {
  const key = queueKey(queue)
  const sampled = sampler.latest(id)?.queues.find((each) => queueKey(each.queue) === key)
  if (sampled === undefined) return null
  const { workers, paused } = sampled
  const poolHere = pools.list().some(({ config, state }) => {
    if (config.connectionId !== id || state === 'stopped' || state === 'failed') return false
    return queueKey({ system: config.system, prefix: config.queuePrefix, name: config.queueName }) === key
  })
  return { workers, paused, poolHere }
}

const count = new Intl.NumberFormat('en')

function statusLine(connections: Connections, sampler: Sampler): string {
  const open = connections.list()
  // Horizon writes down jobs that are in Laravel's queues: they would count twice.
  const queues = open
    .flatMap(({ id }) => sampler.latest(id)?.queues ?? [])
    .filter(({ queue }) => queue.system !== 'horizon')
  const waiting = queues.reduce((sum, { kinds }) => sum + backlog(kinds), 0)
  const done = queues.reduce((sum, { outPerMinute }) => sum + (outPerMinute ?? 0), 0)
  const away = open.filter((connection) => connection.status().status !== 'ready').length
  const connected = `${open.length} connection${open.length === 1 ? '' : 's'}${away > 0 ? ` (${away} not reachable)` : ''}`
  if (!sampler.working) return `${connected}, not counting while nobody looks`
  return [
    connected,
    `${count.format(queues.length)} queues`,
    `${count.format(waiting)} jobs waiting`,
    `${count.format(Math.round(done))} done a minute`,
  ].join(', ')
}
