import { addConnection, goTo } from '../../e2e/console.ts'
import { seedDead } from '../operations/seed.ts'
import { letters } from '../operations/sizes.ts'
import type { Report } from '../report.ts'
import { inEachShell, watchFrames, withRedis, withWindow } from './watched-window.ts'

const quietMs = 3_000
const busyMs = 8_000

/** What the window does while all dead letters are read and grouped by cause, beside the same screen at rest. */
export function survey(report: Report): Promise<void> {
  return inEachShell((shell) =>
    withRedis(async (redis, folder) => {
      await seedDead(redis.client, letters)
      await withWindow(shell, folder, async ({ app: { page }, longestBlock }) => {
        const id = await addConnection(page, { name: 'Bench', url: redis.url })
        await goTo(page, `/c/${id}/failures`)
        const stop = page.getByRole('button', { name: 'Stop reading' })
        await stop.waitFor()
        await longestBlock()
        const busy = { ...(await watchFrames(page, busyMs)), block: await longestBlock() }
        const wasRunning = await stop.isVisible()
        if (wasRunning) await stop.click()
        await page.getByRole('button', { name: 'Read the failures again' }).waitFor()
        await longestBlock()
        const quiet = { ...(await watchFrames(page, quietMs)), block: await longestBlock() }
        if (!wasRunning)
          process.stderr.write('The survey ended before the frames were counted: set BENCH_LETTERS higher.\n')
        const of = `${letters.toLocaleString('en')} dead letters grouped in ${shell}`
        const peer = 'the same screen at rest'
        const add = (metric: string, unit: string, figure: (seen: typeof busy) => number) =>
          report.add({ case: of, metric, value: figure(busy), unit, peer, ratio: figure(busy) / figure(quiet) })
        add('frames', '/s', ({ framesPerSecond }) => framesPerSecond)
        add('longest frame', 'ms', ({ longestFrame }) => longestFrame)
        add('longest block of main', 'ms', ({ block }) => block)
      })
    }),
  )
}
