import { buildProgram, type ProgramProcess } from '../bundled-program.ts'
import type { RunnerOptions } from './runner-options.ts'

/** The runner, ready to be started. */
export interface RunnerProgram {
  start(options: RunnerOptions): WorkerProcess
  /** Kills what still runs, and removes the file. */
  close(): void
}

/** How a process ended: by itself with a code, or by a signal. */
export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface WorkerProcess {
  /** Resolves once it works; rejects when it ends before that. */
  readonly ready: Promise<void>
  readonly exit: Promise<Exit>
  readonly isReady: boolean
  readonly hasExited: boolean
  signal(signal: NodeJS.Signals): void
}

/** Builds the runner; about a quarter of a second. */
export async function buildRunner(): Promise<RunnerProgram> {
  const program = await buildProgram('test/chaos/runner.ts')
  return {
    start: (options) => watch(program.start(options)),
    close: () => program.close(),
  }
}

function watch(child: ProgramProcess): WorkerProcess {
  let isReady = false
  const exit = new Promise<Exit>((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })))
  const ready = new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => {
      isReady = true
      resolve()
    })
    exit.then(({ code, signal }) => reject(new Error(`the worker process ended with ${signal ?? code}`)))
  })
  ready.catch(() => {}) // whoever waits for it hears of it; a test that only waits for the end need not
  return {
    ready,
    exit,
    get isReady() {
      return isReady
    },
    get hasExited() {
      return child.exitCode !== null || child.signalCode !== null
    },
    signal: (signal) => void child.kill(signal),
  }
}
