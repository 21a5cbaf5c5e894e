import { join } from 'node:path'
import { asSluiceError } from '../domain/errors.ts'
import { backlog } from '../domain/queue.ts'
import { systems } from '../systems/registry.ts'
import { createRouter, type Router } from './api/router.ts'
import { type Connections, createConnections } from './connections/connections.ts'
import { type Demo, demoPolicies, demoPools, startDemo } from './demo/demo.ts'
import { openJournal } from './journal/journal.ts'
import { createLiveQueues } from './live/live-queues.ts'
import { startLocalRedis } from './local-redis/local-redis.ts'
import { createOperations } from './operations/operations.ts'
import { openPolicyStore } from './policies/policy-store.ts'
import { messagingSettings } from './pool/handlers/settings.ts'
import { createPools, type Pools } from './pool/pools.ts'
import { localProfile, localProfileId } from './profiles/local-profile.ts'
import { openProfileStore } from './profiles/profile-store.ts'
import type { SecretStore } from './profiles/secret-store.ts'
import { createLiveRequests } from './requests/live-requests.ts'
import { createSampler, type Sampler } from './sampler/sampler.ts'

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
}

/** The back end of Sluice, whichever shell shows it. */
export interface Engine {
  readonly router: Router
  /** "2 connections, 14 queues, 1,204 jobs waiting, 36 done a minute": for a terminal. */
  statusLine(): string
  /** Looks at once whether every open Redis is still there: for when the computer woke up. */
  check(): void
  /** Drains the pools, closes all connections, and ends the private Redis. */
  close(): Promise<void>
}

/** In the demo a message that is only shown takes as long as a provider would, so that workers are seen to be busy. */
const demoPreviewMs = 400

/** Starts everything: the private Redis where there is a server for it, what was open last time, the demo if asked for. */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const { dataFolder, secrets } = options
  const notices = [...options.notices]
  const notice = (sentence: string) => {
    if (!notices.includes(sentence)) notices.push(sentence)
  }
  const journal = await openJournal(join(dataFolder, 'journal.ndjson'))
  const profiles = await openProfileStore({ folder: dataFolder, secrets })
  for (const sentence of profiles.notices) notice(sentence)
  const local = await startLocalRedis({ folder: join(dataFolder, 'redis'), onProblem: notice }).catch((error) => {
    notice(asSluiceError(error).message)
    return null
  })
  const builtIn = local && { profile: localProfile(local.url), password: local.password }
  const policies = await openPolicyStore({
    folder: dataFolder,
    isProfile: (id) => id === builtIn?.profile.id || profiles.get(id) !== null,
    ...(options.demo && { samples: { connectionId: localProfileId, policies: demoPolicies() } }),
  })
  for (const sentence of policies.notices) notice(sentence)
  profiles.onChange((change) => {
    if (change.type === 'removed') policies.forget(change.id).catch((error) => notice(asSluiceError(error).message))
  })
  const connections = createConnections({
    profiles,
    secrets,
    folder: dataFolder,
    warn: notice,
    ...(builtIn && { builtIn }),
  })
  const sampler = createSampler({ connections, systems, dataFolder, onProblem: notice })
  const pools = createPools({
    getConnection: (id) => connections.get(id),
    settings: messagingSettings(process.env, options.demo ? demoPreviewMs : 0),
  })
  connections.onClose(({ id }) => void pools.stopConnection(id, 0))
  const operations = createOperations({ connection: (id) => connections.get(id), journal })
  const requests = createLiveRequests((id) => sampler.latest(id)?.queues.map(({ queue }) => queue) ?? [])
  await connections.reopen()
  const release = options.shell === 'browser' ? sampler.hold() : () => {}
  const demo = options.demo && builtIn ? await startDemoOn(builtIn.profile.id, connections, pools) : null
  if (demo && builtIn) await sampler.rescan(builtIn.profile.id) // what was just filled need not wait for the next look

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
    builtIn: builtIn?.profile ?? null,
    connections,
    sampler,
    operations,
    journal,
    pools,
    policies,
    requests,
    live: createLiveQueues(),
  })

  return {
    router,
    statusLine: () => statusLine(connections, sampler),
    check: () => connections.check(),
    async close() {
      release()
      await demo?.stop()
      await pools.close()
      await sampler.close()
      await connections.closeAll()
      await local?.stop()
      await journal.close()
    },
  }
}

async function startDemoOn(id: string, connections: Connections, pools: Pools): Promise<Demo> {
  await connections.open(id)
  const connection = connections.get(id)
  const demo = await startDemo({ connection, isPrivate: connection.profile.builtIn })
  for (const config of demoPools(id)) await pools.start(config)
  return demo
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
  return [
    `${open.length} connection${open.length === 1 ? '' : 's'}${away > 0 ? ` (${away} not reachable)` : ''}`,
    `${count.format(queues.length)} queues`,
    `${count.format(waiting)} jobs waiting`,
    `${count.format(Math.round(done))} done a minute`,
  ].join(', ')
}
