import { readFileSync } from 'node:fs'
import type { Page } from '@playwright/test'
import type { QueueRef } from '../src/domain/queue.ts'
import { routes } from '../src/renderer/app/routes.ts'
import { putHorizon } from '../test/recorded/horizon-recording.ts'
import {
  addConnection,
  chooseFrom,
  drawer,
  goTo,
  jobRow,
  openJob,
  openState,
  openTab,
  removeConnection,
  toast,
} from './console.ts'
import { expect, test } from './fixtures.ts'

const prefix = 'shop_horizon:'
const installation: QueueRef = { system: 'horizon', prefix, name: 'shop' }
const mail: QueueRef = { system: 'laravel', prefix: 'shop_database_', name: 'mail' }
const mailKey = 'shop_database_queues:mail'
const failedId = '11111111-0000-4000-8000-000000000005'

let connectionId = ''

/** A payload as Laravel 13 with Horizon writes it, under another id. */
function payloadOf(id: string): string {
  const file = new URL('../test/recorded/laravel-13-horizon.json', import.meta.url)
  const { jobs } = JSON.parse(readFileSync(file, 'utf8')) as { jobs: { payload: string }[] }
  return String(jobs[0]?.payload).replaceAll('b1f2e3d4-2222-4a4a-8b8b-c0ffee000001', id)
}

test.beforeAll(async ({ app, redis }) => {
  const { client } = redis
  await client.flushall()
  await putHorizon(client)
  const now = Math.floor(Date.now() / 1000)
  await client.rpush(mailKey, payloadOf('ready-1'))
  await client.rpush(`${mailKey}:notify`, '1')
  await client.zadd(`${mailKey}:delayed`, now + 3600, payloadOf('later-1'))
  await client.zadd(`${mailKey}:reserved`, now - 60, payloadOf('left-1'), now + 3600, payloadOf('held-1'))
  await app.page.goto(app.address)
  connectionId = await addConnection(app.page, { name: 'Shop', url: redis.url })
})

test.afterAll(async ({ app }) => removeConnection(app.page, 'Shop'))

const rowOf = (page: Page, grid: string, text: string) =>
  page.getByRole('grid', { name: grid }).getByRole('row').filter({ hasText: text })

test('a failed job of Horizon is retried once, as Horizon does it', async ({ page, redis }) => {
  const { client } = redis
  await openState(page, connectionId, installation, 'failed')
  await rowOf(page, 'Failed jobs', 'card declined').click()
  const job = drawer(page)
  await expect(job).toContainText('#0 /srv/shop/vendor/laravel/framework/src/Illuminate/Container/BoundMethod.php(36)')
  await expect(job).toContainText('9007199254740993')
  await job.getByRole('button', { name: 'Retry', exact: true }).click()
  await expect(toast(page, 'Retried 1 job.')).toBeVisible()
  await expect(job).toContainText('1 time, last: pending')
  const pushed = await client.lrange('shop_database_queues:payments', 0, -1)
  expect(pushed).toHaveLength(1)
  const payload = JSON.parse(pushed[0] ?? '') as { id: string; attempts: number; retry_of: string }
  expect(payload).toMatchObject({ attempts: 0, retry_of: failedId })
  expect(pushed[0]).toContain('"order":9223372036854775807')
  expect(await client.lrange('shop_database_queues:payments:notify', 0, -1)).toEqual(['1'])
  expect(await client.hget(`${prefix}${payload.id}`, 'status')).toBe('pending')
  const notes = JSON.parse((await client.hget(`${prefix}${failedId}`, 'retried_by')) ?? '[]')
  expect(notes).toMatchObject([{ id: payload.id, status: 'pending' }])

  await job.getByRole('button', { name: 'Retry', exact: true }).click()
  await expect(toast(page, 'Already retried (1 time, last: pending).')).toBeVisible()
  expect(await client.llen('shop_database_queues:payments')).toBe(1)
  await expect(job.getByRole('button', { name: 'Edit & retry…' })).toBeDisabled()
  await openTab(page, 'Pending')
  await expect(rowOf(page, 'Pending jobs', payload.id)).toBeVisible()
})

test('a supervisor is told to pause, and one that rests to go on', async ({ page, redis }) => {
  const { client } = redis
  await putHorizon(client) // they beat again
  await goTo(page, `${routes.section('workers', connectionId)}?tab=all`)
  const workers = page.getByRole('region', { name: 'Workers by connection' })
  const workerOf = (name: string) => workers.getByRole('row').filter({ has: page.getByText(name, { exact: true }) })
  const working = workerOf('web-1-Xk3f:supervisor-1')
  await expect(working).toContainText('running')
  await expect(working).toContainText('5 processes on redis:payments and redis:notifications, balance auto')
  await working.getByRole('button', { name: 'Pause' }).click()
  await expect(toast(page, 'Told it to pause')).toBeVisible()
  const resting = workerOf('web-1-Xk3f:bulk')
  await expect(resting).toContainText('paused')
  await resting.getByRole('button', { name: 'Continue' }).click()
  await expect(toast(page, 'Told it to continue')).toBeVisible()
  const told = (name: string) => client.lrange(`${prefix}commands:web-1-Xk3f:${name}`, 0, -1)
  expect((await told('supervisor-1')).map((text) => JSON.parse(text))).toEqual([
    { command: 'Laravel\\Horizon\\SupervisorCommands\\Pause', options: [] },
  ])
  expect((await told('bulk')).map((text) => JSON.parse(text))).toEqual([
    { command: 'Laravel\\Horizon\\SupervisorCommands\\ContinueWorking', options: [] },
  ])

  await client.hset(`${prefix}supervisor:web-1-Xk3f:supervisor-1`, 'status', 'paused') // it obeyed
  await expect(working.getByRole('button', { name: 'Continue' })).toBeVisible()
})

test('delayed jobs of Laravel run now, and what a worker holds is left to it', async ({ page, redis }) => {
  const { client } = redis
  await openState(page, connectionId, mail, 'delayed')
  const job = await openJob(page, 1)
  await job.getByRole('button', { name: 'Run now' }).click()
  await expect(toast(page, 'Promoted 1 job.')).toBeVisible()
  expect(await client.lrange(mailKey, 0, -1)).toEqual([payloadOf('ready-1'), payloadOf('later-1')])
  expect(await client.llen(`${mailKey}:notify`)).toBe(2)
  expect(await client.exists(`${mailKey}:delayed`)).toBe(0)

  await openState(page, connectionId, mail, 'reserved')
  await jobRow(page, 2).click()
  await expect(drawer(page)).toContainText('held-1')
  await drawer(page).getByRole('button', { name: 'Retry', exact: true }).click()
  await expect(toast(page, /1 job was refused: A worker holds it until .* UTC\./)).toBeVisible()
  expect(await client.zcard(`${mailKey}:reserved`)).toBe(2)
  await jobRow(page, 1).click()
  await expect(drawer(page)).toContainText('left-1')
  await drawer(page).getByRole('button', { name: 'Retry', exact: true }).click()
  await expect(toast(page, 'Retried 1 job.')).toBeVisible()
  expect(await client.zrange(`${mailKey}:reserved`, '0', '-1')).toEqual([payloadOf('held-1')])
  expect(await client.lindex(mailKey, -1)).toBe(payloadOf('left-1'))
  expect(await client.llen(`${mailKey}:notify`)).toBe(3)
})

test('a policy marks the queue that is outside of it, and writes nothing to Redis', async ({ page, redis }) => {
  const { client } = redis
  const keys = (await client.keys('*')).sort()
  await openState(page, connectionId, installation, 'failed')
  await chooseFrom(page, 'More for this queue', 'Set a policy…')
  const form = page.getByRole('dialog', { name: 'Policy of shop' })
  await form.getByRole('combobox', { name: 'Start from a sample' }).click()
  await page.getByRole('option', { name: 'payments' }).click()
  await form.getByRole('textbox', { name: /^Most failed jobs/ }).fill('1')
  await form.getByRole('textbox', { name: /^Tries/ }).fill('often')
  await form.getByRole('button', { name: 'Save' }).click()
  await expect(form.getByRole('textbox', { name: /^Tries/ })).toHaveAttribute('aria-invalid', 'true')
  await form.getByRole('textbox', { name: /^Tries/ }).fill('3')
  await form.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('main').getByText('2 jobs failed, and at most 1 may.')).toBeVisible()

  await goTo(page, routes.section('overview', connectionId))
  const mark = rowOf(page, 'Queues', 'shop').getByLabel(/^Outside its policy\. .*2 jobs failed, and at most 1 may\./)
  await expect(mark).toBeVisible()
  await expect(rowOf(page, 'Queues', 'mail')).toBeVisible()
  await page.getByRole('button', { name: '1 outside its policy' }).click()
  await expect(rowOf(page, 'Queues', 'mail')).toHaveCount(0)
  await expect(mark).toBeVisible()

  await openState(page, connectionId, installation, 'failed')
  await chooseFrom(page, 'More for this queue', 'Edit the policy…')
  await form.getByRole('button', { name: 'Remove the policy' }).click()
  await expect(form).toHaveCount(0)
  await expect(page.getByRole('main').getByText('2 jobs failed, and at most 1 may.')).toHaveCount(0)
  expect((await client.keys('*')).sort()).toEqual(keys)
})
