import type { Locator, Page } from '@playwright/test'
import { routes } from '../src/renderer/app/routes.ts'
import {
  addConnection,
  chooseFrom,
  entryOf,
  fillConnection,
  goTo,
  removeConnection,
  savedText,
  toast,
} from './console.ts'
import { expect, test } from './fixtures.ts'

const secret = 'correct-horse-7'

test.beforeAll(async ({ redis }) => {
  await redis.client.call('ACL', 'SETUSER', 'keeper', 'on', `>${secret}`, '~*', '&*', '+@all')
})

/** The row of a connection in the list of all. */
function row(page: Page, name: string): Locator {
  return page.getByRole('main').getByRole('listitem').filter({ hasText: name })
}

/** The names of the connections as they stand, from the top. */
async function order(page: Page): Promise<string[]> {
  const grips = page.getByRole('main').getByRole('button', { name: /^Move / })
  return (await grips.all()).reduce<Promise<string[]>>(
    async (names, grip) => [...(await names), ((await grip.getAttribute('aria-label')) ?? '').slice(5)],
    Promise.resolve([]),
  )
}

test('a pasted redis-cli command becomes an address, and a password that fails is entered in place', async ({
  page,
  redis,
}) => {
  const form = await fillConnection(page, {
    name: 'Pasted',
    url: `redis-cli -h 127.0.0.1 -p ${redis.port} --user keeper -a wrong -n 2 LLEN queue:x`,
  })
  const address = form.getByRole('textbox', { name: /^Address/ })
  await address.blur()
  await expect(address).toHaveValue(`redis://keeper@127.0.0.1:${redis.port}/2`)
  await expect(form.getByText('not the command that follows it')).toBeVisible()
  await form.getByRole('button', { name: 'Save and open' }).click()
  await expect(entryOf(page, 'Pasted').getByRole('img', { name: 'Cannot connect' })).toBeVisible()

  await goTo(page, routes.section('profiles'))
  await row(page, 'Pasted').getByRole('button', { name: 'Enter the password…' }).click()
  const prompt = page.getByRole('dialog', { name: 'Password of Redis' })
  await prompt.getByLabel('Password of Redis', { exact: true }).fill(secret)
  await prompt.getByRole('button', { name: 'Connect' }).click()
  await expect(entryOf(page, 'Pasted').getByRole('img', { name: 'Connected' })).toBeVisible()
  await removeConnection(page, 'Pasted')
})

test('no screen says of a Redis that cannot be reached that it is empty', async ({ page, redis }) => {
  const url = `redis://keeper:wrong@127.0.0.1:${redis.port}`
  const form = await fillConnection(page, { name: 'Locked out', url })
  await form.getByRole('button', { name: 'Save and open' }).click()
  const entry = entryOf(page, 'Locked out')
  await expect(entry.getByRole('img', { name: 'Cannot connect' })).toBeVisible()
  const [, , id = ''] = ((await entry.getAttribute('href')) ?? '').split('/')
  const screen = page.getByRole('main')
  for (const [section, sentence] of [
    ['overview', 'No numbers yet: this Redis could not be reached.'],
    ['failures', 'No failed job was seen'],
    ['requests', 'No request was seen yet'],
    ['memory', 'The course begins when Redis can be reached.'],
  ] as const) {
    await goTo(page, routes.section(section, id))
    await expect(screen.getByText(sentence, { exact: true })).toBeVisible()
    await expect(screen.getByText('Live', { exact: true })).toHaveCount(0)
  }
  await removeConnection(page, 'Locked out')
})

test('connections go out into a file and come back from it, and none is opened', async ({ app, page, redis }) => {
  await addConnection(page, { name: 'Travels', url: redis.url, environment: 'staging' })
  await goTo(page, routes.section('profiles'))
  await chooseFrom(page, 'More for connections', 'Export…')
  const out = page.getByRole('dialog', { name: 'Export connections' })
  await out.getByRole('checkbox', { name: 'With passwords and keys, under a passphrase' }).click()
  await out.getByLabel('Passphrase of the file').fill('four plain words here')
  await out.getByLabel('The same again').fill('four plain words here')
  const text = await savedText(app, () => out.getByRole('button', { name: /^Export \d/ }).click())
  await removeConnection(page, 'Travels')

  await chooseFrom(page, 'More for connections', 'Import…')
  const back = page.getByRole('dialog', { name: 'Import connections' })
  const file = { name: 'connections.json', mimeType: 'application/json', buffer: Buffer.from(text) }
  await back.getByLabel('File of connections').setInputFiles(file)
  await expect(back.getByRole('checkbox', { name: 'Travels' })).toBeChecked()
  await back.getByRole('button', { name: /^Import \d/ }).click()
  await expect(toast(page, 'None of them is open')).toBeVisible()
  await expect(entryOf(page, 'Travels').getByRole('img', { name: 'Closed' })).toBeVisible()
  await removeConnection(page, 'Travels')
})

test('folders and the order are kept, and hostile names stay text', async ({ page, redis }) => {
  const hostile = '<img src=x onerror=alert(1)>'
  for (const [name, folder] of [
    ['First', 'Clients'],
    [hostile, 'Clients'],
  ] as const) {
    const form = await fillConnection(page, { name, url: redis.url })
    await form.getByLabel('Folder').fill(folder)
    await form.getByRole('button', { name: 'Save', exact: true }).click()
    await expect(form).toHaveCount(0)
  }
  await goTo(page, routes.section('profiles'))
  const list = page.getByRole('region', { name: 'In no folder' }).or(page.getByRole('main'))
  await expect(list.getByRole('heading', { name: 'Clients' }).first()).toBeVisible()
  expect(await order(page)).toEqual(['First', hostile])
  const grip = page.getByRole('button', { name: `Move ${hostile}` })
  await grip.focus()
  await page.keyboard.press('ArrowUp')
  await expect.poll(() => order(page)).toEqual([hostile, 'First'])
  await expect(grip).toBeFocused()
  await page.reload()
  await expect.poll(() => order(page)).toEqual([hostile, 'First'])
  await expect(page.locator('img')).toHaveCount(0)
  await removeConnection(page, 'First')
  await removeConnection(page, hostile)
})
