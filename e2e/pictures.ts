import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from './fixtures.ts'
import { makeFolderIn } from './shells/data-folder.ts'

test.use({ demo: true })

const folder = join(import.meta.dirname, '..', 'docs', 'pictures')
/** Long enough that rates, ages and the courses of the last minute are all there. */
const settledMs = 75_000

/** A handler as a person would write one, with work that takes its time. */
const handler = `export async function handle(job, ctx) {
  const { rows } = job.data
  for (let done = 0; done < rows; done += rows / 60) {
    ctx.progress({ done: Math.round(done), total: rows, message: 'reading ' + job.data.fileName })
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
  if (rows % 4 === 0) throw new Error('Row ' + (rows - 3) + ' has no date')
  return { rows, skipped: rows % 7 }
}
`

test('the pictures of the README', async ({ page, dataFolder }) => {
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

  writeFileSync(join(makeFolderIn(dataFolder, 'handlers'), 'statements.mjs'), handler)
  await page.goto(`${page.url().split('#')[0]}#/workers`)
  await page.getByRole('button', { name: 'Start workers' }).click()
  const form = page.getByRole('dialog')
  await form.getByRole('combobox', { name: 'Queue' }).click()
  await page.getByRole('option', { name: /csv-uploads/ }).click()
  await form.getByRole('button', { name: 'Own file', exact: true }).click()
  await form.getByRole('combobox', { name: 'File' }).click()
  await page.getByRole('option', { name: 'statements.mjs' }).click()
  await form.getByRole('textbox', { name: 'At a time' }).fill('4')
  await form.getByRole('button', { name: 'Start', exact: true }).click()
  await expect(form).toHaveCount(0)
  await page.getByRole('main').getByText('csv-uploads', { exact: true }).click()
  await expect(page.getByRole('list', { name: 'Ended jobs' }).getByRole('listitem').nth(3)).toBeVisible({
    timeout: 60_000, // each of them takes 15 s
  })
  await picture('workers')

  await page.emulateMedia({ colorScheme: 'dark' })
  await page.goto(`${page.url().split('#')[0]}#/c/local/queue?queue=plain-list%2Fqueue%253A%2Fpush&state=dead`)
  const row = page.getByText('order_shipped').or(page.getByRole('row').nth(2)).first()
  await row.click()
  await expect(page.getByText('Timeline')).toBeVisible()
  await picture('dead-letters')
})
