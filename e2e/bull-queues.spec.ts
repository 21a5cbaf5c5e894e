import type { Page } from '@playwright/test'
import type { Queue } from 'bullmq'
import { type HashedPeer, hashedPeers } from '../test/peers/hashed.ts'
import type { TestRedis } from '../test/redis.ts'
import {
  addConnection,
  chooseFrom,
  drawer,
  jobRow,
  openJob,
  openState,
  openTab,
  removeConnection,
  runPlan,
  toast,
} from './console.ts'
import { expect, test } from './fixtures.ts'

/* Queues of the real libraries: the console acts, and the library's own worker and its own words say what became of it. */

let connectionId = ''
const open: HashedPeer[] = []

test.beforeAll(async ({ app, redis }) => {
  await redis.client.flushall()
  // What the header tells of a queue comes with discovery, which begins when a connection opens.
  for (const name of ['orders', 'letters']) await (await peerOf(redis, name)).close()
  await app.page.goto(app.address)
  connectionId = await addConnection(app.page, { name: 'Libraries', url: redis.url })
})

test.afterEach(async () => {
  await Promise.all(open.splice(0).map((peer) => peer.close()))
})

test.afterAll(async ({ app }) => removeConnection(app.page, 'Libraries'))

/** A queue of BullMQ 6, or of another library by its title; closed after the test. */
async function peerOf(redis: TestRedis, name: string, title = 'BullMQ 6'): Promise<HashedPeer> {
  const kind = hashedPeers.find((each) => each.title === title)
  if (kind === undefined) throw new Error(`no peer is named ${title}`)
  const peer = await kind.open(redis.port, name)
  open.push(peer)
  return peer
}

const stateOf = (page: Page, { queue }: HashedPeer, state: string) => openState(page, connectionId, queue, state)

test('failed and delayed jobs run when and as often as was asked for', async ({ page, redis }) => {
  const peer = await peerOf(redis, 'orders')
  await peer.work()
  const id = await peer.add('boom', { order: 1 }, { attempts: 2 })
  await peer.ended(id)
  await stateOf(page, peer, 'failed')
  await expect(page.getByRole('main').getByRole('heading', { level: 2 })).toContainText('BullMQ 6.')
  await expect(jobRow(page, 1)).toContainText('boom')
  await expect(await openJob(page, 1)).toContainText('Error: boom')
  await chooseFrom(page, 'More for this job', 'Retry with all attempts')
  await expect(toast(page, 'Retried 1 job.')).toBeVisible()
  await peer.ended(id)
  expect(await peer.attemptsOf(id)).toBe(2) // counted anew: a retry that keeps them would be the third

  const soon = await peer.add('mail', { to: 'a' }, { delay: 3_600_000 })
  const later = await peer.add('mail', { to: 'b' }, { delay: 7_200_000 })
  await stateOf(page, peer, 'delayed')
  const job = await openJob(page, 1)
  await job.getByRole('button', { name: 'Run now' }).click()
  await expect(toast(page, 'Promoted 1 job.')).toBeVisible()
  await peer.ended(soon)
  expect(await peer.stateOf(soon)).toBe('completed')

  await expect(job).toContainText('"to": "b"') // the next one takes its place
  await chooseFrom(page, 'More for this job', 'Change the time…')
  const dialog = page.getByRole('dialog', { name: 'Change the time of 1 job' })
  await dialog.getByRole('button', { name: '1 week' }).click()
  await dialog.getByRole('button', { name: 'Change the time' }).click()
  await expect(toast(page, 'Rescheduled 1 job.')).toBeVisible()
  const week = 7 * 86_400_000
  const due = Number(await redis.client.zscore('bull:orders:delayed', later)) / 0x1000
  expect(Math.abs(due - Date.now() - week)).toBeLessThan(60_000)
  expect(await peer.stateOf(later)).toBe('delayed')
})

test('a paused queue rests, and takes new, copied and found jobs when it goes on', async ({ page, redis }) => {
  const peer = await peerOf(redis, 'letters')
  const raw = peer.raw as Queue
  await peer.work()
  const header = page.getByRole('main').locator('header')
  await stateOf(page, peer, 'wait')
  await header.getByRole('button', { name: 'Pause', exact: true }).click()
  await expect(toast(page, 'Paused: no worker begins a job of it.')).toBeVisible()
  await expect(header.getByText('paused', { exact: true })).toBeVisible()
  expect(await peer.isPaused()).toBe(true)

  await header.getByRole('button', { name: 'Add job' }).click()
  const form = page.getByRole('alertdialog', { name: 'Add a job to letters' })
  await form.getByRole('textbox', { name: /^Name/ }).fill('once')
  await form.getByRole('textbox', { name: /^Options/ }).fill('{"attempts":')
  await expect(form.getByRole('button', { name: 'Add the job' })).toBeDisabled()
  await form.getByRole('textbox', { name: /^Options/ }).fill('{"attempts":2,"jobId":"added-here"}')
  await form.getByRole('textbox', { name: 'Payload' }).fill('{"order": 18446744073709551615}')
  await form.getByRole('button', { name: 'Add the job' }).click()
  await expect(toast(page, 'Added 1 job.')).toBeVisible()
  expect(await redis.client.hget('bull:letters:added-here', 'data')).toBe('{"order": 18446744073709551615}')
  expect(await peer.count('waiting')).toBe(1)
  expect(await peer.count('active')).toBe(0)

  await header.getByRole('button', { name: 'Resume', exact: true }).click()
  await peer.ended('added-here')
  await expect(toast(page, 'Resumed: workers take its jobs again.')).toBeVisible()
  expect(await peer.isPaused()).toBe(false)
  expect(await peer.attemptsOf('added-here')).toBe(2) // it failed once, as its name says

  await page.keyboard.press('f')
  const find = page.getByRole('dialog', { name: 'Find a job by its id' })
  await find.getByRole('textbox', { name: 'Id' }).fill('nobody')
  await page.keyboard.press('Enter')
  await expect(find).toContainText('No job of this queue has that id.')
  await find.getByRole('textbox', { name: 'Id' }).fill('added-here')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('tab', { name: /^Completed/ })).toHaveAttribute('aria-selected', 'true')
  await expect(drawer(page)).toContainText('added-here')

  await chooseFrom(page, 'More for this job', 'Write to its log…')
  const log = page.getByRole('dialog', { name: 'Write to the job’s log' })
  await log.getByRole('textbox', { name: 'Line' }).fill('looked at by نگهبان')
  await log.getByRole('button', { name: 'Write the line' }).click()
  await expect(drawer(page)).toContainText('looked at by نگهبان')
  expect(await peer.logsOf('added-here')).toEqual(['looked at by نگهبان'])

  await peer.rest()
  await chooseFrom(page, 'More for this job', 'Duplicate')
  await expect(toast(page, 'Duplicated 1 job.')).toBeVisible()
  const [copy] = await raw.getJobs(['wait'])
  expect(copy).toMatchObject({ name: 'once', attemptsMade: 0 })
  expect(copy?.id).not.toBe('added-here')
  await peer.work()
  await peer.ended(String(copy?.id))
})

test('removed jobs come back, and those that fell out of every state run again', async ({ page, redis }) => {
  const { client } = redis
  const peer = await peerOf(redis, 'parcels')
  const ids = await Promise.all(['a', 'b', 'c'].map((name) => peer.add(name, { name })))
  await stateOf(page, peer, 'wait')
  await page.getByRole('checkbox', { name: 'Select job 2', exact: true }).click()
  await page.keyboard.press('Delete')
  const said = toast(page, 'Removed 1 job.')
  await expect(said).toBeVisible()
  await expect(jobRow(page, 3)).toHaveCount(0)
  expect(await client.exists(`bull:parcels:${ids[1]}`)).toBe(0)
  await said.getByRole('button', { name: 'Undo', includeHidden: true }).click()
  await expect(toast(page, 'Put back 1 job.')).toBeVisible()
  await expect(jobRow(page, 3)).toBeVisible()
  expect((await client.lrange('bull:parcels:wait', 0, -1)).toReversed()).toEqual(ids)

  // As a crash leaves them: one held by a worker that is no more, one in no state at all.
  await client.lmove('bull:parcels:wait', 'bull:parcels:active', 'RIGHT', 'LEFT')
  await client.hset(`bull:parcels:${ids[0]}`, 'processedOn', Date.now() - 120_000)
  await client.lrem('bull:parcels:wait', 1, String(ids[2]))
  await peer.work()
  await peer.ended(String(ids[1]))
  for (const [tab, id] of [
    ['Stalled', ids[0]],
    ['Orphans', ids[2]],
  ] as const) {
    await openTab(page, tab)
    await expect(jobRow(page, 1)).toContainText(String(id))
    await expect(jobRow(page, 2)).toHaveCount(0)
    const job = await openJob(page, 1)
    await job.getByRole('button', { name: tab === 'Stalled' ? 'Put back' : 'Retry', exact: true }).click()
    await peer.ended(String(id))
    expect(await peer.stateOf(String(id))).toBe('completed')
    await expect(page.getByText(`No jobs in ${tab}`)).toBeVisible()
  }
})

test('a flow is walked through, and what happens is seen as it happens', async ({ page, redis }) => {
  const [flows, parts] = [await peerOf(redis, 'flows'), await peerOf(redis, 'parts')]
  await flows.tree({
    name: 'book',
    queueName: 'flows',
    opts: { jobId: 'book-1' },
    children: [
      {
        name: 'chapter',
        queueName: 'parts',
        opts: { jobId: 'chapter-1' },
        children: [{ name: 'page', queueName: 'parts', opts: { jobId: 'page-1' } }],
      },
      { name: 'cover', queueName: 'parts', opts: { jobId: 'cover-1' } },
    ],
  })
  await stateOf(page, flows, 'waiting-children')
  const job = await openJob(page, 1)
  await expect(job.getByRole('button', { name: 'Retry', exact: true })).toBeDisabled()
  const chapter = job.getByRole('listitem').filter({ hasText: 'chapter-1' })
  await chapter.getByRole('button', { name: 'Its children' }).click()
  await expect(chapter.getByRole('listitem')).toContainText('page-1')
  await chapter.getByRole('button', { name: /^chapter-1/ }).click()
  const heading = page.getByRole('main').getByRole('heading', { level: 2 })
  await expect(heading).toContainText('parts')
  await expect(page.getByRole('tab', { name: /^Waiting children/i })).toHaveAttribute('aria-selected', 'true')
  await drawer(page)
    .getByRole('button', { name: /^book-1/ })
    .click() // its parent
  await expect(heading).toContainText('flows')
  await expect(drawer(page)).toContainText('book')

  await stateOf(page, parts, 'live')
  await expect(page.getByText(/event.*newest first/)).toBeVisible()
  await parts.work()
  const events = page.getByRole('list', { name: 'Events' }).getByRole('listitem')
  const completed = events.filter({ hasText: 'completed' })
  for (const id of ['page-1', 'cover-1', 'chapter-1']) await expect(completed.filter({ hasText: id })).toHaveCount(1)
  await completed.getByRole('button', { name: 'chapter-1' }).click()
  await expect(page.getByRole('tab', { name: /^Completed/ })).toHaveAttribute('aria-selected', 'true')
  await expect(drawer(page)).toContainText('chapter')
  await flows.work()
  await flows.ended('book-1')
})

test('a schedule is changed, run and removed, and its library agrees', async ({ page, redis }) => {
  const peer = await peerOf(redis, 'reports')
  const raw = peer.raw as Queue
  await raw.upsertJobScheduler('nightly', { pattern: '0 3 * * *' }, { name: 'report', data: { of: 'sales' } })
  await stateOf(page, peer, 'schedules')
  const row = page.getByRole('row').filter({ hasText: 'nightly' })
  await expect(row).toContainText('0 3 * * *')
  await chooseFrom(page, 'More for nightly', 'Edit…')
  const form = page.getByRole('alertdialog', { name: 'Edit the schedule nightly' })
  const pattern = form.getByRole('textbox', { name: /^Pattern/ })
  await pattern.fill('every morning')
  await expect(form.getByRole('button', { name: 'Save the schedule' })).toBeDisabled()
  await pattern.fill('30 4 * * *')
  await form.getByRole('textbox', { name: /^Time zone/ }).fill('Asia/Tehran')
  await form.getByRole('button', { name: 'Save the schedule' }).click()
  await expect(row).toContainText('30 4 * * *')
  const saved = await raw.getJobScheduler('nightly')
  expect(saved).toMatchObject({ pattern: '30 4 * * *', tz: 'Asia/Tehran', name: 'report' })
  expect(await peer.count('delayed')).toBe(1)
  const [next] = await raw.getDelayed()
  expect(Number(next?.timestamp) + Number(next?.delay)).toBe(saved?.next)

  await row.getByRole('button', { name: 'Run now' }).click()
  await expect(toast(page, 'Added a job of it.')).toBeVisible()
  const [now] = await raw.getJobs(['wait'])
  expect(now).toMatchObject({ name: 'report', data: { of: 'sales' } })
  await peer.work()
  await peer.ended(String(now?.id))
  expect(await peer.count('delayed')).toBe(1)

  await chooseFrom(page, 'More for nightly', 'Remove…')
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove the schedule' }).click()
  await expect(page.getByText('No schedules')).toBeVisible()
  expect(await raw.getJobScheduler('nightly')).toBeUndefined()
  expect(await peer.count('delayed')).toBe(0)
})

test('work on many jobs tells how far it is, and stops where it is when it is told to', async ({ page, redis }) => {
  const { client } = redis
  const many = 50_000
  const peer = await peerOf(redis, 'many')
  await client.eval(
    `for n = 1, ${many} do
      redis.call('HSET', 'bull:many:' .. n, 'name', 'x', 'data', '{}', 'opts', '{}', 'timestamp', 1, 'attemptsMade', 1,
        'failedReason', 'no', 'processedOn', 2, 'finishedOn', 3)
      redis.call('ZADD', 'bull:many:failed', n, n)
    end`,
    0,
  )
  await stateOf(page, peer, 'failed')
  await expect(jobRow(page, 1)).toBeVisible()
  // One from far down the list leaves a gap that nobody sees: the job itself says that it left.
  await page.keyboard.press('f')
  await page.getByRole('textbox', { name: 'Id' }).fill('25000')
  await page.keyboard.press('Enter')
  await drawer(page).getByRole('button', { name: 'Retry', exact: true }).click()
  await expect(toast(page, 'Retried 1 job.')).toBeVisible()
  await expect(drawer(page)).toContainText('This job has left Failed. It is in Waiting now.')
  await expect(drawer(page).getByRole('button', { name: 'Retry', exact: true })).toBeDisabled()
  await drawer(page).getByRole('button', { name: 'Show it there' }).click()
  await expect(page.getByRole('tab', { name: /^Waiting/, selected: true })).toBeVisible()
  await expect(drawer(page)).toContainText('25000')

  await openTab(page, 'Failed')

  await chooseFrom(page, 'More for this queue', 'Retry all (Failed)')
  await runPlan(page, 'Retry 49,999 jobs')
  // Held in the middle: Redis lets nobody write until further notice.
  await expect.poll(() => client.llen('bull:many:wait'), { intervals: [1] }).toBeGreaterThan(1)
  await client.call('CLIENT', 'PAUSE', '60000', 'WRITE')
  try {
    const card = page.getByRole('list', { name: 'Running actions' }).getByRole('listitem').filter({ hasText: 'many' })
    await expect(card).toContainText('Retrying')
    await expect(card.getByRole('status').first()).toHaveText(/^[\d,]+ of 49,999/)
    await card.getByRole('button', { name: 'Cancel' }).click()
    await expect(card.getByRole('button', { name: 'Stopping…' })).toBeDisabled()
    await client.call('CLIENT', 'UNPAUSE')
    await expect(card).toContainText(/Retried [\d,]+ jobs\. Cancelled: [\d,]+ jobs left as they were\./)
    await card.getByRole('button', { name: 'Put away' }).click()
    await expect(card).toHaveCount(0)
  } finally {
    await client.call('CLIENT', 'UNPAUSE')
  }
  const [waiting, failed] = [await peer.count('waiting'), await peer.count('failed')]
  expect(waiting + failed).toBe(many)
  expect(Math.min(waiting, failed)).toBeGreaterThan(0)
  expect(await peer.stateOf('1')).not.toBe(await peer.stateOf(String(many)))
})

test('ids, names, logs and schedules that mean harm are text wherever they are shown', async ({ page, redis }) => {
  const html = '<img src=x onerror="alert(1)"><script>alert(2)</script>'
  const turned = `${html}\u202egnp.exe`
  const ran: string[] = []
  page.on('dialog', (dialog) => {
    ran.push(`dialog ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('pageerror', (error) => ran.push(`error ${error.message}`))
  const main = page.getByRole('main')
  const shown = async () => {
    await expect(main).toContainText('RLOgnp.exe') // what turns text around is named, not obeyed
    await expect(main.locator('img[src="x"], script')).toHaveCount(0)
  }

  const bull = await peerOf(redis, 'hostile', 'Bull 4.16')
  await bull.add(turned, { to: html }, { jobId: turned, repeat: { cron: '0 3 * * *' } })
  await stateOf(page, bull, 'schedules')
  await shown()
  await stateOf(page, bull, 'live')
  await expect(page.getByText(/event.*newest first/)).toBeVisible()
  await bull.add(turned, { to: html }, { jobId: turned })
  await redis.client.rpush(`bull:hostile:${turned}:logs`, turned)
  await expect(page.getByRole('list', { name: 'Events' })).toContainText(html)
  await shown()
  await page.keyboard.press('f')
  await page.getByRole('textbox', { name: 'Id' }).fill(turned)
  await page.keyboard.press('Enter')
  await expect(drawer(page).getByRole('toolbar', { name: 'Job' })).toBeVisible()
  await expect(drawer(page).getByRole('heading', { name: /^Logs?/ })).toBeVisible()
  await shown()

  const flows = await peerOf(redis, 'hostile-flows')
  await (flows.raw as Queue).upsertJobScheduler(turned, { every: 3_600_000 }, { name: turned })
  await flows.tree({
    name: turned,
    queueName: 'hostile-flows',
    opts: { jobId: `parent ${turned}` },
    children: [{ name: turned, queueName: 'hostile-flows', opts: { jobId: `child ${turned}` } }],
  })
  await stateOf(page, flows, 'waiting-children')
  const job = await openJob(page, 1)
  await job.getByRole('button', { name: 'Its children' }).click()
  await expect(job).toContainText('It has no children.')
  await shown()
  await job.getByRole('button', { name: /^child/ }).click()
  await expect(drawer(page).getByRole('button', { name: /^parent/ })).toBeVisible()
  await shown()
  await openTab(page, 'Schedules')
  await shown()
  page.removeAllListeners('dialog')
  page.removeAllListeners('pageerror')
  expect(ran).toEqual([])
})
