import type { Page } from '@playwright/test'
import type { TestRedis } from '../test/redis.ts'
import {
  addConnection,
  chooseFrom,
  drawer,
  ended,
  goTo,
  jobRow,
  openJob,
  openState,
  plainQueue,
  removeConnection,
  runPlan,
  toast,
  undoEntry,
} from './console.ts'
import { expect, test } from './fixtures.ts'

let connectionId = ''

test.beforeAll(async ({ app, redis }) => {
  await redis.client.flushall()
  await app.page.goto(app.address)
  connectionId = await addConnection(app.page, { name: 'Triage', url: redis.url })
})

test.afterAll(async ({ app }) => removeConnection(app.page, 'Triage'))

const deadKey = (name: string) => `queue:${name}:dlq`

function deadJob(id: string): string {
  return JSON.stringify({
    id,
    type: 'order',
    attempts: 3,
    error: `Card of ${id} declined`,
    failedAt: '2026-01-01T00:00:00Z',
  })
}

/** A dead-letter list with these entries, opened; the last one is the newest and so the first row. */
async function triage(
  page: Page,
  redis: TestRedis,
  name: string,
  entries: readonly (string | Buffer)[],
): Promise<void> {
  await redis.client.rpush(deadKey(name), ...entries)
  await openState(page, connectionId, plainQueue(name), 'dead')
  await expect(jobRow(page, 1)).toBeVisible()
}

/** Everything in a list, byte for byte. */
async function stored(redis: TestRedis, key: string): Promise<string[]> {
  return (await redis.client.lrangeBuffer(key, 0, -1)).map((entry) => entry.toString('latin1'))
}

test('one, many and all dead letters go back to work as jobs that can run', async ({ page, redis }) => {
  await triage(page, redis, 'retry', ['a', 'b', 'c', 'd', 'e'].map(deadJob))
  const job = await openJob(page, 2)
  await expect(job).toContainText('Card of d declined')
  await job.getByRole('button', { name: 'Retry', exact: true }).click()
  await expect(toast(page, 'Retried 1 job.')).toBeVisible()
  await expect(job).toContainText('Card of c declined') // the next one takes its place
  await page.keyboard.press('Escape')

  await page.getByRole('checkbox', { name: 'Select job 1', exact: true }).click()
  await page.getByRole('checkbox', { name: 'Select job 3', exact: true }).click()
  const bar = page.getByRole('toolbar', { name: 'Selected jobs' })
  await expect(bar).toContainText('2 selected')
  await bar.getByRole('button', { name: 'Retry…' }).click()
  await runPlan(page, 'Retry 2 jobs')
  await expect(ended(page, 'Retried 2 jobs.')).toBeVisible()
  await expect(bar).toHaveCount(0)

  await redis.client.rpush(deadKey('retry'), deadJob('late'))
  await chooseFrom(page, 'More for this queue', 'Retry all (Dead)')
  await runPlan(page, 'Retry 3 jobs')
  await expect(ended(page, 'Retried 3 jobs.')).toBeVisible()
  await expect(page.getByText('No jobs in Dead')).toBeVisible()
  const alive = (id: string) => JSON.stringify({ id, type: 'order', attempts: 0 })
  expect(await stored(redis, 'queue:retry')).toEqual(['d', 'b', 'e', 'a', 'c', 'late'].map(alive))
})

test('an edited job goes back with every byte that was not edited as it was', async ({ page, redis }) => {
  const entry =
    '{ "id": 9007199254740993,\t"to":"old\\u0041", "rate": 1.10e+2,"attempts":2,"error":"bad address","failedAt":1 }'
  await triage(page, redis, 'edit', [entry])
  await openJob(page, 1)
  await page.keyboard.press('e')
  const editor = page.getByRole('alertdialog', { name: 'Edit and retry' })
  const payload = editor.getByRole('textbox', { name: 'Payload' })
  await expect(payload).toHaveValue(entry)
  await payload.fill(entry.replace('old', 'new,}'))
  await expect(editor.getByRole('status')).toContainText('Valid JSON')
  await payload.fill(entry.replace('"old', 'new'))
  await expect(editor.getByRole('button', { name: 'Retry with this payload' })).toBeDisabled()
  await payload.fill(entry.replace('old', 'new'))
  await editor.getByRole('button', { name: 'Retry with this payload' }).click()
  await expect(toast(page, 'Edited and retried 1 job.')).toBeVisible()
  expect(await stored(redis, 'queue:edit')).toEqual([entry.replace('old', 'new')])
  expect(await redis.client.llen(deadKey('edit'))).toBe(0)
})

test('removed jobs come back by Undo to where they were, byte for byte', async ({ page, redis }) => {
  const entries = [deadJob('a'), '{"id":"twin"}', deadJob('b'), '{"id":"twin"}', deadJob('c')]
  await triage(page, redis, 'remove', entries)
  await page.getByRole('checkbox', { name: 'Select job 2', exact: true }).click()
  await page.getByRole('checkbox', { name: 'Select job 5', exact: true }).click()
  await page.getByRole('toolbar', { name: 'Selected jobs' }).getByRole('button', { name: 'Remove…' }).click()
  await runPlan(page, 'Remove 2 jobs')
  const said = ended(page, 'Removed 2 jobs.')
  await expect(said).toBeVisible()
  expect(await stored(redis, deadKey('remove'))).toEqual([entries[1], entries[2], entries[4]])
  await said.getByRole('button', { name: 'Undo', includeHidden: true }).click()
  await expect(ended(page, 'Put back 2 jobs.')).toBeVisible()
  await expect(jobRow(page, 5)).toBeVisible()
  expect(await stored(redis, deadKey('remove'))).toEqual(entries)
})

test('a purge names its exact count, and the journal takes it back', async ({ page, redis }) => {
  const entries = Array.from({ length: 1_204 }, (_, n) => deadJob(String(n)))
  await triage(page, redis, 'purge', entries)
  await chooseFrom(page, 'More for this queue', 'Purge Dead')
  const question = page.getByRole('alertdialog', { name: 'Purge 1,204 jobs' })
  await expect(question.getByRole('button', { name: 'Purge 1,204 jobs' })).toBeDisabled()
  // One that was not there when the plan was made: it is not touched.
  await redis.client.rpush(deadKey('purge'), deadJob('late'))
  await runPlan(page, 'Purge 1,204 jobs', 1204)
  await expect(ended(page, 'Purged 1,204 jobs.')).toBeVisible()
  expect(await stored(redis, deadKey('purge'))).toEqual([deadJob('late')])

  await goTo(page, '/journal?q=triage')
  const entry = page
    .getByRole('grid', { name: 'Journal' })
    .getByRole('row')
    .filter({ hasText: 'Purged 1,204 jobs from purge (Dead)' })
  await undoEntry(page, entry)
  await expect(ended(page, 'Put back 1,204 jobs.')).toBeVisible()
  expect(await stored(redis, deadKey('purge'))).toEqual([...entries, deadJob('late')])
})

test('jobs move to another queue, and new ones are added', async ({ page, redis }) => {
  await triage(page, redis, 'move', ['a', 'b', 'c'].map(deadJob))
  await page.getByRole('checkbox', { name: 'Select job 1', exact: true }).click()
  await page.getByRole('checkbox', { name: 'Select job 2', exact: true }).click()
  await page.keyboard.press('m')
  const dialog = page.getByRole('alertdialog', { name: 'Move' })
  await dialog.getByRole('textbox', { name: /^To the queue/ }).fill('moved:here')
  await expect(dialog.getByRole('button', { name: /moved:here.*new queue/ })).toBeVisible()
  await runPlan(page, 'Move 2 jobs')
  await expect(ended(page, 'Moved 2 jobs.')).toBeVisible()
  expect(await stored(redis, 'queue:moved:here')).toEqual(
    ['b', 'c'].map((id) => JSON.stringify({ id, type: 'order', attempts: 0 })),
  )
  expect(await stored(redis, deadKey('move'))).toEqual([deadJob('a')])

  await page.getByRole('button', { name: 'Add job' }).click()
  const form = page.getByRole('alertdialog', { name: 'Add a job to move' })
  const payload = '{"id": 18446744073709551615, "to": "سارا"}'
  await form.getByRole('textbox', { name: 'Payload' }).fill(payload)
  await form.getByRole('button', { name: 'Add the job' }).click()
  await expect(toast(page, 'Added 1 job.')).toBeVisible()
  expect(await redis.client.lrange('queue:move', 0, -1)).toEqual([payload])
})

test('broken, huge and hostile payloads are shown as what they are', async ({ page, redis }) => {
  const html = '<img src=x onerror="alert(1)"><script>alert(2)</script>'
  const hostile = JSON.stringify({ id: html, type: `"><svg onload=alert(3)>`, error: `${html}\u202egnp.exe` })
  const huge = JSON.stringify({ id: 'huge', filler: 'x'.repeat(10 * 1024 * 1024) })
  const binary = Buffer.from([0x80, 0x04, 0x95, 0x00, 0xff, 0xfe])
  const ran: string[] = []
  page.on('dialog', (dialog) => {
    ran.push(`dialog ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('pageerror', (error) => ran.push(`error ${error.message}`))
  await triage(page, redis, 'hostile', [
    '{"id":"cut","error":"x"',
    binary,
    huge,
    '{"id":"twin"}',
    '{"id":"twin"}',
    hostile,
  ])

  const job = await openJob(page, 1)
  await expect(job).toContainText(html)
  await expect(job).toContainText('RLOgnp.exe') // what turns text around is named, not obeyed
  await expect(job.getByRole('img', { name: 'x' })).toHaveCount(0)

  await expect(jobRow(page, 4)).toContainText('large')
  await jobRow(page, 4).click()
  await expect(job.getByRole('list', { name: 'Remarks' })).toContainText('large')
  await job.getByRole('button', { name: /^Load all 10/ }).click()
  await expect(job.getByRole('button', { name: /^Load all/ })).toHaveCount(0)
  await expect(job.getByRole('button', { name: 'Edit & retry…' })).toBeDisabled()

  await expect(jobRow(page, 5)).toContainText('binary')
  await jobRow(page, 5).click()
  await expect(job.getByRole('region', { name: 'Payload', exact: true })).toContainText('80 04 95 00 ff fe')
  await expect(jobRow(page, 6)).toContainText('not JSON')
  await jobRow(page, 6).click()
  await expect(job.getByRole('region', { name: 'Payload as stored' })).toContainText('{"id":"cut","error":"x"')

  // Of twins, the one that was chosen goes.
  await page.keyboard.press('Escape')
  await page.getByRole('checkbox', { name: 'Select job 3', exact: true }).click()
  await page.keyboard.press('Delete')
  await expect(toast(page, 'Removed 1 job.')).toBeVisible()
  await expect(jobRow(page, 6)).toHaveCount(0)
  expect(await redis.client.lrange(deadKey('hostile'), -2, -1)).toEqual(['{"id":"twin"}', hostile])
  expect(await redis.client.llen(deadKey('hostile'))).toBe(5)
  page.removeAllListeners('dialog')
  page.removeAllListeners('pageerror')
  expect(ran).toEqual([])
})

test('a job that has left says so', async ({ page, redis }) => {
  await triage(page, redis, 'gone', ['a', 'b'].map(deadJob))
  await openJob(page, 1)
  await expect(drawer(page)).toContainText('Card of b declined')
  await redis.client.lrem(deadKey('gone'), 1, deadJob('b'))
  await drawer(page).getByRole('button', { name: 'Retry', exact: true }).click()
  await expect(toast(page, '1 job was no longer there.')).toBeVisible()
  await expect(drawer(page)).toContainText('Card of a declined') // the next one takes its place

  await redis.client.rpush(deadKey('gone'), deadJob('c'))
  await page.getByRole('button', { name: 'Close', exact: true }).click()
  await page.getByRole('button', { name: 'Read the list again' }).click()
  await expect(jobRow(page, 2)).toBeVisible()
  await redis.client.del(deadKey('gone'))
  await openJob(page, 2)
  await expect(drawer(page)).toContainText('This job has left Dead. What you see was read at')
  await expect(drawer(page).getByRole('button', { name: 'Retry', exact: true })).toBeDisabled()
  await jobRow(page, 1).click()
  await expect(drawer(page)).toContainText('This job is no longer there')
  await expect(drawer(page)).toContainText('It is not in Dead any more')
  await drawer(page).getByRole('button', { name: 'Back to the list' }).click()
  await expect(drawer(page)).toHaveCount(0)
})

test('a list of 100,000 is scrolled to its end, and gone to in its middle', async ({ page, redis }) => {
  await redis.client.eval(
    `for n = 1, 100000 do redis.call('RPUSH', KEYS[1], '{"id":"n' .. n .. '","error":"x"}') end`,
    1,
    deadKey('long'),
  )
  await openState(page, connectionId, plainQueue('long'), 'dead')
  const grid = page.getByRole('grid', { name: 'Dead jobs' })
  await expect(jobRow(page, 1)).toContainText('n100000')
  await grid.evaluate((element) => {
    element.scrollTop = element.scrollHeight
  })
  await expect(jobRow(page, 100_000)).toContainText('"n1"')
  await expect(page.getByText(/–100,000 of 100,000, newest first/)).toBeVisible()

  await page.keyboard.press('#')
  await page.keyboard.type('50000')
  await page.keyboard.press('Enter')
  await expect(jobRow(page, 50_000)).toBeInViewport()
  await expect(jobRow(page, 50_000)).toContainText('"n50001"')
  await page.keyboard.press('Enter')
  await expect(drawer(page)).toContainText('#50,000')
  await expect(drawer(page)).toContainText('n50001')
  await page.keyboard.press('Home')
  await expect(jobRow(page, 1)).toBeInViewport()
})
