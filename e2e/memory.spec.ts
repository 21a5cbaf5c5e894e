import type { Locator, Page } from '@playwright/test'
import { addConnection, goTo, removeConnection } from './console.ts'
import { expect, test } from './fixtures.ts'

let connectionId = ''

test.beforeAll(async ({ app, redis }) => {
  await redis.client.flushall()
  await redis.client.rpush(
    'queue:large',
    ...Array.from({ length: 500 }, (_, n) => `{"id":${n},"text":"${'x'.repeat(2000)}"}`),
  )
  await redis.client.rpush('queue:small:dlq', '{"id":"s","error":"no"}')
  await redis.client.config('SET', 'maxmemory', '512mb')
  await app.page.goto(app.address)
  connectionId = await addConnection(app.page, { name: 'Measured', url: redis.url })
})

test.afterAll(async ({ app, redis }) => {
  await redis.client.config('SET', 'maxmemory', '0', 'maxmemory-policy', 'noeviction')
  await removeConnection(app.page, 'Measured')
})

/** What stands under the name of a figure. */
function figure(page: Page, name: string): Locator {
  return page.getByRole('term').filter({ hasText: name }).locator('xpath=..').getByRole('definition')
}

test('tells what Redis holds, and how much of it each queue holds', async ({ page, redis }) => {
  await goTo(page, `/c/${connectionId}/memory`)
  await expect(figure(page, 'Used').first()).toHaveText(/^[\d.]+ MiB$/)
  await expect(figure(page, 'Used').nth(1)).toHaveText(/% of 512 MiB$/)
  await expect(figure(page, 'Keys').first()).toHaveText('2')
  await expect(figure(page, 'Policy').first()).toHaveText('noeviction')
  await expect(figure(page, 'Clients').first()).toHaveText(/^[1-9]\d*$/)

  const table = page.getByRole('table')
  const large = table.getByRole('row').filter({ hasText: 'large' })
  await expect(table.getByRole('row').nth(1)).toContainText('large') // the largest first
  await expect(large.getByRole('cell').nth(4)).toHaveText('500')
  await expect(large.getByRole('cell').nth(5)).toHaveText(/^2\.\d+ KiB$/)
  const jobsOfSmall = table.getByRole('row').filter({ hasText: 'small' }).getByRole('cell').nth(4)
  await expect(jobsOfSmall).toHaveText('1')

  await redis.client.rpush('queue:small', '{"id":"late"}')
  await expect(figure(page, 'Keys').first()).toHaveText('3') // by itself
  await page.getByRole('button', { name: 'Measure again' }).click()
  await expect(jobsOfSmall).toHaveText('2')
  await large.getByRole('link').click()
  await expect(page.getByRole('main').getByRole('heading', { level: 2 }).filter({ hasText: 'large' })).toBeVisible()
})

test('shows that Redis works, and warns when it may delete jobs', async ({ page, redis }) => {
  await goTo(page, `/c/${connectionId}/memory`)
  await expect(figure(page, 'Commands').first()).toHaveText(/^[1-9][\d,]*\/s$/)
  await expect(page.getByText('Jobs can be lost.')).toHaveCount(0)
  await redis.client.config('SET', 'maxmemory-policy', 'allkeys-lru')
  await expect(page.getByText('Jobs can be lost.').first()).toBeVisible()
  await expect(figure(page, 'Policy').first()).toHaveText('allkeys-lru')
})
