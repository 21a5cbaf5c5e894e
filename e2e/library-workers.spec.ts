import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator, Page } from '@playwright/test'
import type { Queue as BullQueue } from 'bull'
import type { Queue } from 'bullmq'
import { routes } from '../src/renderer/app/routes.ts'
import { type HashedPeer, hashedPeers } from '../test/peers/hashed.ts'
import { addConnection, entryOf, goTo, removeConnection } from './console.ts'
import { expect, test } from './fixtures.ts'
import { makeFolderIn } from './shells/data-folder.ts'

/* Workers of this desktop on queues of Bull and BullMQ: the libraries' own words say what became of each job. */

let connectionId = ''
/** Folders that the app may read and write, whoever runs it. */
let handlers = ''
let uploads = ''
let csv: HashedPeer
let ledger: HashedPeer
/** An import that waits before anybody looks at the queue, so that it is among the queues that are there. */
let first = ''

test.beforeAll(async ({ app, redis, dataFolder }) => {
  await redis.client.flushall()
  handlers = makeFolderIn(dataFolder, 'handlers')
  uploads = makeFolderIn(dataFolder, 'uploads')
  csv = await openPeer('Bull 4.16', redis.port, 'csv-uploads')
  ledger = await openPeer('BullMQ 6', redis.port, 'ledger')
  first = await csv.add('import', importOf(writeCsv('people.csv', { good: 4000, bad: 15 })))
  await app.page.goto(app.address)
  connectionId = await addConnection(app.page, { name: 'Imports', url: redis.url })
})

test.afterAll(async ({ app }) => {
  await Promise.all([csv.close(), ledger.close()])
  await removeConnection(app.page, 'Imports')
})

async function openPeer(title: string, port: number, name: string): Promise<HashedPeer> {
  const kind = hashedPeers.find((each) => each.title === title)
  if (kind === undefined) throw new Error(`no peer is named ${title}`)
  return kind.open(port, name)
}

interface Rows {
  readonly good: number
  /** A multiple of 3: a field is missing, no e-mail, an age that is none. */
  readonly bad: number
  readonly note?: string
}

/** Writes a CSV file that an import may read; the bad rows are spread over it. Returns its path. */
function writeCsv(name: string, { good, bad, note = 'met "at" the fair, کاشان' }: Rows): string {
  const wrong = [
    (n: number) => `${n},ali${n}@example.com`,
    (n: number) => `${n},,31,x`,
    (n: number) => `${n},b@c.de,31a,x`,
  ]
  const quoted = `"${note.replaceAll('"', '""')}"`
  const lines = ['id,email,age,note']
  for (let n = 1; n <= good; n++) {
    lines.push(`${n},sara${n}@example.com,${n % 90},${quoted}`)
    if (bad > 0 && n % Math.floor(good / bad) === 0) lines.push(wrong[n % 3]?.(n) ?? '')
  }
  const path = join(uploads, name)
  writeFileSync(path, `${lines.join('\n')}\n`, { mode: 0o644 })
  return path
}

const importOf = (filePath: string) => ({ filePath, required: ['email'], types: { email: 'email', age: 'integer' } })

const linesOf = (name: string) => readFileSync(join(uploads, name), 'utf8').trimEnd().split('\n')

/** Opens the form on a queue that is there. */
async function openForm(page: Page, queue: RegExp): Promise<Locator> {
  await goTo(page, routes.section('workers', connectionId))
  await page.getByRole('button', { name: 'Start workers' }).click()
  const form = page.getByRole('dialog', { name: 'Start workers on this desktop' })
  await form.getByRole('combobox', { name: 'Queue' }).click()
  await page.getByRole('option', { name: queue }).click()
  return form
}

async function start(page: Page, form: Locator, queue: string): Promise<Locator> {
  await form.getByRole('button', { name: 'Start', exact: true }).click()
  await expect(form).toHaveCount(0)
  const pool = poolOf(page, queue)
  await expect(pool.getByText('running', { exact: true })).toBeVisible()
  await pool.getByText(queue, { exact: true }).click()
  return pool
}

const poolOf = (page: Page, queue: string) =>
  page.getByRole('region', { name: 'Workers on this desktop' }).getByRole('listitem').filter({ hasText: queue })

async function stop(pool: Locator): Promise<void> {
  await pool.getByRole('button', { name: 'Stop' }).click()
  await expect(pool.getByText('stopped', { exact: true })).toBeVisible()
}

const running = (page: Page) => page.getByRole('list', { name: 'Running jobs' }).getByRole('listitem')
const ended = (page: Page) => page.getByRole('list', { name: 'Ended jobs' }).getByRole('listitem')

test('CSV files that Bull’s jobs name are imported, with progress in rows, and a person is told', async ({ page }) => {
  const { raw } = csv as { raw: BullQueue }
  const form = await openForm(page, /csv-uploads/)
  await expect(form.getByRole('button', { name: 'CSV import' })).toHaveAttribute('aria-pressed', 'true')
  const pool = await start(page, form, 'csv-uploads')

  const row = ended(page).filter({ hasText: 'import1' })
  await expect(row.getByText('done', { exact: true })).toBeVisible()
  await row.locator('summary').click()
  await expect(row).toContainText('4,015 done, 15 failed')
  await expect(row).toContainText('"imported": 4000')
  await expect(row).toContainText('"bad": 15')
  const imported = linesOf('people.ndjson')
  expect(imported).toHaveLength(4000)
  expect(JSON.parse(imported[0] ?? '')).toEqual({
    ...{ id: '1', email: 'sara1@example.com', age: 1, note: 'met "at" the fair, کاشان' },
  })
  const report = linesOf('people.errors.csv')
  expect(report).toHaveLength(1 + 15)
  expect(report.filter((line) => line.includes('2 fields in place of 4'))).toHaveLength(5)
  expect(report.filter((line) => line.includes('email is empty'))).toHaveLength(5)
  expect(report.filter((line) => line.includes('age is no integer: 31a'))).toHaveLength(5)

  const told = await raw.getJob(first)
  expect(await told?.getState()).toBe('completed')
  expect(await told?.progress()).toEqual({ percent: 100, done: 4015, failed: 15 })
  expect(told?.returnvalue).toEqual({
    ...{ rows: 4015, imported: 4000, bad: 15, columns: ['id', 'email', 'age', 'note'] },
    output: join(uploads, 'people.ndjson'),
    report: join(uploads, 'people.errors.csv'),
    bytes: readFileSync(join(uploads, 'people.csv')).length,
    ms: expect.any(Number),
  })

  // Watched by the page itself, frame by frame: an import of some thousand rows is short.
  const moving = page.waitForFunction(() => {
    const text = document.querySelector('[aria-label="Running jobs"]')?.textContent ?? ''
    return /[1-9][\d,]* done/.exec(text)?.[0]
  })
  const wide = await csv.add(
    'import',
    importOf(writeCsv('wide.csv', { good: 6000, bad: 0, note: 'long '.repeat(1000) })),
  )
  const rows = Number((await (await moving).jsonValue())?.replace(/\D/g, ''))
  expect(rows).toBeLessThanOrEqual(6000)
  await expect(
    ended(page)
      .filter({ hasText: `import${wide}` })
      .getByText('done', { exact: true }),
  ).toBeVisible()
  expect(linesOf('wide.ndjson')).toHaveLength(6000)

  const missing = await csv.add('import', { filePath: join(uploads, 'nobody.csv') }, { attempts: 3 })
  await expect(ended(page).filter({ hasText: `import${missing}` })).toContainText('There is no file')
  const failed = await raw.getJob(missing)
  await expect.poll(() => failed?.getState()).toBe('failed')
  expect((await raw.getJob(missing))?.attemptsMade).toBe(1) // trying again would not help
  expect((await raw.getJob(missing))?.failedReason).toContain('nobody.csv')

  await page.getByRole('button', { name: /^Notifications/ }).click()
  const notices = page.getByRole('dialog', { name: 'Notifications' }).getByRole('listitem')
  await expect(notices).toHaveCount(3)
  const done = notices.filter({ hasText: `The import csv-uploads ${first} is done` })
  await expect(done).toContainText('4,000 rows imported.')
  await expect(done).toContainText(`15 rows could not be read: see ${join(uploads, 'people.errors.csv')}`)
  await expect(notices.filter({ hasText: `The import csv-uploads ${wide} is done` })).toContainText(
    '6,000 rows imported',
  )
  await expect(notices.filter({ hasText: `The import csv-uploads ${missing} failed` })).toContainText('nobody.csv')
  await page.keyboard.press('Escape')
  await stop(pool)
})

/** Books an entry: fails at its first try where it is `flaky`, and waits where it has `until` for a file beside it. */
const booking = `
import { appendFileSync, existsSync } from 'node:fs'
export async function handle(job, ctx) {
  const { entry, flaky, until } = job.data
  ctx.log('books ' + entry + ', try ' + ctx.attempt)
  ctx.progress({ done: 1, total: 4, message: 'reads the account' })
  if (flaky && ctx.attempt === 1) throw new Error('The bank did not answer')
  while (until !== undefined && !existsSync(new URL(until, import.meta.url))) {
    await new Promise((resolve) => setTimeout(resolve, 20))
    ctx.signal.throwIfAborted()
  }
  appendFileSync(new URL('booked', import.meta.url), entry + '\\n')
  ctx.progress(75)
  return { booked: entry, attempt: ctx.attempt }
}
`

async function startBooking(page: Page): Promise<Locator> {
  const form = await openForm(page, /ledger/)
  await expect(form.getByRole('button', { name: 'Own file' })).toHaveAttribute('aria-pressed', 'true')
  await form.getByRole('combobox', { name: 'File' }).click()
  await page.getByRole('option', { name: 'book.mjs', exact: true }).click()
  await form.getByRole('textbox', { name: 'At a time' }).fill('1')
  return start(page, form, 'ledger')
}

const bookedEntries = () => readFileSync(join(handlers, 'booked'), 'utf8').trimEnd().split('\n')

test('a BullMQ job that fails is tried again as the job itself says, and its log and result are kept', async ({
  page,
  redis,
}) => {
  const queue = ledger.raw as Queue
  writeFileSync(join(handlers, 'book.mjs'), booking, { mode: 0o644 })
  const options = { attempts: 2, backoff: { type: 'fixed', delay: 1000 } }
  const id = await ledger.add('book', { entry: 'e1', flaky: true }, options)
  const pool = await startBooking(page)
  await expect(ended(page)).toHaveCount(2)
  await expect(ended(page).filter({ hasText: 'The bank did not answer' })).toHaveCount(1)
  const second = ended(page).filter({ hasText: 'attempt 2' })
  await expect(second).toContainText('{"booked":"e1","attempt":2}')
  await second.locator('summary').click()
  await expect(second).toContainText('75%')

  await expect.poll(() => ledger.stateOf(id)).toBe('completed')
  const job = await queue.getJob(id)
  expect(job?.attemptsMade).toBe(2)
  expect(job?.returnvalue).toEqual({ booked: 'e1', attempt: 2 })
  expect(job?.progress).toBe(75)
  expect(await ledger.logsOf(id)).toEqual(['books e1, try 1', 'books e1, try 2'])
  // Its events say that it waited as long as it asked for.
  const events = (await redis.client.xrange('bull:ledger:events', '-', '+')) as [string, string[]][]
  const times = new Map(events.map(([at, fields]) => [fields[fields.indexOf('event') + 1], Number(at.split('-')[0])]))
  expect((times.get('active') ?? 0) - (times.get('delayed') ?? 0)).toBeGreaterThanOrEqual(990)

  await page.getByRole('tab', { name: 'Output' }).click()
  await expect(page.getByRole('log', { name: 'Lines' })).toContainText('books e1, try 2')
  await stop(pool)
  expect(bookedEntries()).toEqual(['e1'])
})

test('workers that stop while a job runs finish it, or give it back', async ({ page, redis }) => {
  const queue = ledger.raw as Queue
  const held = await ledger.add('book', { entry: 'e2', until: 'go' })
  const pool = await startBooking(page)
  await expect(running(page)).toContainText('1 of 4')
  await expect(running(page)).toContainText('reads the account')
  await pool.getByRole('button', { name: 'Stop' }).click()
  await expect(pool.getByText('finishing its jobs', { exact: true })).toBeVisible()
  const next = await ledger.add('book', { entry: 'e3' }) // a stopping worker takes nothing new

  // A connection that closes does not wait for long: the job is given back first.
  await goTo(page, routes.section('profiles'))
  const profile = page.getByRole('main').getByRole('listitem').filter({ hasText: 'Imports' })
  await profile.getByRole('button', { name: 'Close' }).click()
  await expect(entryOf(page, 'Imports').getByRole('img', { name: 'Closed' })).toBeVisible()
  expect(await ledger.stateOf(held)).toBe('waiting')
  expect(await redis.client.exists(`bull:ledger:${held}:lock`)).toBe(0)
  expect(await ledger.stateOf(next)).toBe('waiting')
  expect((await queue.getJob(held))?.attemptsMade).toBe(0)
  expect(await ledger.count('active')).toBe(0)
  expect(bookedEntries()).toEqual(['e1'])

  await profile.getByRole('button', { name: 'Open' }).click()
  await expect(entryOf(page, 'Imports').getByRole('img', { name: 'Connected' })).toBeVisible()
  await goTo(page, routes.section('workers', connectionId))
  await pool.getByText('ledger', { exact: true }).click()
  await expect(ended(page).getByText('taken away', { exact: true })).toBeVisible()
  await pool.getByRole('button', { name: 'Start again' }).click()
  await expect(running(page)).toHaveCount(1) // it is still the one that is shown
  await pool.getByRole('button', { name: 'Stop' }).click()
  await expect(pool.getByText('finishing its jobs', { exact: true })).toBeVisible()
  writeFileSync(join(handlers, 'go'), '', { mode: 0o644 })
  await expect(pool.getByText('stopped', { exact: true })).toBeVisible()
  const states = Promise.all([held, next].map((id) => ledger.stateOf(id)))
  expect(await states).toEqual(['completed', 'waiting'])
  await pool.getByRole('button', { name: 'Start again' }).click()
  await expect.poll(() => ledger.stateOf(next)).toBe('completed')
  await stop(pool)
  expect(bookedEntries()).toEqual(['e1', 'e2', 'e3'])
})
