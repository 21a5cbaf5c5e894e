import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator, Page } from '@playwright/test'
import { addConnection, goTo, jobRow, openState, removeConnection } from './console.ts'
import { expect, test } from './fixtures.ts'
import { makeFolderIn } from './shells/data-folder.ts'

let connectionId = ''
/** A folder that the app may read, whoever runs it. */
let folder = ''

test.beforeAll(async ({ app, redis, dataFolder }) => {
  await redis.client.flushall()
  folder = makeFolderIn(dataFolder, 'handlers')
  await app.page.goto(app.address)
  connectionId = await addConnection(app.page, { name: 'Workshop', url: redis.url })
})

test.afterAll(async ({ app }) => removeConnection(app.page, 'Workshop'))

/** Does what the job's `do` says; `wait` until a file appears beside it. */
const handler = `
import { existsSync } from 'node:fs'
export async function handle(job, ctx) {
  const { do: what } = job.data
  ctx.log('begins ' + job.id)
  console.log('written by ' + job.id)
  if (what === 'throw') throw new Error('No such account')
  if (what === 'exit') process.exit(3)
  if (what === 'loop') for (;;);
  if (what === 'wait') {
    while (!existsSync(new URL(job.data.until, import.meta.url))) {
      ctx.progress({ done: 2, total: 8, message: 'waits for ' + job.data.until })
      await new Promise((resolve) => setTimeout(resolve, 20))
      ctx.signal.throwIfAborted()
    }
  }
  return { did: what }
}
`

function writeHandler(name: string, code = handler): string {
  const path = join(folder, name)
  writeFileSync(path, code, { mode: 0o644 })
  return path
}

const job = (id: string, what: string, more: object = {}) =>
  JSON.stringify({ id, type: 'repair', data: { do: what, ...more }, attempts: 0 })

interface Start {
  readonly attempts?: string
  readonly timeLimit?: string
  readonly save?: boolean
}

/** Starts workers on a plain list by a file of the folder of handlers. */
async function startWorkers(page: Page, queue: string, name: string, options: Start = {}): Promise<Locator> {
  const { attempts = '1', timeLimit = '60', save = false } = options
  await goTo(page, `/c/${connectionId}/workers`)
  await page.getByRole('button', { name: 'Start workers' }).click()
  const form = page.getByRole('dialog', { name: 'Start workers on this desktop' })
  await form.getByRole('combobox', { name: 'Queue' }).click()
  await page.getByRole('option', { name: 'Another, by name…' }).click()
  await form.getByRole('textbox', { name: 'Name', exact: true }).fill(queue)
  await form.getByRole('button', { name: 'Own file', exact: true }).click()
  await form.getByRole('combobox', { name: 'File' }).click()
  await page.getByRole('option', { name, exact: true }).click()
  await form.getByRole('button', { name: 'Check' }).click()
  await expect(form.getByRole('status').filter({ hasText: 'exports a handler' })).toBeVisible()
  await form.getByRole('textbox', { name: 'At a time' }).fill('2')
  await form.getByRole('textbox', { name: 'Attempts' }).fill(attempts)
  await form.getByRole('textbox', { name: 'Time limit' }).fill(timeLimit)
  if (save) await form.getByRole('checkbox', { name: 'Save these settings for this connection' }).check()
  await form.getByRole('button', { name: save ? 'Save and start' : 'Start', exact: true }).click()
  await expect(form).toHaveCount(0)
  const pool = page
    .getByRole('region', { name: 'Workers on this desktop' })
    .getByRole('listitem')
    .filter({ hasText: queue })
  await expect(pool.getByText('running', { exact: true })).toBeVisible()
  return pool
}

async function stopWorkers(pool: Locator): Promise<void> {
  await pool.getByRole('button', { name: 'Stop' }).click()
  await expect(pool.getByText('stopped', { exact: true })).toBeVisible()
}

const running = (page: Page) => page.getByRole('list', { name: 'Running jobs' }).getByRole('listitem')
const ended = (page: Page) => page.getByRole('list', { name: 'Ended jobs' }).getByRole('listitem')

test('a handler of one’s own does jobs in processes of its own, and each end says why', async ({ page, redis }) => {
  const { client } = redis
  writeHandler('repair.mjs')
  const pool = await startWorkers(page, 'repairs', 'repair.mjs', { timeLimit: '1' })
  await pool.getByText('repairs', { exact: true }).click()
  await client.rpush('queue:repairs', job('j1', 'work'), job('j2', 'throw'), job('j3', 'exit'), job('j4', 'loop'))
  await expect(ended(page)).toHaveCount(4)
  await expect(ended(page).filter({ hasText: 'j1' })).toContainText('{"did":"work"}')
  await expect(ended(page).filter({ hasText: 'j2' })).toContainText('No such account')
  await expect(ended(page).filter({ hasText: 'j3' })).toContainText('exit code 3')
  await expect(ended(page).filter({ hasText: 'j4' })).toContainText('longer than 1 second')
  const errors = (await client.lrange('queue:repairs:dlq', 0, -1)).map((text) => JSON.parse(text))
  expect(errors.map(({ id }) => id).sort()).toEqual(['j2', 'j3', 'j4'])

  await page.getByRole('tab', { name: 'Output' }).click()
  await page.getByLabel('Search the output').fill('J2')
  const lines = page.getByRole('log', { name: 'Lines' })
  await expect(lines).toContainText('begins j2')
  await expect(lines).toContainText('written by j2')
  await expect(lines).not.toContainText('j1')
  await stopWorkers(pool)
})

test('a process that is killed, and a stop in the middle, lose no job', async ({ page, redis }) => {
  const { client } = redis
  writeHandler('waits.mjs')
  const pool = await startWorkers(page, 'waits', 'waits.mjs', { attempts: '3' })
  await pool.getByText('waits', { exact: true }).click()
  await client.rpush('queue:waits', job('w1', 'wait', { until: 'go-1' }), job('w2', 'wait', { until: 'go-2' }))
  await expect(running(page)).toHaveCount(2)
  await expect(running(page).first()).toContainText('2 of 8')
  await expect(running(page).first()).toContainText('waits for go-1')
  // As a person would who looks at the process: by its number.
  const [, pid] = (
    (await running(page)
      .filter({ hasText: 'w1' })
      .getByText(/^pid \d+$/)
      .textContent()) ?? ''
  ).split(' ')
  process.kill(Number(pid), 'SIGKILL')
  await expect(ended(page).filter({ hasText: 'w1' })).toContainText('SIGKILL')
  // Tried again after its delay, in another process.
  await expect(running(page).filter({ hasText: 'w1' })).toBeVisible()
  writeFileSync(join(folder, 'go-1'), '', { mode: 0o644 })
  await expect(ended(page).filter({ hasText: 'w1' }).filter({ hasText: '{"did":"wait"}' })).toBeVisible()

  await pool.getByRole('button', { name: 'Stop' }).click()
  await expect(pool.getByText('finishing its jobs', { exact: true })).toBeVisible()
  await expect(pool.getByRole('button', { name: 'Return jobs now' })).toBeVisible()
  await client.rpush('queue:waits', job('w3', 'work')) // a stopping worker takes nothing new
  writeFileSync(join(folder, 'go-2'), '', { mode: 0o644 })
  await expect(pool.getByText('stopped', { exact: true })).toBeVisible()
  await expect(ended(page).filter({ hasText: 'w2' })).toContainText('{"did":"wait"}')
  expect(await client.lrange('queue:waits', 0, -1)).toEqual([job('w3', 'work')])
  expect(await client.llen('queue:waits:dlq')).toBe(0)
})

test('a new handler comes from a template, and saved workers start again', async ({ page, redis }) => {
  await goTo(page, `/c/${connectionId}/workers`)
  await page.getByRole('button', { name: 'Start workers' }).click()
  const form = page.getByRole('dialog', { name: 'Start workers on this desktop' })
  await form.getByRole('button', { name: 'Own file', exact: true }).click()
  await form.getByRole('combobox', { name: 'File' }).click()
  await page.getByRole('option', { name: 'New handler…' }).click()
  await form.getByRole('textbox', { name: 'Name of the file' }).fill('greet.ts')
  await form.getByRole('button', { name: 'Create' }).click()
  await form.getByRole('button', { name: 'Check' }).click()
  await expect(form.getByRole('status').filter({ hasText: 'exports a handler' })).toBeVisible()
  await form.getByRole('button', { name: 'Cancel' }).click()

  await redis.client.rpush('queue:greetings', job('g1', 'work'))
  const pool = await startWorkers(page, 'greetings', 'greet.ts', { save: true })
  await pool.getByText('greetings', { exact: true }).click()
  await expect(ended(page)).toHaveCount(1)
  await stopWorkers(pool)
  await pool.getByRole('button', { name: 'Forget this pool' }).click()
  const saved = page
    .getByRole('region', { name: 'Saved workers' })
    .getByRole('listitem')
    .filter({ hasText: 'greetings' })
  await saved.getByRole('button', { name: 'Start' }).click()
  await expect(pool.getByText('running', { exact: true })).toBeVisible()
  await stopWorkers(pool)
})

test('exactly one job is run where it is, and stays there', async ({ page, redis }) => {
  const { client } = redis
  writeHandler('repair.mjs')
  const dead = job('d1', 'throw')
  await client.rpush('queue:dead-ends:dlq', dead)
  await client.rpush('queue:dead-ends', job('d2', 'work'))
  await openState(page, connectionId, { system: 'plain-list', prefix: 'queue:', name: 'dead-ends' }, 'dead')
  await jobRow(page, 1).click()
  await page.getByRole('button', { name: 'More for this job' }).click()
  await page.getByRole('menuitem', { name: 'Run exactly this job…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Run exactly this job' })
  await dialog.getByRole('button', { name: 'Own file', exact: true }).click()
  await dialog.getByRole('combobox', { name: 'File' }).click()
  await page.getByRole('option', { name: 'repair.mjs', exact: true }).click()
  await dialog.getByRole('button', { name: 'Run it' }).click()
  await expect(dialog).toContainText('No such account')
  await expect(dialog.getByRole('log', { name: 'Lines' })).toContainText('begins d1')
  await dialog.getByRole('button', { name: 'Close' }).last().click()
  expect(await client.lrange('queue:dead-ends:dlq', 0, -1)).toEqual([dead])
  expect(await client.llen('queue:dead-ends')).toBe(1)
})

test('a worker command is watched, told to stop, and started again when it dies', async ({ page }) => {
  const program = writeHandler(
    'worker.mjs',
    `process.on('SIGTERM', () => { console.log('finishes what it has'); process.exit(0) })
     console.log('serves ' + process.argv[2]); setInterval(() => {}, 1000)`,
  )
  await goTo(page, `/c/${connectionId}/workers`)
  await page.getByRole('button', { name: 'Add command' }).click()
  const form = page.getByRole('dialog', { name: 'Add a worker command' })
  await form.getByRole('textbox', { name: 'Name', exact: true }).fill('Night shift')
  await form.getByRole('textbox', { name: 'Command' }).fill(`"${process.execPath}" "${program}" nights`)
  await form.getByRole('textbox', { name: 'Folder' }).fill(folder)
  await form.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(form).toHaveCount(0)
  const card = page
    .getByRole('region', { name: 'Worker commands' })
    .getByRole('listitem')
    .filter({ hasText: 'Night shift' })
  await card.getByRole('button', { name: 'Start' }).click()
  await expect(card.getByText('running', { exact: true })).toBeVisible()
  await card.getByText('Night shift', { exact: true }).click()
  const details = page.getByRole('region', { name: 'Worker command', exact: true })
  const lines = details.getByRole('log', { name: 'Lines' })
  await expect(lines).toContainText('serves nights')
  const processes = details.getByRole('table', { name: 'Processes' })
  const pidOf = async () => Number(/\d+/.exec((await processes.getByRole('row').nth(1).textContent()) ?? '')?.[0])
  const first = await pidOf()
  process.kill(first, 'SIGKILL')
  await expect(lines).toContainText('SIGKILL')
  await expect.poll(pidOf).not.toBe(first)
  await expect(card.getByText('running', { exact: true })).toBeVisible()
  await card.getByRole('button', { name: 'Stop' }).click()
  await expect(card.getByText('stopped', { exact: true })).toBeVisible()
  await expect(lines).toContainText('finishes what it has')
})
