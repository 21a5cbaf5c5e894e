import { existsSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from '@playwright/test'
import type { RunningApp, ShellName } from '../e2e/fixtures.ts'
import { launchChromium, openBrowserShell, openPage, startConsole } from '../e2e/shells/browser-shell.ts'
import { makeDataFolder } from '../e2e/shells/data-folder.ts'
import { openElectronShell } from '../e2e/shells/electron-shell.ts'
import { ensureBuild } from '../scripts/build.mjs'
import { arrangeE2e } from '../scripts/e2e-runtime/arrange.mjs'
import { startRedis, type TestRedis } from '../test/redis.ts'
import { median, type Report } from './report.ts'

const perSecond = 10_000
const floodMs = 8_000
const quietMs = 3_000
const requests = 200
const starts = 3
/** Floods, of which each figure is the median: the machine has other work, too. */
const floods = 3

const hashOf = (n: number) => `req_${String(n % requests).padStart(4, '0')}`

function bodyOf(n: number): string {
  const progress = Math.floor(n / requests) % 100
  return `{"hash":"${hashOf(n)}","service_slug":"credit-score-rating","status":"processing","step":"captcha_solving","progress":${progress},"current_message":"حل کپچا... ${n}","estimated_duration":150,"request_data":{"n":${n}},"otp_data":{},"user_id":${n % requests},"started_at":"2026-01-01T12:00:00Z"}`
}

/** Publishes at a steady pace, catching up when it was held up; returns the rate that was reached. */
async function publish({ client }: TestRedis): Promise<number> {
  const began = performance.now()
  let sent = 0
  for (let at = 0; at < floodMs; at = performance.now() - began) {
    const due = Math.floor((at / 1000) * perSecond)
    const batch = client.pipeline()
    for (; sent < due; sent++) batch.publish(`local_request_updates:${hashOf(sent)}`, bodyOf(sent))
    await batch.exec()
    await sleep(5)
  }
  return sent / ((performance.now() - began) / 1000)
}

/** A way to ask for the longest block of the main process, in ms, since it was asked last. */
type LongestBlock = () => Promise<number>

/** In Electron by Playwright's line to the main process. */
async function watchElectron(app: NonNullable<RunningApp['electron']>): Promise<LongestBlock> {
  const delay = await app.evaluateHandle(() => {
    const watched = process.getBuiltinModule('node:perf_hooks').monitorEventLoopDelay({ resolution: 1 })
    watched.enable()
    return watched
  })
  return () =>
    delay.evaluate((watched) => {
      const longest = watched.max / 1e6
      watched.reset()
      return longest
    })
}

const loopFile = join(tmpdir(), `sluice-bench-loop-${process.pid}`)
const loopWatcher = join(import.meta.dirname, 'watch-loop.cjs')

/** Opens the browser shell with a program in its server that watches the event loop. */
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
  const pid = Number(readFileSync(`${loopFile}.pid`, 'utf8'))
  return async () => {
    rmSync(loopFile, { force: true })
    process.kill(pid, 'SIGUSR2')
    while (!existsSync(loopFile) || readFileSync(loopFile, 'utf8') === '') await sleep(5)
    return Number(readFileSync(loopFile, 'utf8'))
  }
}

interface Seen {
  framesPerSecond: number
  /** The longest time between two frames, in ms. */
  longestFrame: number
  /** What the screen said of the rate of updates, once a second. */
  updates: number[]
}

interface Measured extends Seen {
  /** The longest block of the main process, in ms. */
  block: number
  /** What was published a second. */
  rate: number
}

/**
 * Counts the frames of the page for a while, and reads the rate that it shows. What runs in the page names no function
 * of its own: tsx would have it call a helper that the page lacks.
 */
function watchPage(page: Page, forMs: number): Promise<Seen> {
  return page.evaluate(async (lasts) => {
    const began = await new Promise<number>((resolve) => requestAnimationFrame(resolve))
    const updates: number[] = []
    let [frames, longestFrame, last, read] = [0, 0, began, began]
    while (last - began < lasts) {
      const now = await new Promise<number>((resolve) => requestAnimationFrame(resolve))
      frames++
      longestFrame = Math.max(longestFrame, now - last)
      last = now
      if (now - read < 1000) continue
      read = now
      const words = document.querySelector('[title^="Messages that were published"]')?.textContent ?? ''
      const [, count, thousand] = /([\d.,]+)(k?)updates/.exec(words) ?? []
      updates.push(Number(count?.replaceAll(',', '')) * (thousand ? 1000 : 1))
    }
    return { framesPerSecond: frames / ((last - began) / 1000), longestFrame, updates }
  }, forMs)
}

/** Adds a connection as a person does, and leaves it open; resolves with its id. */
async function connect(page: Page, url: string): Promise<string> {
  const sidebar = page.getByRole('navigation', { name: 'Sections' })
  await sidebar.getByRole('button', { name: 'Add a connection' }).click()
  const form = page.getByRole('dialog', { name: 'Add a connection' })
  await form.getByLabel('Name').fill('Bench')
  await form.getByRole('textbox', { name: /^URL/ }).fill(url)
  await form.getByRole('button', { name: 'Save and open' }).click()
  const entry = sidebar.getByRole('link', { name: 'Bench' })
  await entry.getByRole('img', { name: 'Connected' }).waitFor()
  return decodeURIComponent((await entry.getAttribute('href'))?.split('/')[2] ?? '')
}

async function goTo(page: Page, route: string): Promise<void> {
  await page.evaluate((hash) => {
    location.hash = hash
  }, route)
}

async function measureFlood(report: Report, app: RunningApp, redis: TestRedis): Promise<void> {
  const { page, shell } = app
  const longestBlock = app.electron === null ? watchServer() : await watchElectron(app.electron)
  const id = await connect(page, redis.url)
  await goTo(page, `/c/${id}/requests`)
  const rows = page.getByRole('grid', { name: 'Requests' }).getByRole('row')
  await rows.nth(10).waitFor()

  const quiet: Measured[] = []
  const flooded: Measured[] = []
  for (let i = 0; i < floods; i++) {
    await longestBlock()
    quiet.push({ ...(await watchPage(page, quietMs)), block: await longestBlock(), rate: 0 })
    const [rate, seen] = await Promise.all([publish(redis), watchPage(page, floodMs)])
    flooded.push({ ...seen, block: await longestBlock(), rate })
  }

  const of = `${perSecond.toLocaleString('en')} updates/s in ${shell}`
  const peer = 'the same without updates'
  const add = (metric: string, unit: string, figure: (measured: Measured) => number, compared = true) => {
    const value = median(flooded.map(figure))
    report.add({
      case: of,
      metric,
      value,
      unit,
      ...(compared ? { peer, ratio: value / median(quiet.map(figure)) } : {}),
    })
  }
  add('published', '/s', ({ rate }) => rate, false)
  add('received', '/s', ({ updates }) => median(updates.slice(2)), false)
  add('frames', '/s', ({ framesPerSecond }) => framesPerSecond)
  add('longest frame', 'ms', ({ longestFrame }) => longestFrame)
  add('longest block of main', 'ms', ({ block }) => block)
}

/**
 * Warm starts, with the connection of before: from the start of the process to the first row with a queue. The browser
 * is one that runs already, as an operator's does.
 */
async function measureStart(report: Report, shell: ShellName, folder: string): Promise<void> {
  const browser = shell === 'browser' ? await launchChromium() : null
  const times: number[] = []
  for (let i = 0; i < starts; i++) {
    const began = performance.now()
    const app = browser ? await openPage(browser, await startConsole(folder)) : await openElectronShell(folder)
    await goTo(app.page, '/overview')
    await app.page.getByRole('row').filter({ hasText: 'letters' }).first().waitFor()
    times.push(performance.now() - began)
    await app.close()
  }
  await browser?.close()
  report.add({ case: `window in ${shell}`, metric: 'usable, warm', value: median(times), unit: 'ms' })
}

/** What the window does under a flood of progress updates, and how soon it is usable; in each shell that can be had. */
export async function flood(report: Report): Promise<void> {
  ensureBuild()
  const arrangement = await arrangeE2e()
  Object.assign(process.env, arrangement.env)
  try {
    for (const shell of ['electron', 'browser'] as const) {
      const reason = arrangement.skipped[shell]
      if (reason === undefined) await inShell(report, shell)
      else process.stderr.write(`The window is not measured in ${shell}: ${reason}.\n`)
    }
  } finally {
    arrangement.end()
  }
}

async function inShell(report: Report, shell: ShellName): Promise<void> {
  const redis = await startRedis()
  const folder = makeDataFolder()
  try {
    const fill = redis.client.pipeline()
    for (let n = 0; n < requests; n++) {
      fill.setex(`local_request:${hashOf(n)}`, 1800, bodyOf(n)).lpush('local_requests_list', hashOf(n))
    }
    await fill.rpush('queue:letters', '{"id":"a"}').exec()
    const app = await (shell === 'electron' ? openElectronShell(folder) : openWatchedServer(folder))
    try {
      await measureFlood(report, app, redis)
    } finally {
      await app.close()
    }
    await measureStart(report, shell, folder)
  } finally {
    await redis.stop()
    rmSync(folder, { recursive: true, force: true })
    for (const file of [loopFile, `${loopFile}.pid`]) rmSync(file, { force: true })
  }
}
