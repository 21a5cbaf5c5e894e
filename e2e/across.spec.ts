import { readFileSync, rmSync } from 'node:fs'
import type { Page } from '@playwright/test'
import {
  addConnection,
  chooseFrom,
  drawer,
  ended,
  goTo,
  openState,
  plainQueue,
  removeConnection,
  runPlan,
  sidebar,
} from './console.ts'
import { expect, test } from './fixtures.ts'

const ids = { live: '', desk: '' }

const html = '<img src=x onerror="alert(1)"><script>alert(2)</script>'
const deep = `${'['.repeat(5000)}${']'.repeat(5000)}`
const hostile = [
  JSON.stringify({ id: html, type: `"><svg onload=alert(3)>`, error: `${html}\u202egnp.exe`, failedAt: 1 }),
  `{"__proto__": {"polluted": 1}, "constructor": "=HYPERLINK(1)", "id": "\\u001b[31mred", "error": "${'E'.repeat(100_000)}"}`,
  `{"id": "deep", "data": ${deep}, "error": "nested"}`,
  `{"id": "wide", "data": {${Array.from({ length: 20_000 }, (_, n) => `"k${n}":${n}`).join(',')}}, "error": "wide"}`,
  `{"id": "long", "data": "${'x'.repeat(3_000_000)}", "error": "long"}`,
]

test.beforeAll(async ({ app, redis }) => {
  await redis.client.flushall()
  // What is found when a connection opens need not wait for the next look.
  await redis.client
    .multi()
    .select(1)
    .rpush('queue:hostile:dlq', ...hostile)
    .select(0)
    .exec()
  await app.page.goto(app.address)
  ids.live = await addConnection(app.page, { name: 'Live', url: redis.url, environment: 'production' })
  ids.desk = await addConnection(app.page, { name: 'Desk', url: `${redis.url}/1` })
})

test.afterAll(async ({ app }) => {
  await removeConnection(app.page, 'Live')
  await removeConnection(app.page, 'Desk')
})

const letters = ['ada', 'eve', 'joe'].map(
  (name, n) =>
    `{"id": ${9007199254740993n + BigInt(n)}, "data": {"email": "${name}@shop.test", "note": "keep ${n}"}, ` +
    '"attempts": 3, "error": "bounced", "failedAt": "2026-01-01T00:00:00Z"}',
)
const secret = /@shop\.test/

async function choose(page: Page, ...rows: number[]): Promise<void> {
  for (const row of rows) await page.getByRole('checkbox', { name: `Select job ${row}`, exact: true }).click()
}

test('jobs of production go elsewhere without what is secret, and into a file and back', async ({ page, redis }) => {
  await redis.client.rpush('queue:mail:dlq', ...letters)
  const desk = redis.client.duplicate({ db: 1 })
  try {
    await openState(page, ids.live, plainQueue('mail'), 'dead')
    await choose(page, 1, 2)
    await chooseFrom(page, 'More for the selected jobs', 'Copy to another connection…')
    const dialog = page.getByRole('alertdialog')
    await dialog.getByRole('combobox', { name: 'To the connection' }).click()
    await page.getByRole('option', { name: /Desk/ }).click()
    await dialog.getByRole('textbox', { name: /^To the queue/ }).fill('mail')
    await runPlan(page, 'Copy 2 jobs')
    await expect(ended(page, 'Copied 2 jobs.')).toBeVisible()
    const copies = await desk.lrange('queue:mail', 0, -1)
    expect(copies).toHaveLength(2)
    for (const copy of copies) {
      expect(copy).not.toMatch(secret)
      expect(copy).toContain('"sluice_copied_from"')
      expect(copy).toMatch(/"id": 900719925474099[45],/)
    }
    expect(await redis.client.lrange('queue:mail:dlq', 0, -1)).toEqual(letters)

    await choose(page, 1, 2)
    await chooseFrom(page, 'More for the selected jobs', 'Export…')
    const file = page.getByRole('dialog', { name: 'Export 2 jobs' })
    await file.getByRole('button', { name: 'Export 2 jobs' }).click()
    await expect(file.getByRole('status')).toHaveText('2 jobs were written.')
    const path = (await file.getByText(/sluice-jobs.*\.ndjson/).textContent()) ?? ''
    const written = readFileSync(path, 'utf8')
    rmSync(path) // it is in the Downloads folder of whoever runs the tests
    expect(written.trimEnd().split('\n')).toHaveLength(2)
    expect(written).not.toMatch(secret)
    await file.getByRole('button', { name: 'Close' }).last().click()

    await openState(page, ids.desk, plainQueue('mail'), 'waiting')
    await chooseFrom(page, 'More for this queue', 'Import jobs…')
    const back = page.getByRole('dialog', { name: 'Import jobs into mail' })
    await back.getByLabel('File of jobs').setInputFiles({
      name: 'jobs.ndjson',
      mimeType: 'application/x-ndjson',
      buffer: Buffer.from(`${written}not a job\n`),
    })
    await expect(back.getByRole('list', { name: 'Rows that cannot be added' })).toContainText('3')
    await back.getByRole('button', { name: 'Add 2 jobs' }).click()
    await expect(ended(page, 'Imported 2 jobs.')).toBeVisible()
    // The panel lies over the end of a sidebar that just fits, and keeps none of its links from being reached.
    const usual = page.viewportSize()
    if (usual !== null) {
      // a window of Electron has a size that is its own, and would keep one that it is given here
      const links = sidebar(page).getByRole('link')
      const end = await links.last().evaluate((link) => link.getBoundingClientRect().bottom)
      await page.setViewportSize({ ...usual, height: Math.ceil(end) + 12 })
      for (const link of await links.all()) await link.click({ trial: true })
      await page.setViewportSize(usual)
    }
    const imported = (await desk.lrange('queue:mail', 0, -1)).slice(2)
    expect(imported).toHaveLength(2)
    for (const job of imported) expect(job).not.toMatch(secret)
  } finally {
    desk.disconnect()
  }
})

test('nothing that a payload says is obeyed where jobs are found, grouped, planned and reported', async ({ page }) => {
  const ran: string[] = []
  page.on('dialog', (dialog) => {
    ran.push(`dialog ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('pageerror', (error) => ran.push(`error ${error.message}`))
  try {
    await goTo(page, `/c/${ids.desk}/failures`)
    const causes = page.getByRole('list', { name: 'Failures by cause' })
    await expect(causes).toContainText('<img src=x onerror="alert(<n>)"><script>')
    await expect(causes).toContainText('RLOgnp.exe') // what turns text around is named, not obeyed

    await openState(page, ids.desk, plainQueue('hostile'), 'dead')
    await chooseFrom(page, 'More for this queue', 'Find jobs…')
    await page.getByRole('textbox', { name: 'Filter' }).fill('error ~ alert or data[] != missing or id != ""')
    await page.getByRole('button', { name: 'Search', exact: true }).click()
    const found = page.getByRole('grid', { name: 'Found jobs' })
    await expect(page.getByRole('main').getByText('5 matches in 5 jobs')).toBeVisible()
    await expect(found).toContainText(html)
    await page.getByRole('checkbox', { name: 'Select the matches shown' }).click()
    await page.getByRole('toolbar', { name: 'Selected jobs' }).getByRole('button', { name: 'Retry…' }).click()
    const plan = page.getByRole('alertdialog', { name: 'Retry 5 jobs' })
    for (const sample of await plan
      .getByRole('region', { name: 'Sample' })
      .getByRole('button', { expanded: false })
      .all())
      await sample.click()
    await plan.getByRole('textbox', { name: /^Why/ }).fill(`${html}\u202e`)
    await runPlan(page, 'Retry 5 jobs')
    await expect(ended(page, 'Retried 5 jobs.')).toBeVisible()
    await goTo(page, '/journal?q=hostile')
    await expect(page.getByRole('row').filter({ hasText: 'Retried 5 jobs in hostile (Dead)' })).toContainText(html)
    await expect(drawer(page)).toHaveCount(0)
    expect(await page.evaluate(() => 'polluted' in {})).toBe(false)
    expect(ran).toEqual([])
  } finally {
    page.removeAllListeners('dialog')
    page.removeAllListeners('pageerror')
  }
})
