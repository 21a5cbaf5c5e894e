import { Worker } from 'node:worker_threads'
import type { FromRunner, ToRunner } from './messages.ts'

/** The way from a handler process to Sluice: Electron's for a utility process, else that of a forked Node. */
export interface RunnerPort {
  send(message: FromRunner): void
  onMessage(listener: (message: ToRunner) => void): void
  /** Ends this process, after what was sent has left it. */
  exit(code: number): void
}

interface ElectronPort {
  postMessage(message: unknown): void
  on(event: 'message', listener: (event: { data: unknown }) => void): void
}

/** Messages of a utility process leave it on a thread of their own. */
const leaveMs = 50
const lookEveryMs = 2000

export function openRunnerPort(): RunnerPort {
  // A process knows which it is at its start; later its global may have been replaced by the handler's code.
  const { parentPort } = process as unknown as { parentPort?: ElectronPort | null }
  const exit = process.exit.bind(process)
  if (parentPort) {
    return {
      send: (message) => parentPort.postMessage(message),
      onMessage: (listener) => parentPort.on('message', ({ data }) => listener(data as ToRunner)),
      exit: (code) => void setTimeout(exit, leaveMs, code),
    }
  }
  const send = process.send?.bind(process)
  if (send === undefined) throw new Error('This program is started by Sluice, to run a handler.')
  let open = 0
  let last: number | null = null
  const leave = () => {
    if (open === 0 && last !== null) exit(last)
  }
  process.on('disconnect', () => exit(0)) // Sluice is gone
  const parent = process.ppid
  return {
    send(message) {
      open++
      send(message, undefined, undefined, () => {
        open--
        leave()
      })
    },
    onMessage(listener) {
      process.on('message', (message) => listener(message as ToRunner))
      endWithParent(parent)
    },
    exit(code) {
      last = code
      leave()
    },
  }
}

/**
 * Code that never lets go of its thread would not hear that Sluice was killed, and run for ever. So another thread looks
 * now and then. Windows does not tell a process that its parent has gone; a utility process is ended by Chromium.
 */
function endWithParent(parent: number): void {
  if (process.platform === 'win32') return
  // A wait instead of a timer: a thread that turns an event loop costs twenty idle processes some per cent of a core.
  const look = `
    const never = new Int32Array(new SharedArrayBuffer(4))
    while (process.ppid === ${parent}) Atomics.wait(never, 0, 0, ${lookEveryMs})
    process.kill(process.pid, 'SIGKILL')`
  const options = { eval: true, stdin: false, resourceLimits: { maxOldGenerationSizeMb: 8, stackSizeMb: 1 } }
  const worker = new Worker(look, options)
  worker.on('error', () => {}) // without it, all else works
  worker.unref()
}
