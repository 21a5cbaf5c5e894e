import type { BrowserWindow, RenderProcessGoneDetails } from 'electron'

/** A page that ends so often within a minute would do so for ever. */
const atMost = 3
const minuteMs = 60_000

/** What is said and done when a window's process ended. */
export interface CrashSteps {
  /** Loads the page again. */
  reload(): void
  /** Says what happened; the window is there again. */
  tell(sentence: string): void
  /** It does not help to go on. */
  giveUp(sentence: string): void
}

/**
 * Brings a window back whose process ended: nothing else of Sluice was in it, so pools and actions go on meanwhile. No
 * dump is written: a dump holds what was in memory, passwords and payloads included.
 */
export function reviveWindow(window: BrowserWindow, steps: CrashSteps, now: () => number = Date.now): void {
  let ends: number[] = []
  window.webContents.on('render-process-gone', (_event, { reason }: RenderProcessGoneDetails) => {
    if (reason === 'clean-exit' || window.isDestroyed()) return
    ends = [...ends.filter((at) => now() - at < minuteMs), now()]
    if (ends.length > atMost) {
      steps.giveUp(`The window’s process ended ${ends.length} times within a minute (${reason}).`)
      return
    }
    steps.reload()
    steps.tell(`Its process ended (${reason}). Workers and actions went on meanwhile.`)
  })
}
