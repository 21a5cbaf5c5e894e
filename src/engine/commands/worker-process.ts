import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import type { WorkerCommand } from '../../domain/worker-command.ts'
import { endTree, signal } from './end-tree.ts'
import type { Invocation } from './expand-command.ts'
import { listProcesses, type ProcessEntry, treeOf } from './process-table.ts'

/** How a process ended; `problem` in a sentence when it could not even be started. */
export interface Ended {
  readonly code: number | null
  readonly signal: string | null
  readonly problem: string | null
}

/** One process of a worker command, with all that it starts. */
export interface WorkerProcess {
  /** 0 when it could not be started. */
  readonly pid: number
  readonly stdout: Readable | null
  readonly stderr: Readable | null
  /** Resolves when it has ended and what it wrote has been read; what it left behind has been ended too. */
  readonly ended: Promise<Ended>
  /** Asks it to finish what it has and end. Only the first call does anything: many take a second signal as "at once". */
  drain(): void
  /** Ends it and all that it started. */
  kill(): void
  /** What is below it now, as somebody saw: so that it can be found when its parent is gone. */
  saw(tree: readonly ProcessEntry[]): void
}

/**
 * Runs the worker with a watcher beside it, so that it does not go on unwatched: the watcher waits on a pipe whose other
 * end only Sluice holds. However Sluice ends, even by kill -9, the system closes the pipe; then the watcher asks the
 * worker to finish, waits as long as it may take, and kills what is left of its group. A line in the pipe says that the
 * worker has been asked already: no worker is asked twice. What the worker writes after Sluice has gone goes nowhere; a
 * program that ends when it cannot write ends then.
 *
 * No shell reads the command: `exec` gets its words as they are, and makes the worker take the shell's place and its
 * process id. The watcher is in the worker's group, so that this number cannot become another process' while it lives.
 */
const watched = [
  'name=$1; seconds=$2; shift 2',
  '(if read -r _; then read -r _; else kill -s "$name" $$; fi',
  'while [ "$seconds" -gt 0 ] && kill -0 $$; do sleep 1; seconds=$((seconds - 1)); done',
  'kill -s KILL 0) <&3 >/dev/null 2>&1 &',
  'exec "$@" 3<&-',
].join('\n')

/** How long what a process wrote may take to arrive after its end, when somebody else still holds its pipes. */
const lastWordsMs = 1000

/**
 * Starts a process in a session and group of its own. Windows has neither such a shell nor signals that ask: there
 * `drain` ends the process at once, and what Sluice leaves behind when it is killed is ended at the next start.
 */
export function startWorker(
  { program, args, folder, env }: Invocation,
  { drainSignal, drainMs }: Pick<WorkerCommand, 'drainSignal' | 'drainMs'>,
): WorkerProcess {
  const windows = process.platform === 'win32'
  const watch = [drainSignal.slice(3), String(Math.ceil(drainMs / 1000))]
  const child: ChildProcess = windows
    ? spawn(program, [...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true })
    : spawn('/bin/sh', ['-c', watched, 'sluice', ...watch, program, ...args], {
        cwd: folder,
        env,
        stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
        detached: true,
      })
  const pid = child.pid ?? 0
  const running = () => pid !== 0 && child.exitCode === null && child.signalCode === null
  const line = child.stdio[3] as Socket | null | undefined // a pipe both ways, as all that spawn makes beyond stderr
  line?.on('error', () => {}) // the watcher was killed with its group
  let tree: readonly ProcessEntry[] = []
  let drained = false

  const ended = new Promise<Ended>((resolve) => {
    child.once('error', (error) => {
      if (pid === 0) resolve({ code: null, signal: null, problem: `It could not be started: ${error.message}.` })
    })
    child.once('exit', (code, endSignal) => {
      const closed = new Promise<void>((done) => child.once('close', () => done()))
      void endTree(pid, tree, false).then(async () => {
        line?.destroy()
        const late = setTimeout(() => {
          child.stdout?.destroy()
          child.stderr?.destroy()
        }, lastWordsMs)
        await closed
        clearTimeout(late)
        resolve({ code, signal: endSignal, problem: null })
      })
    })
  })

  async function ask(): Promise<void> {
    if (windows) return endTree(pid, tree)
    // Nobody looked yet: what it started is noted before it can end.
    if (tree.length === 0) tree = treeOf(await listProcesses().catch(() => new Map()), pid)
    if (!running()) return
    line?.write('\n')
    signal(pid, drainSignal)
  }

  return {
    pid,
    stdout: child.stdout,
    stderr: child.stderr,
    ended,
    drain() {
      if (drained || !running()) return
      drained = true
      void ask()
    },
    kill() {
      if (running()) void endTree(pid, tree)
    },
    saw(entries) {
      tree = entries
    },
  }
}
