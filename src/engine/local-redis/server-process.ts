import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { readFile, readlink, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { logFileName, pidFileName } from './server-config.ts'

/**
 * Runs the server with a watcher beside it, so that it never outlives Sluice. The watcher waits on a pipe whose other
 * end only this process holds: however Sluice ends, even by kill -9, the system closes the pipe, and the watcher asks the
 * server to end (which it does with its data on disk). `exec` makes the server take the shell's place and its process id.
 */
const watched = '(read -r _; kill -TERM $$) <&3 >/dev/null 2>&1 & exec "$0" "$1" 3<&-'

/** A running server of ours. */
export interface ServerProcess {
  readonly pid: number
  readonly running: boolean
  /** Resolves when the process has ended, with how, in words. */
  readonly ended: Promise<string>
  kill(signal: 'SIGTERM' | 'SIGKILL'): void
}

/**
 * Starts the server in a session of its own, so that Ctrl-C in a terminal does not stop it before Sluice has drained.
 * Windows has no such shell: there a server left behind by a crash is ended at the next start.
 */
export function spawnServer(binary: string, configFile: string): ServerProcess {
  const child: ChildProcess =
    process.platform === 'win32'
      ? spawn(binary, [configFile], { stdio: 'ignore', windowsHide: true })
      : spawn('/bin/sh', ['-c', watched, binary, configFile], {
          stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
          detached: true,
        })
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => {
      child.stdio[3]?.destroy() // lets the watcher go
      resolve(signal === null ? `exit code ${code}` : `signal ${signal}`)
    })
  })
  return {
    pid: child.pid ?? 0,
    get running() {
      return child.pid !== undefined && child.exitCode === null && child.signalCode === null
    },
    ended,
    kill: (signal) => child.kill(signal),
  }
}

/** The number of the process that serves a folder, whoever started it; null when there is none. */
export async function findServerOf(folder: string): Promise<number | null> {
  const text = await readFile(join(folder, pidFileName), 'utf8').catch(() => '')
  const pid = Number(text.trim())
  if (!Number.isInteger(pid) || pid <= 1) return null
  // Process ids are used again: only a process that works in this very folder is a server of it.
  return (await workingFolder(pid)) === folder ? pid : null
}

async function workingFolder(pid: number): Promise<string | null> {
  try {
    if (process.platform === 'linux') return await readlink(`/proc/${pid}/cwd`)
    if (process.platform === 'win32') return null
    const { stdout } = await promisify(execFile)('lsof', ['-a', '-p', String(pid), '-d', 'cwd', '-Fn'])
    return /^n(.*)$/m.exec(stdout)?.[1] ?? null
  } catch {
    return null // it has ended, or is another user's
  }
}

const largestLog = 1_000_000

/** Begins a new log when the old one has grown large; keeps one old one. */
export async function turnLog(folder: string): Promise<void> {
  const path = join(folder, logFileName)
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  )
  if (size > largestLog) await rename(path, `${path}.1`)
}

/** The last thing the server warned of before it ended, without its time and process id; empty when there is none. */
export async function lastWarning(folder: string): Promise<string> {
  const text = await readFile(join(folder, logFileName), 'utf8').catch(() => '')
  const warnings = text.split('\n').filter((line) => / # /.test(line))
  return warnings.at(-1)?.replace(/^.*? # /, '') ?? ''
}
