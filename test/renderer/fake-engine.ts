import type { Link } from '../../src/domain/link.ts'
import { actions, type Kind, kinds, noKinds, type SystemId, systemIds } from '../../src/domain/queue.ts'
import type { VaultState } from '../../src/domain/vault.ts'
import { Bell } from './bell.ts'
import { refuse, worldActions } from './fake-actions.ts'
import { apiRouter } from './fake-api.ts'
import { commandsRouter } from './fake-commands.ts'
import { connectionsRouter, manyConnections, waitingConnections } from './fake-connections.ts'
import { fakeRequest, unlockEntry } from './fake-content.ts'
import { failuresRouter, searchesRouter } from './fake-finding.ts'
import { handlersRouter } from './fake-handlers.ts'
import { fakeJob, fakeJobDetail } from './fake-jobs.ts'
import { fakeNotifications } from './fake-notifications.ts'
import { type FakeContext, fakeOs } from './fake-os.ts'
import { fakePolicies } from './fake-policies.ts'
import { poolsRouter } from './fake-pools-router.ts'
import { requestsRouter } from './fake-requests.ts'
import { operationsRouter } from './fake-runs.ts'
import { fakeLiveEvents, fakeSchedules } from './fake-schedules.ts'
import { transfersRouter } from './fake-transfers.ts'
import { fakePermissions, trashRouter } from './fake-trash.ts'
import { fakeStates, fakeWorld, historyOf, sampleOf, step, type World } from './fake-world.ts'

/** The systems that keep a hash a job, and can do all that Sluice can. */
const keepsHashes = (id: SystemId) => id === 'bull' || id === 'bullmq'

const labels = {
  'plain-list': 'Plain list',
  'http-jobs': 'HTTP jobs',
  'request-tracker': 'Request tracker',
  laravel: 'Laravel',
  horizon: 'Laravel Horizon',
  bull: 'Bull',
  bullmq: 'BullMQ',
}

export interface FakeEngineOptions {
  /** More queues on the production connection, to feel the weight of a thousand. */
  extraQueues?: number
  /** Nothing is there yet: a first start. */
  empty?: boolean
  /** How long a reply takes, in ms. */
  delayMs?: number
  /** More tracked requests on the production connection. */
  extraRequests?: number
  /** Updates a second published about them, as the engine passes them on: ten batches, each request once in a batch. */
  updatesPerSecond?: number
  /** Nothing has failed. */
  noFailures?: boolean
  /** Actions over many jobs run, stand still and have ended. */
  runs?: boolean
  /** Connections that wait for a person, and names that try to deceive. */
  waiting?: boolean
  /** More connections, in folders. */
  manyConnections?: number
  /** Where secrets are kept. */
  vault?: VaultState
  /** Where a link led that started Sluice. */
  link?: Link | null
}

/**
 * An engine without a Redis: the whole contract over a world that lives in memory, for building and looking at screens.
 * It checks what the real one checks where a screen depends on it (environment, confirmation, counts).
 */
export function fakeEngine(options: FakeEngineOptions = {}) {
  const { extraQueues = 0, empty = false, delayMs = 30 } = options
  const { extraRequests = 0, updatesPerSecond = 0, noFailures = false, runs = false } = options
  const { waiting = false, manyConnections: many = 0, link = null } = options
  const { vault = { kind: 'this run only', locked: false } } = options
  const world: World = fakeWorld(extraQueues)
  if (waiting) world.connections.push(...waitingConnections())
  world.connections.push(...manyConnections(many))
  for (let index = 0; index < extraRequests; index++) world.requests.push(fakeRequest(46 + index))
  if (noFailures) for (const { queues } of world.connections) for (const { counts } of queues) counts.failed = 0
  if (empty) {
    for (const list of [
      world.connections,
      world.pools,
      world.saved,
      world.commands,
      world.messages,
      world.journal,
      world.requests,
    ])
      list.splice(0)
  }
  const policies = fakePolicies(world)
  const ticked = new Bell()
  const changed = new Bell()
  const timer = setInterval(() => {
    step(world)
    ticked.ring()
  }, 1_000)

  const { find, findQueue, kindOf, writable, take } = worldActions(world, ticked)

  const os = fakeOs(delayMs)
  const context: FakeContext = { os, world, changed, ticked, find, findQueue, writable }

  const reaching = connectionsRouter(context, vault)
  const router = os.router({
    app: {
      info: os.app.info.handler(() => ({
        version: '0.1.0',
        shell: 'browser',
        platform: 'linux',
        demo: true,
        dataFolder: '/home/ada/.local/share/sluice',
        secretsKept: 'this run only',
        notices: [],
      })),
      notifications: os.app.notifications.handler(async function* ({ signal }) {
        const list = empty ? [] : fakeNotifications()
        yield list.slice(0, -1)
        await ticked.wait(signal)
        yield list
        while (!signal?.aborted) await ticked.wait(signal)
      }),
      links: os.app.links.handler(async function* ({ signal }) {
        if (link !== null) yield link
        while (!signal?.aborted) await changed.wait(signal)
      }),
      systems: os.app.systems.handler(() =>
        systemIds.map((id) => ({
          id,
          label: labels[id],
          resetsAttempts: keepsHashes(id),
          finds: keepsHashes(id),
          live: keepsHashes(id),
          adds: { name: keepsHashes(id), options: keepsHashes(id) ? '{ "attempts": 3 }' : null, payload: '{}' },
          schedules: {
            list: keepsHashes(id),
            save: id === 'bullmq',
            remove: keepsHashes(id),
            run: keepsHashes(id),
          },
          states: Object.entries(fakeStates(id)).map(([kind, state]) => ({
            id: state,
            label: state === 'dead' ? 'Dead letters' : `${state[0]?.toUpperCase()}${state.slice(1)}`,
            kind: kind as Kind,
            counted: true,
            actions: Object.fromEntries(
              actions.map((action) => [
                action,
                keepsHashes(id) ||
                (id === 'plain-list' && ['retry', 'edit', 'remove', 'purge', 'move', 'add'].includes(action))
                  ? true
                  : `${labels[id]} queues cannot do this.`,
              ]),
            ) as Record<(typeof actions)[number], true | string>,
          })),
        })),
      ),
    },
    profiles: reaching.profiles,
    vault: reaching.vault,
    connections: {
      ...reaching.connections,
      unlock: os.connections.unlock.handler(({ input }) => {
        const found = find(input.connectionId)
        if (input.typedName !== found.profile.name) throw refuse('CONFIRMATION_NEEDED')
        world.journal.unshift(unlockEntry(found.profile, input.minutes, input.reason))
        found.status = { ...found.status, writable: true, unlockedUntil: Date.now() + input.minutes * 60_000 }
        changed.ring()
        return found.status
      }),
      lock: os.connections.lock.handler(({ input }) => {
        const found = find(input.connectionId)
        found.status = { ...found.status, writable: false, unlockedUntil: null }
        changed.ring()
        return found.status
      }),
      permissions: os.connections.permissions.handler(({ input }) => {
        find(input.connectionId)
        return fakePermissions(input.connectionId)
      }),
    },
    telemetry: {
      watch: os.telemetry.watch.handler(async function* ({ signal }) {
        let open = new Set(
          world.connections.filter(({ status }) => status.status !== 'closed').map(({ profile }) => profile.id),
        )
        const samples = world.connections.filter(({ profile }) => open.has(profile.id)).map(sampleOf)
        yield { type: 'snapshot' as const, samples, history: historyOf(world) }
        while (!signal?.aborted) {
          await ticked.wait(signal)
          const now = new Set(
            world.connections.filter(({ status }) => status.status !== 'closed').map(({ profile }) => profile.id),
          )
          for (const connectionId of open) if (!now.has(connectionId)) yield { type: 'closed' as const, connectionId }
          open = now
          for (const one of world.connections) {
            if (one.status.status === 'ready') yield { type: 'sample' as const, sample: sampleOf(one) }
          }
        }
      }),
      attend: os.telemetry.attend.handler(() => ({})),
      rescan: os.telemetry.rescan.handler(({ input }) => {
        const found = find(input.connectionId)
        return { queues: found.queues.length, partial: found.partial }
      }),
    },
    queues: {
      page: os.queues.page.handler(({ input: { connectionId, queue: ref, state, offset, limit } }) => {
        const queue = findQueue(connectionId, ref)
        const kind = kindOf(queue, state)
        const total = queue.counts[kind]
        const length = Math.max(0, Math.min(limit, total - offset))
        return {
          total,
          offset,
          jobs: Array.from({ length }, (_, index) => fakeJob(queue, kind, state, offset + index)),
          partial: null,
        }
      }),
      job: os.queues.job.handler(({ input: { connectionId, queue: ref, state, ref: job, full } }) => {
        const queue = findQueue(connectionId, ref)
        const index = Number(job.split(':').at(-1))
        if (!Number.isInteger(index)) throw refuse('NOT_FOUND', 'This job is no longer where you saw it.')
        return fakeJobDetail(queue, kindOf(queue, state), state, index, full)
      }),
      retry: os.queues.retry.handler(({ input }) =>
        take(input.connectionId, input.queue, input.state, input.refs.length, 'retry', 'Retried'),
      ),
      editAndRetry: os.queues.editAndRetry.handler(({ input }) =>
        take(input.connectionId, input.queue, input.state, 1, 'edit', 'Edited and retried'),
      ),
      remove: os.queues.remove.handler(({ input }) =>
        take(input.connectionId, input.queue, input.state, input.refs.length, 'remove', 'Removed'),
      ),
      move: os.queues.move.handler(({ input }) =>
        take(input.connectionId, input.queue, input.state, input.refs.length, 'move', 'Moved'),
      ),
      add: os.queues.add.handler(({ input }) => take(input.connectionId, input.queue, '', 1, 'add', 'Added')),
      promote: os.queues.promote.handler(({ input }) =>
        take(input.connectionId, input.queue, input.state, input.refs.length, 'promote', 'Promoted'),
      ),
      reschedule: os.queues.reschedule.handler(({ input }) =>
        take(input.connectionId, input.queue, input.state, input.refs.length, 'reschedule', 'Rescheduled'),
      ),
      duplicate: os.queues.duplicate.handler(({ input }) =>
        take(input.connectionId, input.queue, input.state, input.refs.length, 'duplicate', 'Duplicated'),
      ),
      log: os.queues.log.handler(({ input }) => take(input.connectionId, input.queue, input.state, 1, 'log', 'Noted')),
      pause: os.queues.pause.handler(({ input }) => take(input.connectionId, input.queue, '', 1, 'pause', 'Paused')),
      resume: os.queues.resume.handler(({ input }) =>
        take(input.connectionId, input.queue, '', 1, 'resume', 'Resumed'),
      ),
      find: os.queues.find.handler(() => {
        throw refuse('NOT_FOUND', 'No job of this queue has that id.')
      }),
      watch: os.queues.watch.handler(async function* ({ input, signal }) {
        findQueue(input.connectionId, input.queue)
        yield { events: fakeLiveEvents(Date.now()), gap: false }
        while (!signal?.aborted) {
          await ticked.wait(signal)
          yield { events: fakeLiveEvents(Date.now()).slice(-2), gap: false }
        }
      }),
      stats: os.queues.stats.handler(({ input }) =>
        Object.fromEntries(
          find(input.connectionId)
            .queues.filter(({ ref }) => ref.system === 'plain-list')
            .map(({ ref, counts }) => [
              ref.name,
              { pending: counts.waiting, processing: counts.active, dead_letter: counts.failed },
            ]),
        ),
      ),
      deadLetters: os.queues.deadLetters.handler(() => ({ total: 0, entries: [] })),
      retryDeadLetter: os.queues.retryDeadLetter.handler(() => ({ done: 0, missing: 1, refused: [], journalId: null })),
    },
    schedules: {
      list: os.schedules.list.handler(({ input }) => fakeSchedules(input.queue)),
      save: os.schedules.save.handler(() => ({ done: 1, missing: 0, refused: [], journalId: null })),
      remove: os.schedules.remove.handler(() => ({ done: 1, missing: 0, refused: [], journalId: null })),
      run: os.schedules.run.handler(() => ({ done: 1, missing: 0, refused: [], journalId: null })),
    },
    operations: operationsRouter(context, runs),
    trash: trashRouter(context),
    redis: {
      stats: os.redis.stats.handler(({ input }) => {
        const { redis } = find(input.connectionId)
        if (redis === null) throw refuse('NO_PERMISSION')
        return {
          keys_count: redis.keys,
          memory_used: `${Math.round(redis.usedMemoryBytes / 2 ** 20)}M`,
          connected_clients: redis.clients,
          info: redis,
        }
      }),
      memoryHistory: os.redis.memoryHistory.handler(({ input }) => [...find(input.connectionId).memory]),
      memoryByQueue: os.redis.memoryByQueue.handler(({ input }) =>
        find(input.connectionId).queues.map(({ ref, counts }) => {
          const jobs = kinds.reduce((sum, kind) => sum + { ...noKinds(), ...counts }[kind], 0)
          return {
            queue: ref,
            jobs,
            bytes: jobs * (180 + ref.name.length * 17),
            estimated: ref.system.startsWith('bull'),
          }
        }),
      ),
    },
    failures: failuresRouter(context),
    searches: searchesRouter(context),
    transfers: transfersRouter(context),
    requests: requestsRouter(context, updatesPerSecond),
    api: apiRouter(context),
    handlers: handlersRouter(context),
    commands: commandsRouter(context),
    pools: poolsRouter(context),
    policies: {
      list: os.policies.list.handler(({ input }) => policies.list(input.connectionId)),
      save: os.policies.save.handler(({ input }) => policies.save(input.connectionId, input.queue, input.policy)),
      remove: os.policies.remove.handler(({ input }) => {
        policies.remove(input.connectionId, input.queue)
        return {}
      }),
      overruns: os.policies.overruns.handler(({ input }) => policies.overruns(input.connectionId)),
    },
    workers: {
      list: os.workers.list.handler(({ input }) => ({
        workers: find(input.connectionId)
          .queues.filter(({ workers }) => (workers ?? 0) > 0)
          .flatMap(({ ref, workers }) =>
            Array.from({ length: Math.min(3, workers ?? 0) }, (_, index) => ({
              queue: ref,
              id: `${ref.name}-worker-${index + 1}`,
              address: `10.4.1.${20 + index}:5${index}112`,
              since: Date.now() - (index + 1) * 5e6,
              ours: input.connectionId === 'local' && ref.system === 'plain-list' && index === 0,
            })),
          ),
        problem:
          input.connectionId === 'staging'
            ? 'The Redis user of this profile may not run CLIENT LIST, so other programs cannot be seen.'
            : null,
      })),
      tell: os.workers.tell.handler(() => ({ done: 1, missing: 0, refused: [], journalId: null })),
    },
    journal: {
      list: os.journal.list.handler(({ input }) => ({
        entries: world.journal
          .filter(({ connectionId }) => input.connectionId === null || connectionId === input.connectionId)
          .slice(0, input.limit),
        damage: world.journal.length > 0 ? ['journal-2026-11.jsonl, line 812: it was cut off in the middle.'] : [],
      })),
      undo: os.journal.undo.handler(({ input }) => {
        const entry = world.journal.find(({ id }) => id === input.id)
        if (entry === undefined || entry.undo !== true) throw refuse('UNSUPPORTED', 'That cannot be undone.')
        entry.undo = 'Undone already.'
        entry.undoneAt = Date.now()
        return { done: entry.done, missing: 0, refused: [], journalId: `j-${crypto.randomUUID()}` }
      }),
      export: os.journal.export.handler(({ input }) => ({
        path: `/home/ada/Downloads/sluice-journal-2026-11-22.${input.format}`,
        entries: world.journal.length,
      })),
    },
  })
  return {
    router,
    world,
    stop: () => {
      clearInterval(timer)
      changed.ring()
      ticked.ring()
    },
  }
}
