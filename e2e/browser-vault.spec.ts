import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { routes } from '../src/renderer/app/routes.ts'
import { chooseFrom, entryOf, fillConnection, goTo, saveAndOpen } from './console.ts'
import { test as base, expect } from './fixtures.ts'
import { launchChromium, openPage, startConsole } from './shells/browser-shell.ts'

const passphrase = 'four plain words here'
const password = 'vault-canary-93'

/** Every file of the data folder, as text. */
function allFiles(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n')
}

base(
  'a vault keeps a password over a start of the app, and gives it to no one without its passphrase',
  async ({ redis }, info) => {
    await redis.client.call('ACL', 'SETUSER', 'kept', 'on', `>${password}`, '~*', '&*', '+@all')
    const data = info.outputPath('data')
    const browser = await launchChromium()
    try {
      const first = await openPage(browser, await startConsole(data))
      await goTo(first.page, routes.section('profiles'))
      await chooseFrom(first.page, 'More for connections', 'Passwords and keys…')
      const secrets = first.page.getByRole('dialog', { name: 'Passwords and keys' })
      await secrets.getByLabel('Passphrase', { exact: true }).fill(passphrase)
      await secrets.getByLabel('The same again').fill(passphrase)
      await secrets.getByRole('button', { name: 'Make the vault' }).click()
      await expect(secrets.getByRole('button', { name: 'Lock now' })).toBeVisible()
      await secrets.getByRole('button', { name: 'Close' }).last().click()
      const form = await fillConnection(first.page, {
        name: 'Kept',
        url: redis.url.replace('//', `//kept:${password}@`),
      })
      await saveAndOpen(first.page, form, 'Kept')
      await first.close()
      expect(allFiles(data)).toContain('Kept')
      expect(allFiles(data)).not.toContain(password)

      const { page, ...again } = await openPage(browser, await startConsole(data))
      const prompt = page.getByRole('dialog', { name: 'Unlock the passwords' })
      await prompt.getByLabel('Passphrase').fill('not the passphrase')
      await prompt.getByRole('button', { name: 'Unlock', exact: true }).click()
      await expect(prompt.getByRole('alert')).toBeVisible()
      await prompt.getByLabel('Passphrase').fill(passphrase)
      await prompt.getByRole('button', { name: 'Unlock', exact: true }).click()
      await expect(prompt).toHaveCount(0)
      // It was open when the app ended, so it waits for the vault to be opened.
      await expect(entryOf(page, 'Kept').getByRole('img', { name: 'Connected' })).toBeVisible()
      await again.close()
    } finally {
      await browser.close()
    }
  },
)
