import { startRedis, type TestRedis } from '../test/redis.ts'
import {
  addConnection,
  drawer,
  entryOf,
  goTo,
  jobRow,
  openJob,
  openState,
  plainQueue,
  removeConnection,
  sidebar,
  toast,
} from './console.ts'
import { expect, test } from './fixtures.ts'

const dead = ['a', 'b'].map((id) => `{"id":"${id}","type":"order","n":9007199254740993,"error":"lost"}`)
let redis: TestRedis
let connectionId = ''

test.beforeAll(async ({ app }) => {
  redis = await startRedis('--appendonly', 'yes', '--appendfsync', 'always')
  await redis.client.rpush('queue:orders:dlq', ...dead)
  await app.page.goto(app.address)
  connectionId = await addConnection(app.page, { name: 'Fragile', url: redis.url })
})

test.afterAll(async ({ app }) => {
  await removeConnection(app.page, 'Fragile')
  await redis.stop()
})

test('says on every screen that its data is old while Redis is away, loses nothing, and recovers by itself', async ({
  page,
}) => {
  const stale = page.getByText(/Data is .+ old since \d/)
  const state = entryOf(page, 'Fragile').getByRole('img')
  await openState(page, connectionId, plainQueue('orders'), 'dead')
  await openJob(page, 1)
  await page.keyboard.press('e')
  const editor = page.getByRole('alertdialog', { name: 'Edit and retry' })
  const payload = editor.getByRole('textbox', { name: 'Payload' })
  const edited = (await payload.inputValue()).replace('"order"', '"order again"')
  await payload.fill(edited)

  await redis.kill()
  await expect(stale).toBeVisible()
  await editor.getByRole('button', { name: 'Retry with this payload' }).click()
  // Which of the two depends on whether the connection that writes was tried again in between.
  const refusal = editor.getByRole('status').filter({ hasText: /Redis is not reachable|the server is not running/ })
  await expect(refusal).toBeVisible()
  await expect(payload).toHaveValue(edited)
  await editor.getByRole('button', { name: 'Cancel' }).click()

  await expect(state).toHaveAccessibleName('Connection lost, trying again')
  await expect(drawer(page).getByRole('button', { name: 'Remove' })).toBeDisabled()
  await page.keyboard.press('Delete')
  await expect(toast(page, 'Redis is not reachable at the moment.')).toBeVisible()
  await expect(jobRow(page, 2)).toBeVisible() // what was read is still there to be looked at
  const title = page.getByRole('heading', { level: 1 })
  for (const section of ['Queues', 'Failures', 'Requests', 'Workers', 'Memory']) {
    await sidebar(page).getByRole('link', { name: section }).last().click()
    await expect(title).toHaveText(section)
    await expect(stale).toBeVisible()
  }
  // Over all connections it is said of which.
  for (const section of ['Queues', 'Failures', 'Workers', 'Journal']) {
    await sidebar(page).getByRole('link', { name: section }).first().click()
    await expect(title).toHaveText(section)
    await expect(stale).toContainText('Fragile')
  }
  await sidebar(page).getByRole('link', { name: 'Connections' }).click()
  const listed = page.getByRole('main').getByRole('listitem').filter({ hasText: 'Fragile' })
  await expect(listed).toContainText(/Data is .+ old since \d/)

  await goTo(page, `/c/${connectionId}/overview`)
  await redis.start()
  await expect(state).toHaveAccessibleName('Connected')
  await expect(stale).toHaveCount(0)
  await redis.client.rpush('queue:orders', '{"id":"new"}')
  await expect(
    page.getByRole('row').filter({ hasText: 'orders' }).getByRole('img', { name: 'Waiting 1, Failed 2', exact: true }),
  ).toBeVisible()
  expect(await redis.client.lrange('queue:orders:dlq', 0, -1)).toEqual(dead)
  await openState(page, connectionId, plainQueue('orders'), 'dead')
  await openJob(page, 1)
  await page.keyboard.press('r')
  await expect(toast(page, 'Retried 1 job.')).toBeVisible()
  expect(await redis.client.lrange('queue:orders', 0, -1)).toHaveLength(2)
})
