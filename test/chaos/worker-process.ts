import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import type { RunnerOptions } from './runner-options.ts'

/** The runner as one file, which starts several times faster than its many modules do. */
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

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Builds the runner; about a quarter of a second. */
export async function buildRunner(): Promise<RunnerProgram> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-chaos-'))
  await build({
    configFile: false,
    logLevel: 'error',
    root,
    ssr: { noExternal: true },
    build: {
      ssr: 'test/chaos/runner.ts',
      outDir: folder,
      target: 'node20',
      minify: false,
      rollupOptions: { output: { entryFileNames: 'runner.mjs' } },
    },
  })
  const running = new Set<ChildProcess>()
  return {
    start(options) {
      const args = [join(folder, 'runner.mjs'), JSON.stringify(options)]
      const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
      running.add(child)
      child.once('exit', () => running.delete(child))
      return watch(child)
    },
    close() {
      for (const child of running) child.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function watch(child: ChildProcess): WorkerProcess {
  let isReady = false
  const exit = new Promise<Exit>((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })))
  const ready = new Promise<void>((resolve, reject) => {
    child.stdout?.once('data', () => {
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
