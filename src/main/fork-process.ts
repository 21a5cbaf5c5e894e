import { utilityProcess } from 'electron'
import type { ForkedProcess, ForkProcess } from '../engine/processes/fork-process.ts'

/**
 * The way of Electron, whose binary is no Node once it is packaged. As seen with Electron 33:
 * - The program may be an ES module and import as it likes, tsx included.
 * - Of `execArgv` nothing reaches V8 or Node. V8's flags go by Chromium's `--js-flags`, Node's by NODE_OPTIONS, which a
 *   packaged app may be built to ignore; so nothing may depend on these.
 * - There is no pid before `spawn`, and what was sent before waits for the program to listen.
 * - `exit` tells of one number: an exit code, or the number of the signal that ended it. A handler that exits with one
 *   of these numbers by itself is told as killed.
 * - `kill` is SIGTERM, which a thread that never lets go does not heed.
 */
export const forkUtilityProcess: ForkProcess = (file, { args, execArgv, env, cwd }): ForkedProcess => {
  const isForV8 = (option: string) => option.startsWith('--max-')
  const nodeOptions = [env.NODE_OPTIONS, ...execArgv.filter((option) => !isForV8(option))]
  const child = utilityProcess.fork(file, [...args], {
    execArgv: [`--js-flags=${execArgv.filter(isForV8).join(' ')}`],
    env: { ...env, NODE_OPTIONS: nodeOptions.filter((option) => option !== undefined).join(' ') },
    stdio: 'pipe',
    serviceName: 'Sluice handler',
    ...(cwd === undefined ? {} : { cwd }),
  })
  let pid: number | undefined
  let isDoomed = false
  let hasEnded = false
  const kill = () => {
    if (pid !== undefined && !hasEnded) process.kill(pid, 'SIGKILL')
  }
  child.once('spawn', () => {
    pid = child.pid
    if (isDoomed) kill()
  })
  child.once('exit', () => {
    hasEnded = true
  })
  child.on('error', () => {}) // V8 gives up: it has told stderr, and `exit` follows; unheard, this would end the app
  return {
    get pid() {
      return pid
    },
    stdout: child.stdout as ForkedProcess['stdout'],
    stderr: child.stderr as ForkedProcess['stderr'],
    send(message) {
      if (!hasEnded) child.postMessage(message)
    },
    onMessage: (listener) => void child.on('message', listener),
    onExit(listener) {
      child.once('exit', (code) => {
        const signal = process.platform === 'win32' ? undefined : signals.get(code)
        if (signal === undefined) listener(code, null)
        else listener(null, signal)
      })
    },
    kill() {
      isDoomed = true
      try {
        kill()
      } catch {
        // It ended by itself, and `exit` has not been told yet.
      }
    },
  }
}

/** The signals by which most processes end that did not choose to; smaller numbers are more often exit codes. */
const signals = new Map([
  [6, 'SIGABRT'],
  [9, 'SIGKILL'],
  [11, 'SIGSEGV'],
  [15, 'SIGTERM'],
])
