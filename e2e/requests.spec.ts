import type { Locator, Page } from '@playwright/test'
import type { TestRedis } from '../test/redis.ts'
import { addConnection, goTo, removeConnection, toast } from './console.ts'
import { expect, test } from './fixtures.ts'

let connectionId = ''

test.beforeAll(async ({ app, redis }) => {
  await redis.client.flushall()
  await app.page.goto(app.address)
  connectionId = await addConnection(app.page, { name: 'Followed', url: redis.url })
})

test.afterAll(async ({ app }) => removeConnection(app.page, 'Followed'))

const ttlSeconds = 1800
const keyOf = (hash: string) => `local_request:${hash}`

/** A request as its service writes it; large numbers and odd spaces are there to be kept. */
function bodyOf(hash: string, progress: number, message: string, status = 'processing'): string {
  return `{"hash":"${hash}", "service_slug":"credit-score-rating","status" : "${status}","step":"captcha_solving","progress":${progress},"current_message":"${message}","request_data":{"id":9007199254740993,"rate":1.10e+2},"user_id":123}`
}

/** Begins a request as its service does. */
async function begin({ client }: TestRedis, hash: string, body: string): Promise<void> {
  await client.multi().setex(keyOf(hash), ttlSeconds, body).lpush('local_requests_list', hash).exec()
}

/** Writes a request's progress and tells it, as its service does. */
async function progress({ client }: TestRedis, hash: string, body: string): Promise<void> {
  await client.multi().setex(keyOf(hash), ttlSeconds, body).publish(`local_request_updates:${hash}`, body).exec()
}

function rowOf(page: Page, hash: string): Locator {
  return page.getByRole('grid', { name: 'Requests' }).getByRole('row').filter({ hasText: hash })
}

test('moves the bar and the message of a request as its service tells its progress', async ({ page, redis }) => {
  await begin(redis, 'req_one', bodyOf('req_one', 10, 'شروع پردازش'))
  await begin(redis, 'req_two', bodyOf('req_two', 35, 'waiting for the bank'))
  await goTo(page, `/c/${connectionId}/requests`)
  const one = rowOf(page, 'req_one')
  const two = rowOf(page, 'req_two')
  await expect(one.getByRole('progressbar')).toHaveAttribute('aria-valuenow', '10')
  await expect(two.getByRole('progressbar')).toHaveAttribute('aria-valuenow', '35')
  await expect(one.getByText('شروع پردازش')).toHaveAttribute('dir', 'auto')

  await page.evaluate(() => document.documentElement.setAttribute('data-same-page', ''))
  await progress(redis, 'req_one', bodyOf('req_one', 62, 'حل کپچا...'))
  await expect(one.getByRole('progressbar')).toHaveAttribute('aria-valuenow', '62')
  await expect(one).toContainText('حل کپچا...')
  await expect(two.getByRole('progressbar')).toHaveAttribute('aria-valuenow', '35')

  await begin(redis, 'req_new', bodyOf('req_new', 1, 'new'))
  await progress(redis, 'req_new', bodyOf('req_new', 5, 'just begun'))
  await expect(page.getByRole('tab', { name: 'Running' })).toContainText('3')
  await expect(rowOf(page, 'req_new').getByRole('progressbar')).toHaveAttribute('aria-valuenow', '5')

  await progress(redis, 'req_two', bodyOf('req_two', 100, 'paid', 'completed'))
  await expect(two).toContainText('completed')
  await expect(page.getByRole('tab', { name: 'Completed' })).toContainText('1')
  await redis.client.del(keyOf('req_new'))
  await expect(rowOf(page, 'req_new')).toHaveCount(0) // noticed by itself, nobody tells that a key has gone
  await expect(page.locator('html')).toHaveAttribute('data-same-page', '')
})

test('cancels a request in Redis, changing its status and times alone, and tells everyone who follows it', async ({
  page,
  redis,
}) => {
  const body = bodyOf('req_stop', 40, 'در حال بررسی')
  await begin(redis, 'req_stop', body)
  await redis.client.expire(keyOf('req_stop'), 900)
  const follower = redis.client.duplicate()
  const told: string[] = []
  follower.on('message', (_channel, message) => told.push(message))
  await follower.subscribe('local_request_updates:req_stop')
  try {
    await goTo(page, `/c/${connectionId}/requests`)
    await rowOf(page, 'req_stop').click()
    const panel = page.getByRole('complementary', { name: 'Request' })
    await expect(panel.getByRole('progressbar')).toHaveAttribute('aria-valuenow', '40')
    await panel.getByRole('button', { name: 'Cancel…' }).click()
    const question = page.getByRole('alertdialog', { name: 'Cancel this request?' })
    await question.getByRole('button', { name: 'Cancel the request' }).click()
    await expect(toast(page, 'Cancelled 1 request.')).toBeVisible()
    await expect(panel.getByText('cancelled', { exact: true })).toBeVisible()
    await expect(panel.getByRole('button', { name: 'Cancel…' })).toBeDisabled()

    const stored = (await redis.client.get(keyOf('req_stop'))) ?? ''
    expect(stored.startsWith(body.replace('"processing"', '"cancelled"').slice(0, -1))).toBe(true)
    const times = ['cancelled_at', 'updated_at', 'expires_at']
    expect(Object.keys(JSON.parse(stored))).toEqual([...Object.keys(JSON.parse(body)), ...times])
    const ttl = await redis.client.ttl(keyOf('req_stop'))
    expect(ttl).toBeGreaterThan(900) // an update renews its life
    expect(ttl).toBeLessThanOrEqual(1800)
    await expect.poll(() => told).toEqual([stored])
  } finally {
    follower.disconnect()
  }
})
