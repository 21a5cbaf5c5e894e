import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator, Page } from '@playwright/test'
import { freePort } from '../test/redis.ts'
import { startTcpServer } from '../test/tcp-server.ts'
import {
  addConnection,
  drawer,
  entryOf,
  fillConnection,
  jobRow,
  openState,
  plainQueue,
  removeConnection,
  saveAndOpen,
  sidebar,
  toast,
} from './console.ts'
import { expect, test } from './fixtures.ts'

const canary = 'canary-5d1c7e'

test.beforeAll(async ({ redis }) => {
  await redis.client.call('ACL', 'SETUSER', 'operator', 'on', `>${canary}`, '~*', '&*', '+@all')
})

/** Every file below a folder that holds the text. */
function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => readFileSync(file).includes(text))
}

/** The page as it stands, with what its fields hold. */
async function everythingShown(page: Page): Promise<string> {
  const values = page.evaluate(() =>
    [...document.querySelectorAll('input, textarea')].map((field) => 'value' in field && field.value),
  )
  return `${await page.content()} ${JSON.stringify(await values)} ${page.url()}`
}

/** Runs the test of the form, and returns its step with this name. */
async function testedStep(form: Locator, name: string): Promise<Locator> {
  await form.getByRole('button', { name: 'Test the connection' }).click()
  return form
    .getByRole('status')
    .getByRole('listitem')
    .filter({ has: form.page().getByText(name, { exact: true }) })
}

test('a connection is added by its URL, tested, opened, closed and opened again', async ({
  page,
  redis,
  dataFolder,
}) => {
  const form = await fillConnection(page, {
    name: 'Shop',
    url: redis.url.replace('//', `//operator:${canary}@`),
    environment: 'staging',
  })
  await form.getByRole('radio', { name: 'violet' }).check()
  await form.getByRole('button', { name: 'Test the connection' }).click()
  const steps = form.getByRole('status').getByRole('listitem')
  await expect(steps).toContainText(['Address', 'Host', 'Connect', 'Log in', 'Redis', 'Look around', 'Write'])
  await expect(steps.getByRole('img', { name: 'failed' })).toHaveCount(0)
  await expect(steps.filter({ hasText: 'Logged in as operator.' })).toBeVisible()
  await saveAndOpen(page, form, 'Shop')

  await sidebar(page).getByRole('link', { name: 'Connections' }).click()
  const row = page.getByRole('listitem').filter({ hasText: 'Shop' })
  await expect(row).toContainText(`redis://operator@127.0.0.1:${redis.port}`)
  await expect(row).toContainText('staging')
  await row.getByRole('button', { name: 'Close' }).click()
  await expect(entryOf(page, 'Shop').getByRole('img', { name: 'Closed' })).toBeVisible()
  await row.getByRole('button', { name: 'Open' }).click()
  await expect(entryOf(page, 'Shop').getByRole('img', { name: 'Connected' })).toBeVisible()

  // The password is in nothing that is shown, also not in the form, nor in a file.
  await row.getByRole('button', { name: 'More for Shop' }).click()
  await page.getByRole('menuitem', { name: 'Edit…' }).click()
  const edited = page.getByRole('dialog', { name: 'Edit the connection' })
  await expect(edited.getByRole('textbox', { name: /^Address/ })).toHaveValue(/^redis:\/\/operator@/)
  await expect(edited.getByRole('radio', { name: 'violet' })).toBeChecked()
  expect(await everythingShown(page)).not.toContain(canary)
  expect(filesWith(dataFolder, 'Shop')).not.toEqual([])
  expect(filesWith(dataFolder, canary)).toEqual([])
  await edited.getByRole('button', { name: 'Cancel' }).click()
  await removeConnection(page, 'Shop')
})

test('each way to fail has a sentence that helps', async ({ page, redis }) => {
  const web = await startTcpServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'))
  const form = await fillConnection(page, { name: 'Wrong', url: `redis://127.0.0.1:${await freePort()}` })
  const url = form.getByRole('textbox', { name: /^Address/ })
  await expect(await testedStep(form, 'Connect')).toContainText('the server is not running, or the port is wrong')

  await url.fill('redis://queues.invalid:6379')
  // Without a name server the resolver cannot know that there is no such host.
  await expect(await testedStep(form, 'Host')).toContainText(/cannot be resolved|name server does not answer/)

  await url.fill(redis.url.replace('//', '//operator:wrong@'))
  await expect(await testedStep(form, 'Log in')).toContainText('refused the user name or password')

  await form.getByLabel('Password', { exact: true }).fill('')
  await url.fill(`redis://127.0.0.1:${web.port}`)
  await expect(await testedStep(form, 'Redis')).toContainText('does not speak the Redis protocol')

  await url.fill(`rediss://127.0.0.1:${redis.port}`)
  // Redis waits for more of what it takes for a command, so only the time tells.
  await expect(await testedStep(form, 'TLS')).toContainText('try redis:// in place of rediss://')
  await web.close()

  // What cannot be reached can be saved; it says why it is not open, and the password typed last is nowhere.
  await url.fill(redis.url.replace('//', `//operator:${canary}-old@`))
  await form.getByRole('button', { name: 'Save and open' }).click()
  await expect(entryOf(page, 'Wrong').getByRole('img', { name: 'Cannot connect' })).toBeVisible()
  await entryOf(page, 'Wrong').click()
  await expect(page.getByText('Redis refused the user name or password.').first()).toBeVisible()
  expect(await everythingShown(page)).not.toContain(canary)
  await removeConnection(page, 'Wrong')
})

test('production opens read-only, and its exact name unlocks it', async ({ page, redis }) => {
  const queue = plainQueue('guarded')
  await redis.client.rpush('queue:guarded:dlq', '{"id":"g1","error":"no","failedAt":"2026-01-01T00:00:00Z"}')
  const id = await addConnection(page, { name: 'Prod EU', url: redis.url, environment: 'production' })
  await openState(page, id, queue, 'dead')
  await jobRow(page, 1).click()
  const retry = drawer(page).getByRole('button', { name: 'Retry', exact: true })
  for (const name of ['Retry', 'Edit & retry…', 'Move…', 'Remove']) {
    await expect(drawer(page).getByRole('button', { name, exact: true })).toBeDisabled()
  }
  await retry.hover()
  await expect(page.getByText('Read-only: unlock writing in the bar above first.')).toBeVisible()
  await page.keyboard.press('r')
  await expect(toast(page, 'Read-only: unlock writing')).toBeVisible()
  expect(await redis.client.llen('queue:guarded:dlq')).toBe(1)

  await page.getByRole('button', { name: 'Read-only' }).click()
  const dialog = page.getByRole('dialog', { name: 'Allow writing to production' })
  const allow = dialog.getByRole('button', { name: 'Allow for 15 min' })
  const typed = dialog.getByRole('textbox', { name: /to unlock it/ })
  for (const wrong of ['prod eu', 'Prod EU ', 'Prod']) {
    await typed.fill(wrong)
    await expect(allow).toBeDisabled()
  }
  await typed.fill('Prod EU')
  await expect(allow).toBeDisabled() // not before it says why
  await dialog.getByRole('textbox', { name: 'Why' }).fill('Ticket 4711')
  await allow.click()
  await expect(page.getByRole('button', { name: /^Writable/ })).toBeVisible()
  await retry.click()
  await expect(toast(page, 'Retried 1 job.')).toBeVisible()
  expect(await redis.client.lrange('queue:guarded', 0, -1)).toEqual(['{"id":"g1"}'])

  await page.getByRole('button', { name: /^Writable/ }).click()
  await expect(page.getByRole('button', { name: 'Read-only' })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Add job' })).toBeDisabled()
  await removeConnection(page, 'Prod EU')
})
