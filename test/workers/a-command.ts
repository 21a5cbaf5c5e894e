import { fileURLToPath } from 'node:url'
import type { WorkerCommand } from '../../src/domain/worker-command.ts'

const script = fileURLToPath(new URL('worker.mjs', import.meta.url))
const folder = fileURLToPath(new URL('.', import.meta.url))

/** A worker command for tests: by default one process of worker.mjs that drains. */
export function aCommand(change: Partial<WorkerCommand> = {}, ...how: string[]): WorkerCommand {
  return {
    connectionId: 'local',
    name: 'Mail',
    program: process.execPath,
    args: [script, ...(how.length > 0 ? how : ['drains'])],
    folder,
    env: {},
    passRedisUrl: false,
    queues: [],
    share: 'together',
    scale: { by: 'fixed', count: 1 },
    drainSignal: 'SIGTERM',
    drainMs: 20_000,
    restart: { firstMs: 100, longestMs: 400, giveUpAfter: 4 },
    memoryMb: null,
    ...change,
  }
}
