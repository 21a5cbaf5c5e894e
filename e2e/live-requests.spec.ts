import type { Locator, Page } from '@playwright/test'
import type { TestRedis } from '../test/redis.ts'
import { addConnection, chooseFrom, goTo, removeConnection, toast } from './console.ts'
import { expect, test } from './fixtures.ts'

let connectionId = ''

test.beforeAll(async ({ app, redis }) => {
  await redis.client.flushall()
  await app.page.goto(app.address)
  connectionId = await addConnection(app.page, { name: 'Inquiries', url: redis.url })
})

test.afterAll(async ({ app }) => removeConnection(app.page, 'Inquiries'))

const list = 'local_requests_list'
const keyOf = (hash: string) => `local_request:${hash}`
const isoTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)

type Stored = Record<string, unknown>

async function stored({ client }: TestRedis, hash: string): Promise<Stored> {
  return JSON.parse((await client.get(keyOf(hash))) ?? 'null')
}

/** What the service of a request does: read, change, write for half an hour, tell. */
async function tell(redis: TestRedis, hash: string, change: Stored): Promise<void> {
  const request = JSON.stringify({ ...(await stored(redis, hash)), ...change, updated_at: new Date().toISOString() })
  await redis.client.setex(keyOf(hash), 1800, request)
  await redis.client.publish(`local_request_updates:${hash}`, request)
}

/** Begins a request from the screen; returns its hash, and the panel that opens with it. */
async function begin(page: Page, { client }: TestRedis, data: string): Promise<{ hash: string; panel: Locator }> {
  await goTo(page, `/c/${connectionId}/requests`)
  await page.getByRole('button', { name: 'New request' }).click()
  const form = page.getByRole('dialog', { name: 'New request' })
  await form.getByRole('textbox', { name: /^Service/ }).fill('credit-score-rating')
  await form.getByRole('textbox', { name: 'Id of the service' }).fill('7')
  await form.getByRole('textbox', { name: 'User' }).fill('42')
  await form.getByRole('textbox', { name: 'Takes about' }).fill('90')
  await form.getByRole('textbox', { name: 'Data' }).fill(data)
  await form.getByRole('button', { name: 'Create' }).click()
  await expect(form).toHaveCount(0)
  const [hash] = await client.lrange(list, 0, 0)
  const panel = page.getByRole('complementary', { name: 'Request' })
  await expect(panel).toContainText(hash ?? '')
  await expect(rowOf(page, hash ?? '')).toHaveAttribute('aria-selected', 'true')
  return { hash: hash ?? '', panel }
}

function rowOf(page: Page, hash: string): Locator {
  return page.getByRole('grid', { name: 'Requests' }).getByRole('row').filter({ hasText: hash })
}

test('a request is begun here, its service moves it, and its code is asked for, given and asked for anew', async ({
  page,
  redis,
}) => {
  const { client } = redis
  const data = '{"national_id":"0012345678", "account":9007199254740993}'
  const { hash, panel } = await begin(page, redis, data)
  expect(hash).toMatch(/^req_[A-Za-z0-9]{32}$/)
  await expect(rowOf(page, hash)).toContainText('pending')
  expect(await client.get(keyOf(hash))).toContain(`"request_data":${data},`) // byte for byte
  const begun = await stored(redis, hash)
  expect(Object.entries(begun)).toEqual([
    ['hash', hash],
    ['service_slug', 'credit-score-rating'],
    ['status', 'pending'],
    ['step', 'initializing'],
    ['progress', 0],
    ['current_message', null],
    ['estimated_duration', 90],
    ['requires_otp', false],
    ['request_data', JSON.parse(data)],
    ['otp_data', null],
    ['result_data', null],
    ['service_id', 7],
    ['user_id', 42],
    ['session_id', null],
    ['started_at', isoTime],
    ['updated_at', isoTime],
    ['expires_at', isoTime],
  ])
  expect(await client.ttl(keyOf(hash))).toBeGreaterThan(1790)

  const follower = client.duplicate()
  const heard: string[] = []
  follower.on('message', (_channel, message: string) => heard.push(JSON.parse(message).status))
  await follower.subscribe(`local_request_updates:${hash}`)
  try {
    await tell(redis, hash, { status: 'processing', step: 'login', progress: 37, current_message: 'ورود به سامانه' })
    await expect(rowOf(page, hash).getByRole('progressbar')).toHaveAttribute('aria-valuenow', '37')
    await expect(panel.getByRole('progressbar')).toHaveAttribute('aria-valuenow', '37')
    await expect(panel.getByText('ورود به سامانه')).toHaveAttribute('dir', 'auto')

    await chooseFrom(page, 'More for this request', 'Ask for a code…')
    const asking = page.getByRole('dialog', { name: 'Ask its user for a code' })
    await asking.getByRole('textbox', { name: 'Data' }).fill('{"mobile":"0912***4567"}')
    await asking.getByRole('button', { name: 'Ask for a code' }).click()
    await expect(toast(page, 'Asked for a code for 1 request.')).toBeVisible()
    await expect(page.getByRole('tab', { name: 'Needs a code' })).toContainText('1')
    expect(await stored(redis, hash)).toMatchObject({
      ...{ status: 'otp_required', step: 'otp_verification', progress: 37, requires_otp: true },
      otp_data: { mobile: '0912***4567', requested_at: isoTime },
    })

    await panel.getByRole('button', { name: 'Resend code' }).click()
    await expect(toast(page, 'Asked for a new code for 1 request.')).toBeVisible()
    expect((await stored(redis, hash)).otp_data).toEqual({
      ...{ mobile: '0912***4567', requested_at: isoTime, resend_count: 1, resend_requested_at: isoTime },
    })

    const code = panel.getByRole('textbox', { name: 'One-time code' })
    await code.fill(' 482913 ')
    await panel.getByRole('button', { name: 'Submit code' }).click()
    await expect(toast(page, 'Gave the code to 1 request.')).toBeVisible()
    await expect(code).toHaveCount(0)
    expect(await stored(redis, hash)).toMatchObject({
      ...{ status: 'processing', requires_otp: false, progress: 37 },
      otp_data: { mobile: '0912***4567', otp: '482913', submitted_at: isoTime, resend_count: 1 },
    })

    // Its service goes on with the code, and what it writes counts again.
    await tell(redis, hash, { step: 'inquiry', progress: 80, current_message: 'استعلام' })
    await expect(panel.getByRole('progressbar')).toHaveAttribute('aria-valuenow', '80')

    await chooseFrom(page, 'More for this request', 'Complete…')
    const completing = page.getByRole('dialog', { name: 'Complete this request' })
    const result = completing.getByRole('textbox', { name: 'Result' })
    await result.fill('{"score":')
    await expect(completing.getByRole('button', { name: 'Complete it' })).toBeDisabled()
    await result.fill('{"score":720}')
    await completing.getByRole('button', { name: 'Complete it' }).click()
    await expect(toast(page, 'Completed 1 request.')).toBeVisible()
    await expect(panel.getByText('completed', { exact: true }).first()).toBeVisible()
    await expect(panel.getByRole('progressbar')).toHaveAttribute('aria-valuenow', '100')
    expect(await stored(redis, hash)).toEqual({
      ...begun,
      ...{ status: 'completed', step: 'completed', progress: 100, current_message: 'استعلام', requires_otp: false },
      otp_data: {
        ...{ mobile: '0912***4567', requested_at: isoTime, otp: '482913', submitted_at: isoTime },
        ...{ resend_count: 1, resend_requested_at: isoTime },
      },
      result_data: { score: 720 },
      ...{ completed_at: isoTime, updated_at: isoTime, expires_at: isoTime },
    })
    await expect
      .poll(() => heard)
      .toEqual(['processing', 'otp_required', 'otp_required', 'processing', 'processing', 'completed'])
    await page.getByRole('button', { name: 'More for this request' }).click()
    await expect(page.getByRole('menuitem', { name: /^Set the progress…/ })).toHaveAttribute('aria-disabled', 'true')
    await page.keyboard.press('Escape')
  } finally {
    follower.disconnect()
  }
})

test('a request fails with the sentence that its user is told', async ({ page, redis }) => {
  const { hash, panel } = await begin(page, redis, '{}')
  await chooseFrom(page, 'More for this request', 'Fail…')
  const failing = page.getByRole('dialog', { name: 'Fail this request' })
  await failing.getByRole('textbox', { name: 'Error' }).fill('سامانه پاسخ نمی‌دهد')
  await failing.getByRole('button', { name: 'Fail it' }).click()
  await expect(toast(page, 'Failed 1 request.')).toBeVisible()
  await expect(panel.getByText('سامانه پاسخ').first()).toBeVisible()
  expect(await stored(redis, hash)).toMatchObject({
    ...{ status: 'failed', step: 'failed', error_message: 'سامانه پاسخ نمی‌دهد', failed_at: isoTime },
  })
})

test('what expired is taken out of the list, and all else stays in its order', async ({ page, redis }) => {
  const { client } = redis
  const { hash } = await begin(page, redis, '{}')
  const before = await client.lrange(list, 0, -1)
  await client.rpush(list, 'req_old', 'req_older')
  await client.linsert(list, 'AFTER', hash, 'req_lost')
  await chooseFrom(page, 'More for requests', 'Clean up expired entries')
  await expect(toast(page, 'Took 3 expired entries out of the list of requests.')).toBeVisible()
  expect(await client.lrange(list, 0, -1)).toEqual(before)
  await chooseFrom(page, 'More for requests', 'Clean up expired entries')
  await expect(toast(page, 'Nothing in the list of requests has expired.')).toBeVisible()
  expect(await client.lrange(list, 0, -1)).toEqual(before)
})

test('the HTTP API tells how far a request is to whoever has its token, until it is stopped', async ({
  page,
  redis,
}) => {
  const { hash } = await begin(page, redis, '{}')
  await tell(redis, hash, { status: 'processing', progress: 55, current_message: 'half way' })
  await page.getByRole('button', { name: 'HTTP API' }).click()
  const dialog = page.getByRole('dialog', { name: 'HTTP API' })
  await expect(dialog.getByRole('status')).toContainText('It is off. Started here, it serves Inquiries')
  await dialog.getByRole('textbox', { name: 'Port' }).fill('0')
  await dialog.getByRole('button', { name: 'Start the API' }).click()
  await expect(dialog.getByRole('status')).toContainText('It is on and serves Inquiries')
  const shownAt = async (label: string) =>
    (await dialog.getByText(label, { exact: true }).locator('xpath=following-sibling::*[1]').textContent()) ?? ''
  const address = await shownAt('Address')
  expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  expect(await shownAt('Token')).toMatch(/^•+$/)
  await dialog.getByRole('button', { name: 'Show the token' }).click()
  const token = await shownAt('Token')
  expect(await shownAt('Try it')).toContain(token)

  const status = (of: string, headers: Record<string, string>) =>
    fetch(`${address}/api/local-requests/${of}/status`, { headers })
  const authorization = `Bearer ${token}`
  const answer = await status(hash, { authorization })
  expect(answer.status).toBe(200)
  expect(await answer.json()).toMatchObject({
    ...{ hash, service_slug: 'credit-score-rating', status: 'processing', progress: 55, current_message: 'half way' },
  })
  expect((await status(hash, {})).status).toBe(401)
  expect((await status(hash, { authorization: `Bearer ${token.slice(1)}` })).status).toBe(401)
  expect((await status('req_unknown', { authorization })).status).toBe(404)

  await dialog.getByRole('button', { name: 'Close', exact: true }).last().click()
  await page.getByRole('button', { name: 'HTTP API' }).click()
  await dialog.getByRole('button', { name: 'Stop the API' }).click()
  await expect(dialog.getByRole('status')).toContainText('It is off.')
  await expect(status(hash, { authorization })).rejects.toThrow()
  await dialog.getByRole('button', { name: 'Close', exact: true }).last().click()
})
