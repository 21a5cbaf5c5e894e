import { implement, ORPCError } from '@orpc/server'
import { contract } from '../../contract/contract.ts'
import { asSluiceError, SluiceError } from '../../domain/errors.ts'
import type { JournalAction } from '../../domain/operation.ts'
import type { Profile } from '../../domain/profile.ts'
import type { TrashEntry } from '../../domain/trash.ts'
import { systemInfo, systemOf, systems } from '../../systems/registry.ts'
import type { Connections } from '../connections/connections.ts'
import { surveyFailures } from '../failures/survey-failures.ts'
import { traitsOf } from '../failures/traits-of.ts'
import type { ApiSwitch } from '../http-api/api-switch.ts'
import type { Journal } from '../journal/journal.ts'
import type { LiveQueues } from '../live/live-queues.ts'
import type { LocalWorkers } from '../local-workers.ts'
import { memoryByQueue } from '../memory/memory-by-queue.ts'
import { redisStats } from '../memory/redis-stats.ts'
import type { Notifications } from '../notifications.ts'
import type { OperatorTools } from '../operator-tools.ts'
import { permissionsOf } from '../permissions/permissions-of.ts'
import { findOverruns } from '../policies/find-overruns.ts'
import type { PolicyStore } from '../policies/policy-store.ts'
import { type ProfileStore, passwordOf } from '../profiles/profile-store.ts'
import type { SecretStore } from '../profiles/secret-store.ts'
import { testConnection } from '../profiles/test-connection.ts'
import type { LiveRequests } from '../requests/live-requests.ts'
import type { Sampler } from '../sampler/sampler.ts'
import { listWorkers } from '../workers/list-workers.ts'
import { deadLetters, queueStats, retryDeadLetter } from './old-answers.ts'

/** What the boundary is served from. */
export interface Parts {
  readonly info: () => {
    version: string
    shell: 'electron' | 'browser'
    platform: string
    demo: boolean
    dataFolder: string
    secretsKept: 'keychain' | 'this run only'
    notices: string[]
  }
  readonly profiles: ProfileStore
  readonly secrets: SecretStore
  /** The profile of the private Redis, when it runs. */
  readonly builtIn: Profile | null
  readonly connections: Connections
  readonly sampler: Sampler
  readonly tools: OperatorTools
  readonly journal: Journal
  readonly workers: LocalWorkers
  readonly api: ApiSwitch
  readonly notifications: Notifications
  readonly policies: PolicyStore
  readonly requests: LiveRequests
  readonly live: LiveQueues
}

const os = implement(contract)

/** What the journal tells of a change of tracked requests. */
const onRequest = (action: JournalAction, detail: string) =>
  ({ action, queue: null, state: '', stateLabel: '', detail, trash: null }) as const

const bytesInRedis = (entries: readonly TrashEntry[]) =>
  entries.reduce((sum, { place, bytes }) => (place === 'redis' ? sum + (bytes ?? 0) : sum), 0)

/** Errors leave the engine as a code of the closed list with one sentence; what nobody foresaw as INTERNAL. */
const told = os.middleware(async ({ next }) => {
  try {
    return await next()
  } catch (error) {
    if (error instanceof ORPCError) throw error // refused input: oRPC says which field
    const { code, message, retryable } = asSluiceError(error)
    throw new ORPCError(code, { message, data: { retryable }, cause: error })
  }
})

/** The engine's side of the boundary: one handler for each line of the contract, none with logic of its own. */
export function createRouter(parts: Parts) {
  const { connections, sampler, tools, journal, workers, policies, requests, profiles, notifications } = parts
  const { operations, searches, filters, trash, transfers } = tools
  const { pools, saved, commands, runs, files } = workers
  const open = (input: { connectionId: string }) => connections.get(input.connectionId)
  const on = os.use(told)

  return on.router({
    app: {
      info: on.app.info.handler(() => parts.info()),
      notifications: on.app.notifications.handler(({ signal }) =>
        notifications.feed.read(signal, () => notifications.list()),
      ),
      systems: on.app.systems.handler(() => systems.map(systemInfo)),
    },
    profiles: {
      list: on.profiles.list.handler(() => [...(parts.builtIn ? [parts.builtIn] : []), ...profiles.list()]),
      save: on.profiles.save.handler(({ input }) => profiles.save(input)),
      remove: on.profiles.remove.handler(async ({ input }) => {
        await workers.leave(input.id)
        await profiles.remove(input.id)
        return {}
      }),
      test: on.profiles.test.handler(({ input: { id, url, password } }) => {
        const saved = id === undefined ? null : profiles.get(id)
        const kept = async () => (saved === null ? null : passwordOf(saved, parts.secrets))
        return testConnection({ url, password: async () => password ?? kept() })
      }),
    },
    connections: {
      open: on.connections.open.handler(({ input }) => connections.open(input.connectionId)),
      close: on.connections.close.handler(async ({ input }) => {
        await workers.leave(input.connectionId)
        return connections.close(input.connectionId)
      }),
      watch: on.connections.watch.handler(({ signal }) => connections.feed.read(signal, () => connections.statuses())),
      unlock: on.connections.unlock.handler(({ input }) =>
        connections.unlock(input.connectionId, input.typedName, input.minutes, input.reason),
      ),
      lock: on.connections.lock.handler(({ input }) => connections.lock(input.connectionId)),
      permissions: on.connections.permissions.handler(({ input }) => {
        const { reader, profile } = open(input)
        return permissionsOf(reader, profile)
      }),
    },
    telemetry: {
      watch: on.telemetry.watch.handler(({ signal }) => sampler.watch(signal)),
      rescan: on.telemetry.rescan.handler(({ input }) => sampler.rescan(input.connectionId)),
    },
    queues: {
      page: on.queues.page.handler(({ input }) => {
        const { queue, state, offset, limit } = input
        return systemOf(queue.system).page(open(input).reader, queue, state, { offset, limit })
      }),
      job: on.queues.job.handler(async ({ input }) => {
        const { queue, state, ref, full } = input
        const job = await systemOf(queue.system).job(open(input).reader, queue, state, ref, full)
        if (job === null) throw new SluiceError('NOT_FOUND', 'This job is no longer where you saw it.')
        return job
      }),
      find: on.queues.find.handler(async ({ input }) => {
        const { find, label } = systemOf(input.queue.system)
        if (find === undefined) throw new SluiceError('UNSUPPORTED', `${label} jobs cannot be found by an id.`)
        const place = await find(open(input).reader, input.queue, input.id)
        if (place === null) throw new SluiceError('NOT_FOUND', 'No job of this queue has that id.')
        return place
      }),
      watch: on.queues.watch.handler(({ input, signal }) => parts.live.watch(open(input), input.queue, signal)),
      retry: on.queues.retry.handler(({ input }) => operations.retry(input, input.refs, input.attempts)),
      editAndRetry: on.queues.editAndRetry.handler(({ input }) =>
        operations.editAndRetry(input, input.ref, input.payload),
      ),
      remove: on.queues.remove.handler(({ input }) => operations.remove(input, input.refs)),
      move: on.queues.move.handler(({ input }) => operations.move(input, input.refs, input.to)),
      add: on.queues.add.handler(({ input }) => operations.add(input, input.job)),
      promote: on.queues.promote.handler(({ input }) => operations.promote(input, input.refs)),
      reschedule: on.queues.reschedule.handler(({ input }) => operations.reschedule(input, input.refs, input.at)),
      duplicate: on.queues.duplicate.handler(({ input }) => operations.duplicate(input, input.refs)),
      log: on.queues.log.handler(({ input }) => operations.log(input, input.ref, input.line)),
      pause: on.queues.pause.handler(({ input }) => operations.pause(input)),
      resume: on.queues.resume.handler(({ input }) => operations.resume(input)),
      stats: on.queues.stats.handler(async ({ input }) =>
        queueStats(open(input).reader, await sampler.queues(input.connectionId)),
      ),
      deadLetters: on.queues.deadLetters.handler(({ input }) =>
        deadLetters(open(input).reader, input.name, input.start, input.limit),
      ),
      retryDeadLetter: on.queues.retryDeadLetter.handler(({ input }) =>
        retryDeadLetter(open(input).reader, operations, input.connectionId, input.name, input.which),
      ),
    },
    schedules: {
      list: on.schedules.list.handler(async ({ input }) => {
        const { schedules } = systemOf(input.queue.system)
        return schedules === undefined ? [] : schedules(open(input).reader, input.queue)
      }),
      save: on.schedules.save.handler(({ input }) => operations.saveSchedule(input, input.change)),
      remove: on.schedules.remove.handler(({ input }) => operations.removeSchedule(input, input.id)),
      run: on.schedules.run.handler(({ input }) => operations.runSchedule(input, input.id)),
    },
    searches: {
      run: on.searches.run.handler(({ input, signal }) => searches.run(input, signal)),
      saved: on.searches.saved.handler(() => [...filters.list()]),
      save: on.searches.save.handler(({ input }) => filters.save(input)),
      forget: on.searches.forget.handler(async ({ input }) => {
        await filters.forget(input.id)
        return {}
      }),
    },
    operations: {
      plan: on.operations.plan.handler(({ input }) => operations.plan(input)),
      run: on.operations.run.handler(({ input }) => operations.run(input)),
      watch: on.operations.watch.handler(({ signal }) =>
        operations.runs.feed.read(signal, () => operations.runs.list()),
      ),
      pause: on.operations.pause.handler(({ input }) => operations.runs.pause(input.id)),
      resume: on.operations.resume.handler(({ input }) => operations.runs.resume(input.id)),
      setPace: on.operations.setPace.handler(({ input }) => operations.runs.setPace(input.id, input.pace)),
      cancel: on.operations.cancel.handler(({ input }) => operations.runs.cancel(input.id)),
      report: on.operations.report.handler(({ input }) => operations.runs.report(input.id, input.offset, input.limit)),
      saveReport: on.operations.saveReport.handler(({ input }) => operations.runs.saveReport(input.id)),
      putAway: on.operations.putAway.handler(async ({ input }) => {
        await operations.runs.putAway(input.id)
        return {}
      }),
    },
    trash: {
      list: on.trash.list.handler(async ({ input }) => {
        const { trashLimitMb } = open(input).profile
        const entries = await trash.list(input.connectionId)
        return { entries, used: bytesInRedis(entries), limit: trashLimitMb * 1024 ** 2 }
      }),
      keepHere: on.trash.keepHere.handler(({ input }) => trash.keepHere(input.id)),
      empty: on.trash.empty.handler(async ({ input }) => {
        await trash.empty(input.id)
        return {}
      }),
    },
    transfers: {
      export: on.transfers.export.handler(({ input, signal }) => transfers.export(input, signal)),
      upload: on.transfers.upload.handler(({ input }) => transfers.upload(input.id, input.text)),
      planImport: on.transfers.planImport.handler(({ input }) => transfers.planImport(input)),
      import: on.transfers.import.handler(({ input }) => transfers.import(input)),
      redaction: on.transfers.redaction.handler(() => transfers.redaction()),
      saveRedaction: on.transfers.saveRedaction.handler(({ input }) => transfers.saveRedaction(input.rules)),
      tryRedaction: on.transfers.tryRedaction.handler(({ input }) =>
        transfers.tryRedaction(input.rules, input.payload),
      ),
    },
    redis: {
      stats: on.redis.stats.handler(({ input }) => redisStats(open(input).reader)),
      memoryHistory: on.redis.memoryHistory.handler(({ input }) => sampler.memoryHistory(input.connectionId)),
      memoryByQueue: on.redis.memoryByQueue.handler(async ({ input }) =>
        memoryByQueue(open(input).reader, await sampler.queues(input.connectionId), systems),
      ),
    },
    failures: {
      survey: on.failures.survey.handler(({ input, signal }) =>
        surveyFailures({
          connections: connections.list().filter(({ id }) => input.connectionId === null || id === input.connectionId),
          queues: (id) => sampler.queues(id),
          systems,
          budget: input.budget,
          ...(signal && { signal }),
        }),
      ),
      traits: on.failures.traits.handler(({ input, signal }) =>
        traitsOf({ connection: (id) => connections.get(id), systems, ...input, ...(signal && { signal }) }),
      ),
    },
    requests: {
      watch: on.requests.watch.handler(({ input, signal }) => requests.watch(open(input), signal)),
      cancel: on.requests.cancel.handler(({ input }) => {
        const connection = open(input)
        return operations.journaled(connection, onRequest('cancel', input.hash), () =>
          requests.cancel(connection, input.hash),
        )
      }),
      create: on.requests.create.handler(async ({ input }) => {
        const connection = open(input)
        let hash = ''
        await operations.journaled(connection, onRequest('create-request', input.request.service), async () => {
          hash = (await requests.create(connection, input.request)).hash
          return { done: 1, missing: 0, refused: [] }
        })
        return { hash }
      }),
      change: on.requests.change.handler(({ input }) => {
        const connection = open(input)
        const what =
          input.change.type === 'cancel'
            ? onRequest('cancel', input.hash)
            : onRequest('change-request', `${input.change.type} ${input.hash}`)
        return operations.journaled(connection, what, () => requests.change(connection, input.hash, input.change))
      }),
      cleanUp: on.requests.cleanUp.handler(({ input }) => {
        const connection = open(input)
        return operations.journaled(connection, onRequest('clean-up-requests', ''), () => requests.cleanUp(connection))
      }),
    },
    api: {
      status: on.api.status.handler(() => parts.api.status()),
      start: on.api.start.handler(({ input }) => parts.api.start(input)),
      stop: on.api.stop.handler(async () => {
        await parts.api.stop()
        return {}
      }),
    },
    handlers: {
      list: on.handlers.list.handler(() => files.list()),
      create: on.handlers.create.handler(async ({ input }) => ({ path: await files.create(input.name) })),
      check: on.handlers.check.handler(({ input }) => files.check(input.file)),
      run: on.handlers.run.handler(async ({ input }) => ({ id: await runs.start(input) })),
      watchRun: on.handlers.watchRun.handler(({ input, signal }) => runs.watch(input.id, signal)),
      cancelRun: on.handlers.cancelRun.handler(({ input }) => {
        runs.cancel(input.id)
        return {}
      }),
    },
    commands: {
      watch: on.commands.watch.handler(({ signal }) => commands.feed.read(signal, () => commands.list())),
      save: on.commands.save.handler(({ input }) => commands.save(input)),
      remove: on.commands.remove.handler(async ({ input }) => {
        await commands.remove(input.id)
        return {}
      }),
      start: on.commands.start.handler(({ input }) => commands.start(input.id)),
      stop: on.commands.stop.handler(({ input }) => commands.stop(input.id)),
      kill: on.commands.kill.handler(({ input }) => commands.kill(input.id)),
      output: on.commands.output.handler(({ input }) => commands.output(input.id, input)),
    },
    pools: {
      start: on.pools.start.handler(({ input }) => pools.start(input.config, input.savedId)),
      saved: on.pools.saved.handler(({ input }) => [...saved.of(input.connectionId)]),
      save: on.pools.save.handler(({ input }) => saved.save(input)),
      forget: on.pools.forget.handler(async ({ input }) => {
        await saved.remove(input.id)
        return {}
      }),
      jobs: on.pools.jobs.handler(({ input, signal }) => pools.jobs(input.id, signal)),
      output: on.pools.output.handler(({ input }) => pools.output(input.id).read(input)),
      stop: on.pools.stop.handler(({ input }) => pools.stop(input.id, input.now)),
      pause: on.pools.pause.handler(({ input }) => pools.pause(input.id)),
      resume: on.pools.resume.handler(({ input }) => pools.resume(input.id)),
      audit: on.pools.audit.handler(({ input }) => pools.audit(input.connectionId, input.queue)),
      remove: on.pools.remove.handler(async ({ input }) => {
        await pools.remove(input.id)
        return {}
      }),
      watch: on.pools.watch.handler(({ signal }) => pools.feed.read(signal, () => pools.list())),
      messages: on.pools.messages.handler(({ input }) => pools.messages(input.poolId)),
    },
    policies: {
      list: on.policies.list.handler(({ input }) => policies.list(input.connectionId)),
      save: on.policies.save.handler(({ input }) => policies.save(input.connectionId, input.queue, input.policy)),
      remove: on.policies.remove.handler(async ({ input }) => {
        await policies.remove(input.connectionId, input.queue)
        return {}
      }),
      overruns: on.policies.overruns.handler(({ input }) => {
        const samples = sampler.latest(input.connectionId)?.queues ?? []
        return findOverruns(open(input).reader, policies.list(input.connectionId), samples, systemOf)
      }),
    },
    workers: {
      list: on.workers.list.handler(async ({ input }) =>
        listWorkers(open(input), await sampler.queues(input.connectionId), systems),
      ),
      tell: on.workers.tell.handler(({ input }) => operations.tellWorker(input, input.worker, input.command)),
    },
    journal: {
      list: on.journal.list.handler(({ input }) => ({
        entries: journal.list(input.limit, input),
        damage: journal.damage(),
      })),
      undo: on.journal.undo.handler(({ input }) => operations.undo(input.id)),
      export: on.journal.export.handler(({ input }) => journal.export(input, input.format)),
    },
  })
}

export type Router = ReturnType<typeof createRouter>
