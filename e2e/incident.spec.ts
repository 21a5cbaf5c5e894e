import type { TestRedis } from '../test/redis.ts'
import {
  addConnection,
  chooseFrom,
  ended,
  goTo,
  openState,
  plainQueue,
  removeConnection,
  runPlan,
  sidebar,
  undoEntry,
} from './console.ts'
import { expect, test } from './fixtures.ts'

let connectionId = ''

test.beforeAll(async ({ app, redis }) => {
  await redis.client.flushall()
  await app.page.goto(app.address)
  connectionId = await addConnection(app.page, { name: 'Shop', url: redis.url })
})

test.afterAll(async ({ app }) => removeConnection(app.page, 'Shop'))

/** Ids beyond 2^53, which a parser would round. */
const firstId = 9007199254740993n
const waiting = (n: number) =>
  `{"id": ${firstId + BigInt(n)}, "data": {"tenant": "t${n % 7}", "region": "eu"}, "attempts": 1}`
const dead = (n: number, tenant: string, error: string) =>
  `{"id": ${firstId + BigInt(n)}, "data": {"tenant": "${tenant}", "region": "eu"}, "attempts": 3, ` +
  `"error": "${error}", "failedAt": "2026-01-01T00:00:00Z"}`

async function stored(redis: TestRedis, key: string): Promise<string[]> {
  return redis.client.lrange(key, 0, -1)
}

test('an incident, from the red number to the undone purge', async ({ page, redis }) => {
  const slow = Array.from({ length: 40 }, (_, n) => dead(n, 'acme', `Timeout after ${900 + n} ms`))
  const declined = Array.from({ length: 10 }, (_, n) => dead(100 + n, `t${n % 7}`, 'Card declined'))
  const letters = [...slow.slice(0, 20), ...declined, ...slow.slice(20)]
  const jobs = Array.from({ length: 60 }, (_, n) => waiting(1000 + n))
  await redis.client.rpush('queue:orders', ...jobs)
  await redis.client.rpush('queue:orders:dlq', ...letters)

  // The red number leads to the causes, and the largest one shows what its jobs share.
  await sidebar(page)
    .getByRole('link', { name: /^Failures 50$/ })
    .last()
    .click()
  const causes = page.getByRole('list', { name: 'Failures by cause' }).getByRole('listitem')
  const cause = causes.filter({ has: page.getByRole('button', { name: /^Timeout after <n> ms/ }) }).first()
  await cause.getByRole('button', { name: /^Timeout after <n> ms/ }).click()
  const shared = cause.getByRole('region', { name: 'What they share' })
  await expect(shared).toContainText('acme')

  // All of them are found, changed as one, and run again; the others are left alone.
  await cause.getByRole('toolbar', { name: 'All of these jobs' }).getByRole('button', { name: 'Find' }).click()
  const main = page.getByRole('main')
  await expect(main.getByText('40 matches in 50 jobs')).toBeVisible()
  await page.getByRole('checkbox', { name: 'Select the matches shown' }).click()
  const bar = page.getByRole('toolbar', { name: 'Selected jobs' })
  await expect(bar).toContainText('40 selected')
  await bar.getByRole('button', { name: 'Edit…' }).click()
  const edit = page.getByRole('alertdialog')
  await edit.getByRole('textbox', { name: 'What changes in each payload' }).fill('data.limitMs = 60000')
  await expect(edit.getByRole('region', { name: 'Sample' })).toContainText('limitMs')
  await runPlan(page, 'Edit 40 jobs')
  const edited = ended(page, 'Edited 40 jobs.')
  await expect(edited).toBeVisible()
  expect(await stored(redis, 'queue:orders:dlq')).toEqual(declined)
  const again = (await stored(redis, 'queue:orders')).slice(jobs.length)
  expect(again).toHaveLength(40)
  expect(again[39]).toContain(`{"id": ${firstId + 39n}, "data": {"tenant": "acme", "region": "eu"`)
  expect(again[39]).toContain('60000')

  // It was the wrong change: what has not begun to run comes back as it was.
  await edited.getByRole('button', { name: 'Undo', includeHidden: true }).click()
  await expect(ended(page, 'Put back 40 jobs.')).toBeVisible()
  expect(await stored(redis, 'queue:orders:dlq')).toEqual(letters)
  expect(await stored(redis, 'queue:orders')).toEqual(jobs)

  // A purge asks for the count, touches nothing that arrives later, and is undone from the journal.
  await openState(page, connectionId, plainQueue('orders'), 'dead')
  await chooseFrom(page, 'More for this queue', 'Purge Dead…')
  const purge = page.getByRole('alertdialog', { name: 'Purge 50 jobs' })
  await expect(purge.getByRole('button', { name: 'Purge 50 jobs' })).toBeDisabled()
  const late = dead(5000, 'late', 'Card declined')
  await redis.client.rpush('queue:orders:dlq', late)
  await runPlan(page, 'Purge 50 jobs', 50)
  await expect(ended(page, 'Purged 50 jobs.')).toBeVisible()
  expect(await stored(redis, 'queue:orders:dlq')).toEqual([late])

  await goTo(page, '/journal?q=purged')
  const entry = page.getByRole('row').filter({ hasText: 'Purged 50 jobs from orders (Dead)' })
  await undoEntry(page, entry)
  await expect(ended(page, 'Put back 50 jobs.')).toBeVisible()
  expect(await stored(redis, 'queue:orders:dlq')).toEqual([...letters, late])
})
