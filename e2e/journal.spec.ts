import type { Locator, Page } from '@playwright/test'
import { addConnection, goTo, jobRow, openState, plainQueue, removeConnection, toast, undoEntry } from './console.ts'
import { expect, test } from './fixtures.ts'

const list = 'queue:letters:dlq'
const letters = ['a', 'b', 'c'].map((id) => JSON.stringify({ id, type: 'letter', error: 'returned' }))
let connectionId = ''

test.beforeAll(async ({ app, redis }) => {
  await redis.client.flushall()
  await redis.client.rpush(list, ...letters)
  await app.page.goto(app.address)
  connectionId = await addConnection(app.page, { name: 'Written down', url: redis.url, environment: 'staging' })
})

test.afterAll(async ({ app }) => removeConnection(app.page, 'Written down'))

/** The journal's entries of this spec's connection, newest first. */
async function entries(page: Page): Promise<Locator> {
  await goTo(page, '/journal?q=written+down')
  return page.getByRole('grid', { name: 'Journal' }).getByRole('row').filter({ hasText: 'Written down' })
}

test('tells what was done in words, and takes back what can be taken back', async ({ page, redis }) => {
  await openState(page, connectionId, plainQueue('letters'), 'dead')
  await jobRow(page, 2).getByRole('checkbox').click()
  await page.keyboard.press('Delete')
  await expect(toast(page, 'Removed 1 job.')).toBeVisible()
  await expect(jobRow(page, 3)).toHaveCount(0)
  await jobRow(page, 1).getByRole('checkbox').click()
  await page.keyboard.press('r')
  await expect(toast(page, 'Retried 1 job.')).toBeVisible()
  expect(await redis.client.lrange(list, 0, -1)).toEqual([letters[0]])

  const rows = await entries(page)
  await expect(rows).toContainText(['Retried 1 job in letters (Dead)', 'Removed 1 job from letters (Dead)'])
  await expect(rows.nth(0)).toContainText('staging')
  await expect(rows.nth(0).getByRole('button', { name: 'Undo' })).toBeEnabled()

  await undoEntry(page, rows.nth(1))
  await expect(toast(page, 'Put back 1 job.')).toBeVisible()
  await expect(rows).toContainText([
    'Put back 1 job to letters',
    'Retried 1 job in letters',
    'Removed 1 job from letters',
  ])
  await expect(rows.nth(2)).toContainText('undone')
  await expect(rows.nth(2).getByRole('button', { name: 'Undo' })).toHaveCount(0)
  await expect(rows.nth(0)).toContainText('Remove the jobs again.')
  expect(await redis.client.lrange(list, 0, -1)).toEqual([letters[0], letters[1]])
})
