import { join } from 'node:path'
import { expect, test } from './fixtures.ts'

test.use({ demo: true })

const folder = join(import.meta.dirname, '..', 'docs', 'pictures')
/** Long enough that rates, ages and the courses of the last minute are all there. */
const settledMs = 75_000

test('the pictures of the README', async ({ page }) => {
  await page.setViewportSize({ width: 1360, height: 780 })
  const picture = (name: string) => page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' })

  await page.goto(`${page.url().split('#')[0]}#/overview`)
  await expect(page.getByText('pdf-statements')).toBeVisible()
  await page.waitForFunction((ms) => performance.now() > ms, settledMs)
  await picture('overview')

  await page
    .getByRole('link', { name: /Requests/ })
    .first()
    .click()
  await expect(page.getByText('processing').first()).toBeVisible()
  await picture('requests')

  await page.emulateMedia({ colorScheme: 'dark' })
  await page.goto(`${page.url().split('#')[0]}#/c/local/queue?queue=plain-list%2Fqueue%253A%2Fpush&state=dead`)
  const row = page.getByText('order_shipped').or(page.getByRole('row').nth(2)).first()
  await row.click()
  await expect(page.getByText('Timeline')).toBeVisible()
  await picture('dead-letters')
})
