import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Locator, Page, Request } from '@playwright/test'
import { queueKey } from '../src/domain/queue.ts'
import { routes } from '../src/renderer/app/routes.ts'
import { addConnection, goTo, plainQueue, removeConnection } from './console.ts'
import { expect, test } from './fixtures.ts'

let connectionId = ''

test.beforeAll(async ({ app, redis }) => {
  await redis.client.flushall()
  await app.page.goto(app.address)
  connectionId = await addConnection(app.page, { name: 'Post office', url: redis.url })
})

test.afterAll(async ({ app }) => removeConnection(app.page, 'Post office'))

interface Start {
  readonly handler: 'E-mail' | 'SMS' | 'HTTP call'
  /** Delays of the retries in seconds, as typed. */
  readonly delays?: string
}

/** Starts workers on a queue that is not there yet, from the screen; HTTP calls on HTTP jobs, the others on a plain list. */
async function startWorkers(page: Page, queue: string, { handler, delays }: Start): Promise<Locator> {
  await goTo(page, `/c/${connectionId}/workers`)
  await page.getByRole('button', { name: 'Start workers' }).click()
  const form = page.getByRole('dialog', { name: 'Start workers on this desktop' })
  await form.getByRole('combobox', { name: 'Queue' }).click()
  await page.getByRole('option', { name: 'Another, by name…' }).click()
  if (handler === 'HTTP call') {
    await form.getByRole('button', { name: 'HTTP jobs' }).click()
    await expect(form.getByRole('button', { name: handler })).toHaveAttribute('aria-pressed', 'true')
  }
  await form.getByRole('textbox', { name: 'Name', exact: true }).fill(queue)
  await form.getByRole('button', { name: handler, exact: true }).click()
  if (delays !== undefined) {
    await form.getByRole('button', { name: /^Advanced/ }).click()
    await form.getByRole('button', { name: 'Given delays' }).click()
    await form.getByRole('textbox', { name: 'Delays' }).fill(delays)
  }
  await form.getByRole('button', { name: 'Start', exact: true }).click()
  await expect(form).toHaveCount(0)
  const pool = page
    .getByRole('region', { name: 'Workers on this desktop' })
    .getByRole('listitem')
    .filter({ hasText: queue })
  await expect(pool.getByText('running', { exact: true })).toBeVisible()
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

/** The number at a place of the table that adds up a queue. */
function countOf(check: Locator, place: string): Locator {
  return check
    .getByRole('table', { name: 'Where the jobs are' })
    .getByRole('row')
    .filter({ has: check.page().getByRole('rowheader', { name: new RegExp(`^${place}\\b(?!,)`) }) })
    .getByRole('cell')
}

const messageTo = (page: Page, address: string) =>
  page.getByRole('grid', { name: 'Messages' }).getByRole('row').filter({ hasText: address })

test('e-mail workers render each job, bury what they cannot do, and stop without losing one', async ({
  page,
  redis,
}) => {
  const { client } = redis
  const pool = await startWorkers(page, 'email', { handler: 'E-mail' })
  await expect(pool.getByText('dev', { exact: true })).toBeVisible() // no key of a provider: nothing is sent
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
  await expect(figure(pool, 'dead')).toHaveText('1')

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
  expect(await client.zcount('queue:email:leases', 0, '+inf')).toBe(0) // none counts as alive
  await pool.getByRole('button', { name: 'Start again' }).click()
  await expect(messageTo(page, 'late@example.com')).toBeVisible()
  expect(await client.llen('queue:email')).toBe(0)
  await stopWorkers(page.getByRole('listitem').filter({ has: page.getByRole('button', { name: 'Stop' }) }))
})

test('SMS workers render each job as its reader would get it', async ({ page, redis }) => {
  const pool = await startWorkers(page, 'sms', { handler: 'SMS' })
  const job = { id: 's1', type: 'otp', to: '+919876543210', data: { otp: '482913' }, attempts: 0 }
  await redis.client.rpush('queue:sms', JSON.stringify(job))
  await expect(figure(pool, 'done')).toHaveText('1')
  await messageTo(page, '+919876543210').click()
  await expect(page.getByRole('article', { name: 'Message' })).toContainText('482913')
  await stopWorkers(pool)
  expect(await redis.client.exists('queue:sms', 'queue:sms:processing', 'queue:sms:dlq')).toBe(0)
})

test('HTTP workers call each URL, and retry after the delays that were given', async ({ page, redis }) => {
  const { client } = redis
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers['idempotency-key']}`)
    response.writeHead(request.url === '/busy' ? 503 : request.url === '/gone' ? 410 : 200).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const call = (id: string) => JSON.stringify({ id, api_url: `http://127.0.0.1:${port}/${id}`, retry_count: 0 })

  const pool = await startWorkers(page, 'calls', { handler: 'HTTP call', delays: '3600, 7200' })
  await expect(pool.getByText('live', { exact: true })).toBeVisible()
  const before = Date.now()
  await client.rpush('calls:ready', call('fine'), call('gone'), call('busy'))
  for (const name of ['done', 'dead', 'retried']) await expect(figure(pool, name)).toHaveText('1')
  server.close()
  expect(asked.sort()).toEqual(['GET /busy busy', 'GET /fine fine', 'GET /gone gone'])
  const [retry, due] = await client.zrange('calls:delayed', '0', '-1', 'WITHSCORES')
  expect(JSON.parse(retry ?? '')).toMatchObject({ id: 'busy', retry_count: 1 })
  expect(Number(due)).toBeGreaterThanOrEqual(before + 3_600_000)
  expect(Number(due)).toBeLessThan(Date.now() + 3_700_000)
  const [failed] = await client.lrange('calls:failed', 0, -1)
  expect(JSON.parse(failed ?? '')).toMatchObject({ id: 'gone', error: expect.stringMatching(/\/gone answered 410/) })

  await pool.getByRole('button', { name: 'calls' }).click()
  await page.getByRole('button', { name: 'Show the queue' }).click()
  await expect(page.getByRole('heading', { name: 'calls' })).toBeVisible()
  await goTo(page, `/c/${connectionId}/workers`)
  await stopWorkers(pool)
})

test('a paused queue is left alone, and every job of it can be accounted for', async ({ page, redis }) => {
  const { client } = redis
  const letter = (id: number) =>
    JSON.stringify({ id: `l${id}`, type: 'welcome', to: `l${id}@example.com`, data: { user_name: 'L' } })
  const pool = await startWorkers(page, 'letters', { handler: 'E-mail' })
  await pool.getByRole('button', { name: 'Pause' }).click()
  await expect(pool.getByText('paused', { exact: true })).toBeVisible()
  await client.rpush('queue:letters', letter(1), letter(2))

  await pool.getByRole('button', { name: 'Check this queue' }).click()
  const check = page.getByRole('dialog', { name: 'Check letters' })
  await expect(check.getByRole('status')).toHaveText('2 jobs, all accounted for.')
  await expect(countOf(check, 'Waiting')).toHaveText('2')
  await expect(check.getByRole('table', { name: 'Workers of pools' }).getByRole('row')).toHaveCount(2)
  await client.rpush('queue:letters', letter(3))
  await check.getByRole('button', { name: 'Re-check' }).click()
  await expect(check.getByRole('status')).toHaveText('3 jobs, all accounted for.')
  await check.getByRole('button', { name: 'Close' }).last().click()

  await pool.getByRole('button', { name: 'Resume' }).click()
  await expect(figure(pool, 'done')).toHaveText('3')
  await stopWorkers(pool)

  await client.sadd('queue:letters:processing', letter(4)) // as an old worker does, and dies
  await goTo(page, routes.queue(connectionId, queueKey(plainQueue('letters'))))
  await page.getByRole('button', { name: 'More for this queue' }).click()
  await page.getByRole('menuitem', { name: 'Check this queue…' }).click()
  await expect(countOf(check, 'Done')).toHaveText('3')
  await expect(check.getByText(/^1 more job stands there as being run, owner unknown/)).toBeVisible()
  await expect(check.getByText('No pool works on this queue now.')).toBeVisible()
})
