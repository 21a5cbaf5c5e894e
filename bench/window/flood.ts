import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from '@playwright/test'
import { addConnection, goTo } from '../../e2e/console.ts'
import type { ShellName } from '../../e2e/fixtures.ts'
import { launchChromium, openPage, startConsole } from '../../e2e/shells/browser-shell.ts'
import { openElectronShell } from '../../e2e/shells/electron-shell.ts'
import type { TestRedis } from '../../test/redis.ts'
import { median, type Report } from '../report.ts'
import { type Frames, inEachShell, type WatchedWindow, watchFrames, withRedis, withWindow } from './watched-window.ts'

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

interface Measured extends Frames {
  /** What the screen said of the rate of updates, once a second. */
  updates: number[]
  /** The longest block of the main process, in ms. */
  block: number
  /** What was published a second. */
  rate: number
}

/** The rate of updates that the screen shows. */
const shownRate = '[title^="Messages that were published"]'

async function watchPage(page: Page, forMs: number) {
  const frames = await watchFrames(page, forMs, shownRate)
  const updates = frames.words.map((words) => {
    const [, count, thousand] = /([\d.,]+)(k?)updates/.exec(words) ?? []
    return Number(count?.replaceAll(',', '')) * (thousand ? 1000 : 1)
  })
  return { ...frames, updates }
}

async function measureFlood(report: Report, { app, longestBlock }: WatchedWindow, redis: TestRedis): Promise<void> {
  const { page, shell } = app
  const id = await addConnection(page, { name: 'Bench', url: redis.url })
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
export function flood(report: Report): Promise<void> {
  return inEachShell((shell) =>
    withRedis(async (redis, folder) => {
      const fill = redis.client.pipeline()
      for (let n = 0; n < requests; n++) {
        fill.setex(`local_request:${hashOf(n)}`, 1800, bodyOf(n)).lpush('local_requests_list', hashOf(n))
      }
      await fill.rpush('queue:letters', '{"id":"a"}').exec()
      await withWindow(shell, folder, (window) => measureFlood(report, window, redis))
      await measureStart(report, shell, folder)
    }),
  )
}
