import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { WorkerCommand } from '../../src/domain/worker-command.ts'
import { laravelMissing } from './laravel.ts'

/** A worker of another language, with jobs that note in the lists `began` and `done` that they ran. */
export interface PeerWorker {
  readonly name: string
  /** Why it cannot run on this machine, in a few words; null when it can. */
  readonly missing: string | null
  readonly command: Pick<WorkerCommand, 'program' | 'args' | 'folder' | 'env' | 'drainSignal'>
  /** Jobs that one process runs at a time. */
  readonly atATime: number
  /** Puts jobs into a queue that take so long each. */
  put(redisUrl: string, queue: string, count: number, ms: number): void
  /** The keys of the jobs of a queue that wait or are held, each with its type. */
  places(queue: string): readonly { readonly key: string; readonly type: 'list' | 'zset' }[]
}

const python = process.env.RQ_PYTHON ?? 'python3'
/** Python leaves nothing beside the sources. */
const noBytecode = { PYTHONDONTWRITEBYTECODE: '1' }
const ruby = process.env.SIDEKIQ_RUBY ?? 'ruby'
const folderOf = (name: string) => fileURLToPath(new URL(name, import.meta.url))

function missingModule(program: string, args: string[], library: string): string | null {
  const { status, error } = spawnSync(program, args, { stdio: 'ignore' })
  if (error !== undefined) return `${program} is not installed`
  return status === 0 ? null : `${library} is not installed`
}

function run(program: string, args: string[], folder: string, env: Record<string, string>): void {
  const { status, error, stderr } = spawnSync(program, args, { cwd: folder, env: { ...process.env, ...env } })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? stderr}`)
}

/** The peers that worker commands are tried with. */
export const peerWorkers: readonly PeerWorker[] = [
  {
    name: 'Laravel',
    missing: laravelMissing(),
    atATime: 1,
    command: {
      program: 'php',
      args: ['peer.php', 'wait', '{queue}', '0', '0'],
      folder: folderOf('laravel'),
      env: { LARAVEL_PREFIX: '' },
      drainSignal: 'SIGTERM',
    },
    put: (redisUrl, queue, count, ms) =>
      run('php', ['peer.php', 'take', queue, String(count), String(ms)], folderOf('laravel'), {
        REDIS_PORT: new URL(redisUrl).port,
        LARAVEL_PREFIX: '',
      }),
    places: (queue) => [
      { key: `queues:${queue}`, type: 'list' },
      { key: `queues:${queue}:reserved`, type: 'zset' },
    ],
  },
  {
    name: 'RQ',
    missing: missingModule(python, ['-c', 'import rq'], 'rq'),
    atATime: 1,
    command: {
      program: python,
      args: ['-m', 'rq.cli', 'worker', '--path', '.', '{queue}'],
      folder: folderOf('rq'),
      env: { RQ_REDIS_URL: '{redisUrl}', ...noBytecode },
      drainSignal: 'SIGTERM',
    },
    put: (redisUrl, queue, count, ms) =>
      run(python, ['peer.py', 'take', queue, String(count), String(ms)], folderOf('rq'), {
        REDIS_URL: redisUrl,
        ...noBytecode,
      }),
    places: (queue) => [
      { key: `rq:queue:${queue}`, type: 'list' },
      { key: `rq:wip:${queue}`, type: 'zset' },
    ],
  },
  {
    name: 'Sidekiq',
    missing: missingModule(ruby, ['-e', 'require "sidekiq"'], 'sidekiq'),
    atATime: 2,
    command: {
      program: ruby,
      args: ['-S', 'sidekiq', '-r', './jobs.rb', '-c', '2', '-q', '{queue}', '-t', '20'],
      folder: folderOf('sidekiq'),
      env: {},
      drainSignal: 'SIGTERM',
    },
    put: (redisUrl, queue, count, ms) =>
      run(ruby, ['put.rb', queue, String(count), String(ms)], folderOf('sidekiq'), { REDIS_URL: redisUrl }),
    places: (queue) => [{ key: `queue:${queue}`, type: 'list' }],
  },
]
