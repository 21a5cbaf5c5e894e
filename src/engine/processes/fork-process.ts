import { fork } from 'node:child_process'
import type { Readable } from 'node:stream'

/** A process that was started from one of our files, and talks with us in messages. */
export interface ForkedProcess {
  readonly pid: number | undefined
  readonly stdout: Readable | null
  readonly stderr: Readable | null
  /** Anything that a structured clone can hold. Lost when the process has ended. */
  send(message: unknown): void
  onMessage(listener: (message: unknown) => void): void
  /** Once; also when it could not be started (code null, signal null). */
  onExit(listener: (code: number | null, signal: string | null) => void): void
  /** Ends it at once, whatever it does (SIGKILL). */
  kill(): void
}

export interface ForkOptions {
  readonly args: readonly string[]
  readonly execArgv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
}

/** Starts a process that runs a file. Electron has its own way (utilityProcess), so each shell brings one. */
export type ForkProcess = (file: string, options: ForkOptions) => ForkedProcess

/** The way of plain Node. */
export const forkNodeProcess: ForkProcess = (file, { args, execArgv, env, cwd }) => {
  const child = fork(file, [...args], {
    execArgv: [...execArgv],
    env: { ...env },
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    ...(cwd === undefined ? {} : { cwd }),
  })
  let ended = false
  return {
    get pid() {
      return child.pid
    },
    stdout: child.stdout,
    stderr: child.stderr,
    send(message) {
      if (child.connected) child.send(message as object, () => {}) // an end is told by onExit
    },
    onMessage: (listener) => void child.on('message', listener),
    onExit(listener) {
      const tell = (code: number | null, signal: string | null) => {
        if (ended) return
        ended = true
        listener(code, signal)
      }
      child.once('exit', tell)
      child.once('error', () => {
        if (child.pid === undefined) tell(null, null)
      })
    },
    kill: () => void child.kill('SIGKILL'),
  }
}
