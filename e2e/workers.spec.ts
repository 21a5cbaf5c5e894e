import type { Locator, Page, Request } from '@playwright/test'
import { addConnection, goTo, removeConnection } from './console.ts'
import { expect, test } from './fixtures.ts'

let connectionId = ''

test.beforeAll(async ({ app, redis }) => {
  await redis.client.flushall()
  await app.page.goto(app.address)
  connectionId = await addConnection(app.page, { name: 'Post office', url: redis.url })
})

test.afterAll(async ({ app }) => removeConnection(app.page, 'Post office'))

/** Starts workers on a queue that is not there yet, from the screen. */
async function startWorkers(page: Page, queue: string, handler: 'E-mail' | 'SMS'): Promise<Locator> {
  await goTo(page, `/c/${connectionId}/workers`)
  await page.getByRole('button', { name: 'Start workers' }).click()
  const form = page.getByRole('dialog', { name: 'Start workers on this desktop' })
  await form.getByRole('combobox', { name: 'Queue' }).click()
  await page.getByRole('option', { name: 'Another, by name…' }).click()
  await form.getByRole('textbox', { name: 'Name' }).fill(queue)
  await form.getByRole('button', { name: handler, exact: true }).click()
  await form.getByRole('button', { name: 'Start', exact: true }).click()
  await expect(form).toHaveCount(0)
  const pool = page
    .getByRole('region', { name: 'Workers on this desktop' })
    .getByRole('listitem')
    .filter({ hasText: queue })
  await expect(pool.getByText('running', { exact: true })).toBeVisible()
  await expect(pool.getByText('dev', { exact: true })).toBeVisible() // no key of a provider: nothing is sent
  return pool
}

async function stopWorkers(pool: Locator): Promise<void> {
  await pool.getByRole('button', { name: 'Stop' }).click()
  await expect(pool.getByText('stopped', { exact: true })).toBeVisible()
}

/** A number of a pool by its name. */
function figure(pool: Locator, name: string): Locator {
  return pool.getByText(name, { exact: true }).locator('xpath=preceding-sibling::*')
}

const messageTo = (page: Page, address: string) =>
  page.getByRole('grid', { name: 'Messages' }).getByRole('row').filter({ hasText: address })

test('e-mail workers render each job, bury what they cannot do, and stop without losing one', async ({
  page,
  redis,
}) => {
  const { client } = redis
  const pool = await startWorkers(page, 'email', 'E-mail')
  const welcome = {
    id: 'w1',
    type: 'welcome',
    to: 'sara@example.com',
    data: { user_name: 'سارا <img src="https://example.com/x.png">', referral_code: 'REF77' },
    attempts: 0,
  }
  const unknown = { id: 'u1', type: 'birthday', to: 'ali@example.com', data: { n: 1 }, attempts: 0 }
  await client.rpush('queue:email', JSON.stringify(welcome), JSON.stringify(unknown))
  await expect(figure(pool, 'done')).toHaveText('1')
  await expect(figure(pool, 'dead')).toHaveText('1', { timeout: 20_000 })

  const asked: string[] = []
  const complaints: string[] = []
  const onRequest = (request: Request) => asked.push(request.url())
  const onConsole = (message: { type(): string; text(): string }) => {
    if (message.type() === 'error') complaints.push(message.text())
  }
  page.on('request', onRequest)
  page.on('console', onConsole)
  await messageTo(page, 'sara@example.com').click()
  const message = page.getByRole('article', { name: 'Message' })
  await expect(message).toContainText('Welcome to Cashback, سارا')
  const frame = message.locator('iframe')
  await expect(frame).toHaveAttribute('sandbox', '')
  const inside = frame.contentFrame()
  await expect(inside.getByRole('heading', { name: 'Welcome, سارا' })).toBeVisible()
  await expect(inside.getByText('REF77')).toBeVisible()
  await expect(inside.locator('img, script, style')).toHaveCount(0)
  await message.getByRole('button', { name: 'Text' }).click()
  await expect(message).toContainText('REF77')
  await expect(frame).toHaveCount(0)
  page.off('request', onRequest)
  page.off('console', onConsole)
  expect(asked.filter((address) => /^https?:/.test(address))).toEqual([])
  expect(complaints).toEqual([])

  const [dead] = await client.lrange('queue:email:dlq', 0, -1)
  expect(JSON.parse(dead ?? '')).toEqual({
    ...unknown,
    attempts: expect.any(Number),
    error: expect.stringContaining('birthday'),
    failedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
  })

  await stopWorkers(pool)
  await client.rpush('queue:email', JSON.stringify({ ...welcome, id: 'w2', to: 'late@example.com' }))
  expect(await client.scard('queue:email:processing')).toBe(0)
  expect(await client.zcard('queue:email:leases')).toBe(0)
  await pool.getByRole('button', { name: 'Start again' }).click()
  await expect(messageTo(page, 'late@example.com')).toBeVisible()
  expect(await client.llen('queue:email')).toBe(0)
  await stopWorkers(page.getByRole('listitem').filter({ has: page.getByRole('button', { name: 'Stop' }) }))
})

test('SMS workers render each job as its reader would get it', async ({ page, redis }) => {
  const pool = await startWorkers(page, 'sms', 'SMS')
  const job = { id: 's1', type: 'otp', to: '+919876543210', data: { otp: '482913' }, attempts: 0 }
  await redis.client.rpush('queue:sms', JSON.stringify(job))
  await expect(figure(pool, 'done')).toHaveText('1')
  await messageTo(page, '+919876543210').click()
  await expect(page.getByRole('article', { name: 'Message' })).toContainText('482913')
  await stopWorkers(pool)
  expect(await redis.client.exists('queue:sms', 'queue:sms:processing', 'queue:sms:dlq')).toBe(0)
})
