import { addConnection, drawer, goTo, removeConnection } from './console.ts'
import { expect, test } from './fixtures.ts'

let connectionId = ''

test.beforeAll(async ({ app, redis }) => {
  await redis.client.flushall()
  const dead = (id: string, type: string, error: string) =>
    JSON.stringify({ id, type, error, failedAt: new Date().toISOString() })
  await redis.client.rpush(
    'queue:mail:dlq',
    ...[1, 2, 3].map((n) => dead(`mail-${n}`, 'welcome', `SMTP timeout after ${n}00 ms at 10.0.0.${n}:25`)),
  )
  await redis.client.rpush('queue:mail:dlq', dead('mail-4', 'welcome', 'No such template: hello'))
  await redis.client.rpush('queue:invoices:dlq', dead('inv-1', 'invoice', 'SMTP timeout after 900 ms at 10.0.0.9:25'))
  await redis.client.rpush(
    'job_queue:failed',
    JSON.stringify({
      id: 'http-1',
      job_id: 'h1',
      api_url: 'https://shop.invalid/pay',
      error: 'SMTP timeout after 1 ms at 10.0.0.1:25',
    }),
  )
  await app.page.goto(app.address)
  connectionId = await addConnection(app.page, { name: 'Failing', url: redis.url })
})

test.afterAll(async ({ app }) => removeConnection(app.page, 'Failing'))

test('errors of several queues are gathered by cause, and a sample leads to its job', async ({ page, redis }) => {
  await goTo(page, `/c/${connectionId}/failures`)
  const causes = page.getByRole('list', { name: 'Failures by cause' }).getByRole('button', { expanded: false })
  await expect(page.getByRole('main').getByRole('status').first()).toHaveText('6 failed jobs, 2 causes')
  await expect(causes).toHaveCount(2)
  const smtp = causes.first()
  await expect(smtp).toContainText('SMTP timeout after')
  for (const queue of ['mail', 'invoices', 'job_queue']) await expect(smtp).toContainText(queue)
  await expect(smtp.getByTitle('5', { exact: true })).toBeVisible()

  await smtp.click()
  await expect(page.getByRole('link', { name: /mail-2/ })).toBeVisible()
  await expect(page.getByRole('link', { name: /http-1/ })).toBeVisible()
  await page.getByRole('link', { name: /inv-1/ }).click()
  await expect(page.getByRole('main').getByRole('heading', { level: 2 })).toContainText('invoices')
  await expect(drawer(page)).toContainText('inv-1')
  await expect(drawer(page)).toContainText('SMTP timeout after 900 ms at 10.0.0.9:25')

  // What fails later is told, and is there after reading again.
  await page.goBack()
  await redis.client.rpush('queue:invoices:dlq', '{"id":"inv-2","error":"Card declined"}')
  await page.getByRole('button', { name: '1 new: refresh' }).click()
  await expect(causes).toHaveCount(3)
  await page.getByRole('textbox', { name: 'Filter failures' }).fill('card')
  await expect(causes).toHaveCount(1)
})

test('a cause stays where it is while a pointer aims at it, and goes to its place after that', async ({
  page,
  redis,
}) => {
  await goTo(page, `/c/${connectionId}/failures`)
  const causes = page.getByRole('list', { name: 'Failures by cause' })
  await expect(causes.getByRole('listitem').first()).toContainText('SMTP timeout after')
  const full = Array.from({ length: 9 }, (_, n) => JSON.stringify({ id: `full-${n}`, error: 'Disk full' }))
  await redis.client.rpush('queue:invoices:dlq', ...full)
  const aimed = causes.evaluate((list) => {
    const move = () => list.firstElementChild?.dispatchEvent(new PointerEvent('pointermove', { bubbles: true }))
    const before = list.children.length
    const moving = setInterval(move, 100)
    move()
    return new Promise<(string | null)[]>((resolve) => {
      new MutationObserver(() => {
        if (list.children.length === before) return
        clearInterval(moving)
        resolve(Array.from(list.children, (item) => item.textContent))
      }).observe(list, { childList: true })
    })
  })
  await page.getByRole('button', { name: '9 new: refresh' }).click()
  const order = await aimed
  expect(order[0]).toContain('SMTP timeout after')
  expect(order.at(-1)).toContain('Disk full')
  await expect(causes.getByRole('listitem').first()).toContainText('Disk full')
})
