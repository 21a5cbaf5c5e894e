import { existsSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from '@playwright/test'
import type { RunningApp, ShellName } from '../../e2e/fixtures.ts'
import { openBrowserShell } from '../../e2e/shells/browser-shell.ts'
import { makeDataFolder } from '../../e2e/shells/data-folder.ts'
import { openElectronShell } from '../../e2e/shells/electron-shell.ts'
import { ensureBuild } from '../../scripts/build.mjs'
import { arrangeE2e } from '../../scripts/e2e-runtime/arrange.mjs'
import { startRedis, type TestRedis } from '../../test/redis.ts'

/**
 * A way to ask for the longest block of the main process, in ms, since it was asked last. The first time begins to watch:
 * what watches costs a tenth of a core itself.
 */
export type LongestBlock = () => Promise<number>

/** The app in one shell, on a Redis of its own. */
export interface WatchedWindow {
  readonly app: RunningApp
  readonly folder: string
  readonly longestBlock: LongestBlock
}

const loopFile = join(tmpdir(), `sluice-bench-loop-${process.pid}`)
const loopWatcher = join(import.meta.dirname, 'watch-loop.cjs')

/** Runs a measurement in each shell that can be had; says which cannot, and why. */
export async function inEachShell(measure: (shell: ShellName) => Promise<void>): Promise<void> {
  ensureBuild()
  const arrangement = await arrangeE2e()
  Object.assign(process.env, arrangement.env)
  try {
    for (const shell of ['electron', 'browser'] as const) {
      const reason = arrangement.skipped[shell]
      if (reason === undefined) await measure(shell)
      else process.stderr.write(`The window is not measured in ${shell}: ${reason}.\n`)
    }
  } finally {
    arrangement.end()
  }
}

/** A Redis and a data folder for a measurement, gone after it. */
export async function withRedis(work: (redis: TestRedis, folder: string) => Promise<void>): Promise<void> {
  const redis = await startRedis()
  const folder = makeDataFolder()
  try {
    await work(redis, folder)
  } finally {
    await redis.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Opens the app in a shell, ready to have the event loop of its main process watched, until `work` ends. */
export async function withWindow(
  shell: ShellName,
  folder: string,
  work: (window: WatchedWindow) => Promise<void>,
): Promise<void> {
  const app = await (shell === 'electron' ? openElectronShell(folder) : openWatchedServer(folder))
  try {
    const longestBlock = app.electron === null ? watchServer() : watchElectron(app.electron)
    await work({ app, folder, longestBlock })
  } finally {
    await app.close()
    for (const file of [loopFile, `${loopFile}.pid`]) rmSync(file, { force: true })
  }
}

/** In Electron by Playwright's line to the main process. */
function watchElectron(app: NonNullable<RunningApp['electron']>): LongestBlock {
  const begin = () =>
    app.evaluateHandle(() => {
      const watched = process.getBuiltinModule('node:perf_hooks').monitorEventLoopDelay({ resolution: 1 })
      watched.enable()
      return watched
    })
  let begun: ReturnType<typeof begin> | undefined
  return async () => {
    begun ??= begin()
    return (await begun).evaluate((watched) => {
      const longest = watched.max / 1e6
      watched.reset()
      return longest
    })
  }
}

/** Opens the browser shell with a program in its server that can watch the event loop. */
async function openWatchedServer(folder: string): Promise<RunningApp> {
  Object.assign(process.env, { NODE_OPTIONS: `--require="${loopWatcher}"`, SLUICE_BENCH_LOOP: loopFile })
  try {
    return await openBrowserShell(folder)
  } finally {
    delete process.env.NODE_OPTIONS
    delete process.env.SLUICE_BENCH_LOOP
  }
}

function watchServer(): LongestBlock {
  const pid = serverPid()
  return async () => {
    rmSync(loopFile, { force: true })
    process.kill(pid, 'SIGUSR2')
    while (!existsSync(loopFile) || readFileSync(loopFile, 'utf8') === '') await sleep(5)
    return Number(readFileSync(loopFile, 'utf8'))
  }
}

/** The process of the watched server. */
export function serverPid(): number {
  return Number(readFileSync(`${loopFile}.pid`, 'utf8'))
}

export interface Frames {
  framesPerSecond: number
  /** The longest time between two frames, in ms. */
  longestFrame: number
  /** What stood there once a second, of the element asked for. */
  words: string[]
}

/**
 * Counts the frames of the page for a while, and reads the words of an element once a second. What runs in the page names
 * no function of its own: tsx would have it call a helper that the page lacks.
 */
export function watchFrames(page: Page, forMs: number, selector = 'title'): Promise<Frames> {
  return page.evaluate(
    async ({ lasts, wanted }) => {
      const began = await new Promise<number>((resolve) => requestAnimationFrame(resolve))
      const words: string[] = []
      let [frames, longestFrame, last, read] = [0, 0, began, began]
      while (last - began < lasts) {
        const now = await new Promise<number>((resolve) => requestAnimationFrame(resolve))
        frames++
        longestFrame = Math.max(longestFrame, now - last)
        last = now
        if (now - read < 1000) continue
        read = now
        words.push(document.querySelector(wanted)?.textContent ?? '')
      }
      return { framesPerSecond: frames / ((last - began) / 1000), longestFrame, words }
    },
    { lasts: forMs, wanted: selector },
  )
}
