import type { Locator, Page } from '@playwright/test'
import { bullPeer } from '../test/peers/bull.ts'
import { bullmqPeer } from '../test/peers/bullmq.ts'
import type { TestRedis } from '../test/redis.ts'
import { addConnection, fillConnection, goTo, removeConnection, saveAndOpen, sidebar } from './console.ts'
import { expect, test } from './fixtures.ts'

/** Queues of all six systems, each as its own library or team leaves them. */
async function arrange({ client, port }: TestRedis): Promise<void> {
  await client.flushall()
  const jobs = (count: number) =>
    Array.from({ length: count }, (_, n) => JSON.stringify({ id: `m${n}`, type: 'welcome' }))
  await client.rpush('queue:emails', ...jobs(3))
  await client.rpush('queue:emails:dlq', '{"id":"d1","error":"no such mailbox"}')
  await client.rpush('job_queue:ready', ...jobs(2))
  await client.rpush('job_queue:completed', ...jobs(4))
  const request = (status: string) => JSON.stringify({ status, progress: 10, last_update: new Date().toISOString() })
  await client.lpush('local_requests_list', 'aaa', 'bbb')
  await client.set('local_request:aaa', request('pending'), 'EX', 1800)
  await client.set('local_request:bbb', request('processing'), 'EX', 1800)
  const laravel = (id: string) =>
    JSON.stringify({
      uuid: id,
      displayName: 'App\\Jobs\\Ship',
      job: 'Illuminate\\Queue\\CallQueuedHandler@call',
      data: {},
      id,
      attempts: 0,
    })
  await client.rpush('shop_database_queues:orders', laravel('a'), laravel('b'))
  await client.zadd('shop_database_queues:orders:delayed', Math.floor(Date.now() / 1000) + 3600, laravel('c'))
  const bull = bullPeer(port, 'video')
  await bull.queue.addBulk([{ data: { n: 1 } }, { data: { n: 2 } }, { data: { n: 3 }, opts: { delay: 3_600_000 } }])
  await bull.close()
  const bullmq = bullmqPeer(6, port, 'invoices')
  await bullmq.queue.addBulk(['one', 'two', 'three', 'four'].map((name) => ({ name, data: {} })))
  await bullmq.close()
}

function rowOf(page: Page, queue: string): Locator {
  return page
    .getByRole('grid', { name: 'Queues' })
    .getByRole('row')
    .filter({ has: page.getByText(queue, { exact: true }) })
}

/** The counts of a queue in words, as its bar has them. */
function countsOf(page: Page, queue: string, words: string): Locator {
  return rowOf(page, queue).getByRole('img', { name: words, exact: true })
}

test.beforeAll(async ({ app, redis }) => {
  await arrange(redis)
  await app.page.goto(app.address)
  await addConnection(app.page, { name: 'Six systems', url: redis.url })
})

test.afterAll(async ({ app }) => removeConnection(app.page, 'Six systems'))

test.beforeEach(async ({ page }) => {
  await sidebar(page).getByRole('link', { name: 'Six systems' }).click()
})

test('shows the queues of all six systems with their counts, as they change', async ({ page, redis }) => {
  await expect(countsOf(page, 'emails', 'Waiting 3, Failed 1')).toBeVisible()
  await expect(countsOf(page, 'job_queue', 'Waiting 2, Completed 4')).toBeVisible()
  await expect(countsOf(page, 'local_request', 'Waiting 1, Active 1')).toBeVisible()
  await expect(countsOf(page, 'orders', 'Waiting 2, Delayed 1')).toBeVisible()
  await expect(countsOf(page, 'video', 'Waiting 2, Delayed 1')).toBeVisible()
  await expect(countsOf(page, 'invoices', 'Waiting 4')).toBeVisible()
  await expect(page.getByRole('main').getByRole('status')).toHaveText('6 queues')
  for (const [queue, system] of [
    ['emails', 'Plain list'],
    ['job_queue', 'HTTP jobs'],
    ['local_request', 'Requests'],
    ['orders', 'Laravel'],
    ['video', 'Bull'],
    ['invoices', 'BullMQ'],
  ] as const) {
    await expect(rowOf(page, queue).getByRole('img', { name: system, exact: true })).toBeVisible()
  }

  await redis.client.rpush('queue:emails', '{"id":"later1"}', '{"id":"later2"}')
  await redis.client.lpop('job_queue:ready')
  await expect(countsOf(page, 'emails', 'Waiting 5, Failed 1')).toBeVisible()
  await expect(countsOf(page, 'job_queue', 'Waiting 1, Completed 4')).toBeVisible()
})

test('is filtered and walked through by keyboard', async ({ page }) => {
  await expect(rowOf(page, 'emails')).toBeVisible()
  await page.keyboard.press('/')
  await page.keyboard.type('bull')
  await expect(rowOf(page, 'emails')).toHaveCount(0)
  await expect(rowOf(page, 'video')).toBeVisible()
  await expect(rowOf(page, 'invoices')).toBeVisible()
  await page.keyboard.press('Enter')
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('main').getByRole('heading', { level: 2 })).toContainText('video')
  await expect(page.getByRole('grid', { name: 'Waiting jobs' })).toBeVisible()
  await page.goBack()
  await expect(rowOf(page, 'video')).toHaveAttribute('aria-selected', 'true')
})

test('warns in red while Redis may throw queues away', async ({ page, redis }) => {
  const warning = page.getByRole('row').filter({ hasText: 'Jobs can be lost.' })
  await expect(rowOf(page, 'emails')).toBeVisible()
  await redis.client.config('SET', 'maxmemory-policy', 'allkeys-lru')
  await expect(warning).toContainText('under allkeys-lru')
  await expect(warning).toContainText('CONFIG SET maxmemory-policy noeviction')
  await redis.client.config('SET', 'maxmemory-policy', 'noeviction')
  await expect(warning).toHaveCount(0)
})

test('a user who may not look around still sees the queues that are named by hand', async ({ page, redis }) => {
  await redis.client.call('ACL', 'SETUSER', 'blind', 'on', '>secret', '~*', '&*', '+@all', '-info', '-scan', '-keys')
  const form = await fillConnection(page, { name: 'Blind', url: redis.url.replace('//', '//blind:secret@') })
  await form.getByText('What Sluice cannot find by itself').click()
  await form.getByRole('button', { name: 'Name a queue' }).click()
  await form.getByRole('textbox', { name: 'Name', exact: true }).last().fill('emails')
  const id = await saveAndOpen(page, form, 'Blind')
  await goTo(page, `/c/${id}/overview`)
  await expect(rowOf(page, 'emails').getByRole('img', { name: /^Waiting \d, Failed 1$/ })).toBeVisible()
  await expect(page.getByRole('main').getByRole('status')).toHaveText('1 queue')
  await expect(page.getByRole('row').filter({ hasText: 'SCAN' })).toBeVisible()
  await expect(page.getByRole('row').filter({ hasText: 'INFO' })).toBeVisible()
  await rowOf(page, 'emails').click()
  await expect(page.getByRole('row').filter({ hasText: 'm0' })).toBeVisible()
  await removeConnection(page, 'Blind')
})
