import type { WorkerCommand, WorkerCommandStatus } from '../../src/domain/worker-command.ts'
import { refuse } from './fake-actions.ts'
import { fakeOutput } from './fake-handlers.ts'
import type { FakeContext } from './fake-os.ts'

const minute = 60_000

function config(more: Partial<WorkerCommand>): WorkerCommand {
  return {
    connectionId: 'local',
    name: 'Laravel workers',
    program: 'php',
    args: ['artisan', 'queue:work', 'redis', '--queue={queue}', '--tries=3'],
    folder: '/srv/shop',
    env: {},
    passRedisUrl: false,
    queues: [],
    share: 'together',
    scale: { by: 'fixed', count: 2 },
    drainSignal: 'SIGTERM',
    drainMs: 60_000,
    restart: { firstMs: 1_000, longestMs: 60_000, giveUpAfter: 5 },
    memoryMb: 128,
    ...more,
  }
}

function status(id: string, more: Partial<WorkerCommandStatus> & Pick<WorkerCommandStatus, 'config'>) {
  return {
    id,
    autostart: false,
    state: 'stopped' as const,
    processes: [],
    wanted: 0,
    restarts: 0,
    lastExit: null,
    problem: null,
    ...more,
  }
}

/** One that works on three queues, one between two tries, one that was given up, and one at rest. */
export function fakeCommands(): WorkerCommandStatus[] {
  const laravel = (name: string) => ({ system: 'laravel' as const, prefix: 'shop_database_', name })
  const process = (pid: number, name: string | null, cpu: number | null, memoryMib: number | null) => ({
    pid,
    queue: name === null ? null : laravel(name),
    state: pid % 5 === 0 ? ('draining' as const) : ('running' as const),
    since: Date.now() - (pid % 90) * minute,
    cpu,
    memoryBytes: memoryMib === null ? null : memoryMib * 2 ** 20,
  })
  return [
    status('c1', {
      config: config({
        connectionId: 'staging',
        queues: ['default', 'notifications', 'exports'].map((name, place) => ({
          queue: laravel(name),
          weight: 10 - place * 3,
        })),
        share: 'weighted',
        scale: { by: 'wait', min: 1, max: 12, jobsPerWorker: 20, clearMs: 60_000, cooldownMs: 3_000, step: 1 },
        env: { APP_ENV: 'production', LOG_CHANNEL: 'stderr' },
      }),
      autostart: true,
      state: 'running',
      wanted: 4,
      processes: [
        process(30_112, 'default', 41.2, 84),
        process(30_113, 'default', 12.8, 79),
        process(30_115, 'notifications', 0.4, 71),
        process(30_121, 'exports', null, null),
      ],
    }),
    status('c2', {
      config: config({
        name: 'sidekiq',
        program: 'bundle',
        args: ['exec', 'sidekiq', '-c', '10'],
        folder: '/srv/rails',
      }),
      state: 'waiting',
      wanted: 2,
      restarts: 3,
      lastExit: { at: Date.now() - 8_000, pid: 30_988, code: null, signal: 'SIGKILL' },
    }),
    status('c3', {
      config: config({
        name: 'سفارش‌ها queue:work --tries=3 and a name that goes on up to the eighty chars',
        program: '/usr/local/lib/node_modules/a-very-long-path/that-somebody/installed/bin/worker',
        passRedisUrl: true,
      }),
      state: 'failed',
      restarts: 5,
      lastExit: { at: Date.now() - 4 * minute, pid: 31_002, code: 255, signal: null },
      problem: 'It ended 5 times in a row within a minute of its start: it was given up. Its output says why.',
    }),
    status('c4', {
      config: config({
        name: 'rq',
        program: 'rq',
        args: ['worker', '--with-scheduler'],
        scale: { by: 'fixed', count: 1 },
      }),
      lastExit: { at: Date.now() - 90 * minute, pid: 28_001, code: 0, signal: null },
    }),
  ]
}

/** Worker commands that start at once, and take a second and a half to drain. */
export function commandsRouter({ os, world, changed, ticked }: FakeContext) {
  const find = (id: string) => {
    const found = world.commands.find((one) => one.id === id)
    if (found === undefined) throw refuse('NOT_FOUND', 'That command is not there.')
    return found
  }
  const end = (found: WorkerCommandStatus) => {
    const [first] = found.processes
    if (first !== undefined) found.lastExit = { at: Date.now(), pid: first.pid, code: 0, signal: null }
    Object.assign(found, { state: 'stopped', processes: [], wanted: 0 })
    changed.ring()
    return found
  }
  return {
    watch: os.commands.watch.handler(async function* ({ signal }) {
      while (!signal?.aborted) {
        yield structuredClone(world.commands)
        await Promise.race([changed.wait(signal), ticked.wait(signal)])
      }
    }),
    save: os.commands.save.handler(({ input }) => {
      const known = world.commands.find(({ id }) => id === input.id)
      if (known !== undefined) {
        Object.assign(known, { config: input.config, autostart: input.autostart })
        changed.ring()
        return known
      }
      const made = status(crypto.randomUUID(), { config: input.config, autostart: input.autostart })
      world.commands.push(made)
      changed.ring()
      return made
    }),
    remove: os.commands.remove.handler(({ input }) => {
      world.commands.splice(world.commands.indexOf(find(input.id)), 1)
      changed.ring()
      return {}
    }),
    start: os.commands.start.handler(({ input }) => {
      const found = find(input.id)
      const count = found.config.scale.by === 'fixed' ? found.config.scale.count : found.config.scale.min
      found.processes = Array.from({ length: count }, (_, place) => ({
        pid: 33_001 + place,
        queue: null,
        state: 'running' as const,
        since: Date.now(),
        cpu: null,
        memoryBytes: null,
      }))
      Object.assign(found, { state: 'running', wanted: count, restarts: 0, problem: null })
      changed.ring()
      return found
    }),
    stop: os.commands.stop.handler(({ input }) => {
      const found = find(input.id)
      found.state = 'draining'
      for (const one of found.processes) one.state = 'draining'
      changed.ring()
      setTimeout(() => end(found), 1_500)
      return found
    }),
    kill: os.commands.kill.handler(({ input }) => end(find(input.id))),
    output: os.commands.output.handler(({ input }) => fakeOutput(world.since, input)),
  }
}
