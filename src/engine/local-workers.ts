import { join } from 'node:path'
import { asSluiceError } from '../domain/errors.ts'
import type { PoolConfig } from '../domain/pool.ts'
import { openCommandStore } from './commands/command-store.ts'
import { type Commands, createCommands } from './commands/commands.ts'
import type { Connections } from './connections/connections.ts'
import type { Notifications } from './notifications.ts'
import { ExactRuns } from './pool/exact-runs.ts'
import { importNotice } from './pool/handlers/csv/import-notice.ts'
import { type HandlerFiles, handlerFiles } from './pool/handlers/own/handler-files.ts'
import type { MessagingSettings } from './pool/handlers/settings.ts'
import { leastConcurrency } from './pool/make-pool.ts'
import type { Pool } from './pool/pool.ts'
import { createPools, type Pools, type StartLimited } from './pool/pools.ts'
import { openSavedPools, type SavedPools } from './pool/saved-pools.ts'
import type { ForkProcess } from './processes/fork-process.ts'
import { createHandlerProcesses } from './processes/handler-processes.ts'
import type { Connection } from './redis/connection.ts'
import type { Sampler } from './sampler/sampler.ts'
import { type AutoscalerOptions, createAutoscaler } from './scale/autoscaler.ts'
import { loadIn } from './scale/load-in.ts'

export interface LocalWorkersOptions {
  readonly dataFolder: string
  readonly connections: Connections
  readonly sampler: Sampler
  readonly notifications: Notifications
  readonly settings: MessagingSettings
  readonly fork: ForkProcess
  /** The built file that runs handlers in a process of their own. */
  readonly runner: string
  isProfile(id: string): boolean
}

/** Everything that works on queues from this desktop: pools, worker commands, single runs. */
export interface LocalWorkers {
  readonly pools: Pools
  readonly saved: SavedPools
  readonly commands: Commands
  readonly runs: ExactRuns
  readonly files: HandlerFiles
  /** Starts what is to start with the app, each as soon as its connection is ready. Never on production. */
  startSaved(): void
  /** Forgets what was saved for a profile that was removed. */
  forget(connectionId: string): Promise<void>
  atWork(): { jobs: number; processes: number }
  /** Stops the pools of a connection that is about to be closed: jobs that run there go back while Redis can be told. */
  leave(connectionId: string): Promise<void>
  /** Drains all and starts nothing more, at the latest after `graceMs`; called once more, it can shorten that. */
  close(graceMs?: number): Promise<void>
  /** Sentences for the person about what happened at start. */
  readonly notices: readonly string[]
}

export async function createLocalWorkers(options: LocalWorkersOptions): Promise<LocalWorkers> {
  const { dataFolder, connections, sampler, notifications, settings, fork, runner, isProfile } = options
  const getConnection = (id: string) => connections.get(id)
  let ending = false
  const saved = await openSavedPools({ folder: dataFolder, isProfile })
  const store = await openCommandStore({ folder: dataFolder, isProfile })
  /** What waits in queues, as the sampler saw it. */
  const seen: Pick<AutoscalerOptions, 'loads' | 'hold'> = {
    loads: (id, queue) => loadIn(sampler.latest(id), queue),
    hold: () => sampler.hold(),
  }
  const scaler = createAutoscaler(seen)
  const startProcesses: StartLimited = (target, limits, output, onChange) =>
    createHandlerProcesses({ fork, runner, target, limits, output, onChange })
  const pools = createPools({
    ...{ getConnection, settings, startProcesses, follow },
    onImport({ queueName }, record) {
      const { level, title, text } = importNotice(queueName, record)
      notifications.tell(level, title, text)
    },
  })
  const runs = new ExactRuns({ getConnection, settings, startProcesses, onMessage: () => {} })
  const commands = await createCommands({
    ...{ store, folder: dataFolder, getConnection, ...seen },
    redisUrlOf: (id) => connections.urlOf(id),
    mayStartAlone,
    notify: ({ level, title, text }) => notifications.tell(level, title, text),
  })
  connections.onClose(({ id }) => {
    void pools.stopConnection(id, 0)
    void commands.stopConnection(id)
  })

  /** Gives a pool as many jobs at once as what waits in its queue asks for. */
  function follow({ connectionId, system, queuePrefix: prefix, queueName: name, scale }: PoolConfig, pool: Pool) {
    const parts = [{ queues: [{ system, prefix, name }], weight: 1 }]
    const least = scale.by === 'fixed' ? scale : { ...scale, min: leastConcurrency(scale) }
    return scaler.add({
      ...{ connectionId, scale: least, share: 'strict', parts },
      counts: () => [pool.concurrency],
      set: ([count = 1]) => pool.setConcurrency(count),
    })
  }

  function mayStartAlone(connectionId: string): boolean {
    return connections.get(connectionId).profile.environment !== 'production'
  }

  function startOn({ id }: Connection): void {
    void commands.autostart(id)
    if (!mayStartAlone(id)) return
    for (const { id: savedId, config, autostart } of saved.of(id)) {
      if (!autostart) continue
      pools.start(config, savedId).catch((error) => {
        notifications.tell('error', `Workers for ${config.queueName} did not start`, asSluiceError(error).message)
      })
    }
  }

  return {
    ...{ pools, saved, commands, runs, files: handlerFiles({ folder: join(dataFolder, 'handlers'), fork, runner }) },
    startSaved() {
      for (const connection of connections.list()) {
        if (connection.status().status === 'ready') startOn(connection)
        else {
          const stop = connection.onStatus(({ status }) => {
            if (status !== 'ready' && status !== 'closed') return
            stop()
            if (status === 'ready' && !ending) startOn(connection)
          })
        }
      }
    },
    async forget(connectionId) {
      // A full disk at the one keeps nothing of the other running.
      const both = await Promise.allSettled([saved.forget(connectionId), commands.forget(connectionId)])
      for (const result of both) if (result.status === 'rejected') throw result.reason
    },
    atWork: () => ({
      jobs: pools.active,
      processes: commands.list().reduce((sum, { processes }) => sum + processes.length, 0),
    }),
    leave: (connectionId) => pools.stopConnection(connectionId, 0),
    async close(graceMs) {
      ending = true
      scaler.close()
      await Promise.all([pools.close(graceMs), commands.close(graceMs), runs.close()])
    },
    notices: [...saved.notices, ...store.notices, ...commands.notices],
  }
}
