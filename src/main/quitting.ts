import { app, dialog, powerMonitor } from 'electron'
import type { Engine } from '../engine/engine.ts'

/** How long quitting waits for jobs when nobody was asked, or said to return them. What is cut then goes back. */
const shortMs = 10_000
/** How long it waits for jobs that somebody wants to see finished. */
const longMs = 600_000
/** What closing takes besides: the last answers of Redis, the journal, the private server. */
const marginMs = 10_000

interface Running {
  readonly engine: Engine
  readonly release: () => void
}

/**
 * Holds quitting back until the pools have drained and the private Redis has stopped, once and not for ever. Asks first
 * when jobs run, unless the computer or a signal ends the app: then nobody is there to answer.
 */
export function quitCleanly(starting: Promise<Running>): void {
  let state: 'running' | 'asking' | 'closing' | 'closed' = 'running'
  let asks = true
  const unasked = () => {
    asks = false
  }
  powerMonitor.on('shutdown', unasked)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      unasked()
      app.quit()
    })
  }

  async function close({ engine, release }: Running, graceMs: number): Promise<void> {
    state = 'closing'
    const limit = new Promise((resolve) => setTimeout(resolve, graceMs + marginMs))
    await Promise.race([engine.close(graceMs), limit])
    release()
  }

  async function quit(): Promise<void> {
    const running = await starting
    const { jobs, processes } = running.engine.atWork()
    const answer = asks && jobs + processes > 0 ? await ask(jobs, processes) : 'return'
    if (answer === 'stay') {
      state = 'running'
      return
    }
    await close(running, answer === 'finish' ? longMs : shortMs).catch((error) => {
      console.error('closing failed:', error)
    })
    state = 'closed'
    app.quit()
  }

  app.on('before-quit', (event) => {
    if (state === 'closed') return
    event.preventDefault()
    if (state !== 'running') return
    state = 'asking'
    quit().catch(() => app.exit(1)) // what went wrong at the start was told
  })
}

async function ask(jobs: number, processes: number): Promise<'finish' | 'return' | 'stay'> {
  const answers = ['finish', 'return', 'stay'] as const
  const { response } = await dialog.showMessageBox({
    type: 'question',
    message: `${[some(jobs, 'job'), some(processes, 'worker process')].filter(Boolean).join(' and ')} at work.`,
    detail: 'Nothing is lost either way: what does not finish goes back to its queue and runs again later.',
    buttons: ['Finish them, then quit', 'Return them and quit', 'Stay'],
    defaultId: 0,
    cancelId: 2,
  })
  return answers[response] ?? 'stay'
}

function some(count: number, name: string): string {
  if (count === 0) return ''
  return count === 1 ? `1 ${name}` : `${count} ${name.endsWith('s') ? `${name}es` : `${name}s`}`
}
