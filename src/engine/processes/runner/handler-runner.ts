import { JobRun, messageOf } from './job-run.ts'
import { loadHandler } from './load-handler.ts'
import type { ToRunner } from './messages.ts'
import { openRunnerPort } from './runner-port.ts'
import { LoadProblem } from './syntax-problem.ts'
import type { Handle, HandlerTarget } from './target.ts'

/*
 * The program of a handler process: loads one handler and runs the jobs that Sluice sends. It imports next to nothing,
 * because each process pays for that at its start.
 */

const emptyBytes = process.memoryUsage.rss()
const port = openRunnerPort()
const runs = new Map<number, JobRun>()

/** Which job it was cannot be known, so the process ends, and all of its jobs with it. */
function crash(what: string, error: unknown): void {
  console.error(error)
  port.send({ kind: 'crash', message: `${what}: ${messageOf(error)}` })
  port.exit(1)
}
process.on('uncaughtException', (error) => crash('Nobody caught an error', error))
process.on('unhandledRejection', (reason) => crash('Nobody caught the rejection of a promise', reason))

function obey(handle: Handle, message: ToRunner): void {
  switch (message.kind) {
    case 'job': {
      const run = new JobRun(message.run, message.job, port.send)
      runs.set(message.run, run)
      void run.do(handle).then(() => runs.delete(message.run))
      break
    }
    case 'abort':
      runs.get(message.run)?.abort(message.reason)
      break
    case 'end':
      port.exit(0)
  }
}

try {
  const handle = await loadHandler(JSON.parse(process.argv[2] ?? '') as HandlerTarget)
  port.onMessage((message) => obey(handle, message))
  port.send({ kind: 'ready', emptyBytes })
} catch (error) {
  const isKnown = error instanceof LoadProblem
  port.send({
    kind: 'unloadable',
    message: isKnown ? error.message : `It failed while it loaded: ${messageOf(error)}`,
    stack: error instanceof Error && !isKnown ? (error.stack ?? null) : null,
  })
  port.exit(1)
}
