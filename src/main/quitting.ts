import { app, type BrowserWindow, dialog, type MessageBoxOptions, powerMonitor } from 'electron'
import type { Engine } from '../engine/engine.ts'

/** How long quitting waits for jobs when nobody was asked, or said to return them. What is cut then goes back. */
const shortMs = 10_000
/** How long it waits for jobs that somebody wants to see finished. */
const longMs = 600_000
/** What closing takes besides: the last answers of Redis, the journal, the private server. */
const marginMs = 10_000
/** How long it waits for a start that is under way. */
const startMs = 20_000
/** How long a question waits for its window to appear. */
const windowMs = 5000

interface Running {
  readonly engine: Engine
  readonly release: () => void
}

/**
 * Holds quitting back until the pools have drained and the private Redis has stopped, once and not for ever. Asks first
 * when jobs run, unless the computer or a signal ends the app: then nobody is there to answer, and a question that is
 * open already, or a wait for the last jobs, is cut short. Whoever quits once more during that wait is asked again.
 * `show` makes sure that there is a window and returns it.
 */
export function quitCleanly(starting: Promise<Running>, show: () => BrowserWindow): void {
  let state: 'running' | 'asking' | 'finishing' | 'closing' | 'closed' = 'running'
  let asksAgain = false
  let hurry = () => {}
  const unasked = new AbortController()
  unasked.signal.addEventListener('abort', () => hurry())
  powerMonitor.on('shutdown', () => unasked.abort())
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      unasked.abort()
      app.quit()
    })
  }

  async function quit(): Promise<void> {
    const running = await Promise.race([starting, after(startMs)])
    if (running === null) throw new Error('The start did not end.')
    const { jobs, processes } = running.engine.atWork()
    const answer = jobs + processes > 0 ? await ask(whatToDo(jobs, processes), show, unasked.signal) : null
    if (answer === 2) {
      state = 'running'
      return
    }
    await close(running, answer === 0)
    state = 'closed'
    app.quit()
  }

  async function close({ engine, release }: Running, finish: boolean): Promise<void> {
    state = finish ? 'finishing' : 'closing'
    await new Promise<void>((resolve) => {
      let limit: NodeJS.Timeout | undefined
      const closeWithin = (graceMs: number) => {
        clearTimeout(limit)
        limit = setTimeout(resolve, graceMs + marginMs)
        return engine.close(graceMs).catch((error) => console.error('closing failed:', error))
      }
      hurry = () => {
        if (state !== 'finishing') return
        state = 'closing'
        void closeWithin(shortMs)
      }
      void closeWithin(finish ? longMs : shortMs).then(resolve)
    })
    release()
  }

  async function askAgain(): Promise<void> {
    if (asksAgain) return
    asksAgain = true
    const { engine } = await starting
    const { jobs, processes } = engine.atWork()
    if ((await ask(stillAtWork(jobs, processes), show, unasked.signal)) === 1) hurry()
    asksAgain = false
  }

  app.on('before-quit', (event) => {
    if (state === 'closed') return
    event.preventDefault()
    if (state === 'finishing' && !unasked.signal.aborted) {
      void askAgain()
      return
    }
    if (state !== 'running') return
    state = 'asking'
    quit().catch((error) => {
      console.error('quitting failed:', error) // what went wrong at the start was told
      app.exit(1)
    })
  })
}

/**
 * The number of the button; null when nobody is there to answer, or nobody could be asked. It belongs to a window: on
 * macOS a question without one would stop everything, the signs of life of the workers too, until it is answered.
 */
async function ask(
  question: MessageBoxOptions,
  show: () => BrowserWindow,
  signal: AbortSignal,
): Promise<number | null> {
  if (signal.aborted) return null
  const nobody = new Promise<null>((resolve) => signal.addEventListener('abort', () => resolve(null), { once: true }))
  const answer = async () => {
    const window = show()
    const shown = new Promise<void>((resolve) => window.once('show', () => resolve()))
    if (!window.isVisible()) await Promise.race([shown, after(windowMs)])
    const { response } = await dialog.showMessageBox(window, { ...question, signal })
    return signal.aborted ? null : response
  }
  return Promise.race([
    nobody,
    answer().catch((error) => {
      console.error('nobody could be asked:', error)
      return null
    }),
  ])
}

function whatToDo(jobs: number, processes: number): MessageBoxOptions {
  return {
    type: 'question',
    message: `${atWork(jobs, processes)} at work.`,
    detail: 'Nothing is lost either way: what does not finish goes back to its queue and runs again later.',
    buttons: ['Finish them, then quit', 'Return them and quit', 'Stay'],
    defaultId: 0,
    cancelId: 2,
  }
}

function stillAtWork(jobs: number, processes: number): MessageBoxOptions {
  return {
    type: 'question',
    message: `${atWork(jobs, processes) || 'The last things are'} still at work. Sluice ends when that is done.`,
    detail: 'Nothing is lost either way: what does not finish goes back to its queue and runs again later.',
    buttons: ['Keep waiting', 'Return them and quit'],
    defaultId: 0,
    cancelId: 0,
  }
}

function atWork(jobs: number, processes: number): string {
  return [some(jobs, 'job', 'jobs'), some(processes, 'worker process', 'worker processes')]
    .filter(Boolean)
    .join(' and ')
}

function some(count: number, one: string, many: string): string {
  if (count === 0) return ''
  return count === 1 ? `1 ${one}` : `${count} ${many}`
}

function after(ms: number): Promise<null> {
  return new Promise((resolve) => setTimeout(() => resolve(null), ms).unref())
}
