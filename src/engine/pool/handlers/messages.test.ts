import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RenderedMessage } from '../../../domain/pool.ts'
import { HandlerError, type Job } from '../handler.ts'
import { layoutOf } from '../lists/layout.ts'
import { Payload } from '../lists/payload.ts'
import { readJob } from '../lists/read-job.ts'
import { retryAfterMs } from './answer.ts'
import { messageHandler } from './message-handler.ts'
import { type MessagingSettings, messagingSettings } from './settings.ts'

/** A stand-in for a provider: keeps what it was sent and answers as it is told. */
let server: Server
let base: string
let requests: { url: string; headers: IncomingHttpHeaders; body: unknown }[]
let answer: (response: ServerResponse) => void

beforeEach(async () => {
  requests = []
  answer = (response) => response.writeHead(202).end()
  server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'))
      requests.push({ url: request.url ?? '', headers: request.headers, body })
      answer(response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const key = 'SG.secret-key'
const authKey = 'msg91-secret'
const env = () => ({
  SENDGRID_API_KEY: key,
  EMAIL_FROM: 'Kite Cashback <hello@kite.example>',
  SENDGRID_URL: base,
  MSG91_AUTH_KEY: authKey,
  MSG91_SENDER_ID: 'KITECB',
  MSG91_URL: `${base}/`,
})

function job(fields: Record<string, unknown>): Job {
  const read = readJob(
    new Payload(Buffer.from(JSON.stringify(fields))),
    layoutOf('plain-list', 'queue:', 'email').fields,
  )
  if ('unreadable' in read) throw new Error(read.unreadable)
  return read
}

const welcome = { id: 'j1', type: 'welcome', to: 'asha@example.com', data: { user_name: 'Asha', referral_code: 'A1' } }
const otp = { id: 'j2', type: 'otp', to: '+91 98765-43210', data: { otp: '482913' } }

/** Runs one try; gives what the handler told and logged, and what it threw. */
async function run(
  handlerId: 'email' | 'sms',
  fields: Record<string, unknown>,
  settings: MessagingSettings = messagingSettings(env()),
  signal = new AbortController().signal,
) {
  const messages: Omit<RenderedMessage, 'id' | 'poolId' | 'at'>[] = []
  const logs: string[] = []
  const { handler } = messageHandler(handlerId, settings, (message) => messages.push(message))
  const error: unknown = await handler(job(fields), {
    ...{ signal, attempt: 1, log: (line: string) => logs.push(line), progress: () => {} },
  }).then(
    () => null,
    (thrown: unknown) => thrown,
  )
  return { message: messages[0], messages, logs, error }
}

const withTimeout = (ms: number): MessagingSettings => {
  const settings = messagingSettings(env())
  return { ...settings, email: settings.email && { ...settings.email, timeoutMs: ms } }
}

describe('SendGrid', () => {
  it('gets one message in both forms, from the set sender, with the key in its header', async () => {
    const { error, message } = await run('email', welcome)
    expect(error).toBeNull()
    expect(message).toMatchObject({
      outcome: 'sent',
      to: 'asha@example.com',
      subject: 'Welcome to Kite Cashback, Asha',
    })
    expect(requests).toHaveLength(1)
    expect(requests[0]).toMatchObject({
      url: '/v3/mail/send',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: {
        personalizations: [{ to: [{ email: 'asha@example.com' }], custom_args: { job_id: 'j1' } }],
        from: { email: 'hello@kite.example', name: 'Kite Cashback' },
        subject: 'Welcome to Kite Cashback, Asha',
        content: [
          { type: 'text/plain', value: message?.text },
          { type: 'text/html', value: message?.html },
        ],
      },
    })
  })

  it.each([
    [400, false],
    [401, false],
    [403, false],
    [413, false],
    [408, true],
    [500, true],
    [503, true],
  ])('that answers %i: worth another try is %s', async (status, retryable) => {
    answer = (response) =>
      response.writeHead(status).end(`{"errors":[{"message":"does not like ${key}","field":"from"}]}`)
    const { error, message, logs } = await run('email', welcome)
    expect(error).toBeInstanceOf(HandlerError)
    const what = retryable ? 'could not take' : 'refused'
    expect(error).toMatchObject({
      retryable,
      retryAfterMs: null,
      message: `SendGrid ${what} the message (${status}): does not like •••`,
    })
    expect(message).toMatchObject({ outcome: 'failed' })
    expect(JSON.stringify([message, logs, String(error)])).not.toContain(key)
  })

  it('that is busy says for how long', async () => {
    answer = (response) => response.writeHead(429, { 'retry-after': '17' }).end()
    expect((await run('email', welcome)).error).toMatchObject({ retryable: true, retryAfterMs: 17_000 })
    const now = Date.parse('2026-01-01T00:00:00Z')
    expect(retryAfterMs('Thu, 01 Jan 2026 00:01:00 GMT', now)).toBe(60_000)
    expect(retryAfterMs('Wed, 31 Dec 2025 00:00:00 GMT', now)).toBe(0)
    expect([retryAfterMs(null, now), retryAfterMs('soon', now)]).toEqual([null, null])
  })

  it('that does not answer is given up, and the job may be tried again', async () => {
    answer = () => {}
    expect((await run('email', welcome, withTimeout(40))).error).toMatchObject({
      retryable: true,
      message: 'SendGrid did not answer within 0.04 s.',
    })
  })

  it('that begins an answer and does not end it is given up too', async () => {
    answer = (response) => response.writeHead(202).write('{')
    expect((await run('email', welcome, withTimeout(40))).error).toMatchObject({ retryable: true })
  })

  it('that cuts the connection, or is not there, may be tried again', async () => {
    answer = (response) => response.destroy()
    expect((await run('email', welcome)).error).toMatchObject({
      retryable: true,
      message: expect.stringMatching(/^SendGrid could not be reached: \S+/),
    })
    const settings = messagingSettings({ ...env(), SENDGRID_URL: 'http://127.0.0.1:1' })
    expect((await run('email', welcome, settings)).error).toMatchObject({ retryable: true })
  })

  it('that sends elsewhere is not followed, because the key would go there', async () => {
    answer = (response) => response.writeHead(307, { location: `${base}/elsewhere` }).end()
    expect((await run('email', welcome)).error).toMatchObject({ retryable: false })
    expect(requests).toHaveLength(1)
  })

  it('is left when the job is taken away', async () => {
    answer = () => {}
    const controller = new AbortController()
    const reason = new Error('taken away')
    const running = run('email', welcome, messagingSettings(env()), controller.signal)
    controller.abort(reason)
    expect((await running).error).toBe(reason)
  })
})

describe('MSG91', () => {
  it('gets a text for a type without a template', async () => {
    answer = (response) => response.writeHead(200).end('{"type":"success","message":"376152646b786a333532"}')
    const { error, message } = await run('sms', otp)
    expect(error).toBeNull()
    expect(message).toMatchObject({ outcome: 'sent', to: '+919876543210', html: null, subject: null })
    expect(requests[0]).toMatchObject({
      url: '/api/v2/sendsms',
      headers: { authkey: authKey },
      body: { sender: 'KITECB', route: '4', unicode: '0', sms: [{ message: message?.text, to: ['919876543210'] }] },
    })
    expect(message?.text).toMatch(/^482913 is your Kite Cashback code/)
  })

  it('gets the values for a registered template', async () => {
    const settings = messagingSettings({ ...env(), MSG91_TEMPLATE_OTP: '6423ab' })
    await run('sms', { ...otp, data: { otp: '482913', mobiles: '1' } }, settings)
    expect(requests[0]).toMatchObject({
      url: '/api/v5/flow/',
      body: {
        template_id: '6423ab',
        sender: 'KITECB',
        recipients: [{ mobiles: '919876543210', otp: '482913' }],
      },
    })
  })

  it('is believed when it says "error" with status 200', async () => {
    answer = (response) => response.writeHead(200).end(`{"type":"error","message":"bad authkey ${authKey}"}`)
    const { error, message } = await run('sms', otp)
    expect(error).toMatchObject({ retryable: false, message: 'MSG91 refused the message: bad authkey •••' })
    expect(message?.outcome).toBe('failed')
  })

  it.each([
    [401, false],
    [429, true],
    [500, true],
  ])('that answers %i: worth another try is %s', async (status, retryable) => {
    answer = (response) => response.writeHead(status).end('{"message":"no"}')
    expect((await run('sms', otp)).error).toMatchObject({ retryable })
  })

  it('is told when a text needs other letters', async () => {
    await run('sms', { ...otp, type: 'withdrawal_rejected', data: { reason: 'شماره حساب نادرست است' } })
    expect(requests[0]).toMatchObject({ body: { unicode: '1' } })
  })
})

describe('without a provider', () => {
  it('a message is shown and logged, not sent', async () => {
    const { error, message, logs } = await run('email', welcome, messagingSettings({}))
    expect(error).toBeNull()
    expect(message).toMatchObject({ outcome: 'previewed', channel: 'email', type: 'welcome', attempt: 1 })
    expect(logs.join()).toContain('Welcome to Cashback, Asha')
    expect(requests).toEqual([])
  })

  it('a key without a sender is told of', () => {
    const half = messagingSettings({ SENDGRID_API_KEY: key, MSG91_AUTH_KEY: authKey })
    expect(messageHandler('email', half, () => {})).toMatchObject({
      mode: 'dev',
      problem: expect.stringContaining('EMAIL_FROM'),
    })
    expect(messageHandler('sms', half, () => {})).toMatchObject({
      mode: 'dev',
      problem: expect.stringContaining('MSG91_SENDER_ID'),
    })
    expect(messageHandler('email', messagingSettings(env()), () => {})).toMatchObject({ mode: 'live', problem: null })
  })
})

describe('jobs that nobody can send', () => {
  it.each([
    ['email', { ...welcome, type: 'nope' }, 'There is no e-mail of type "nope".'],
    ['email', { ...welcome, type: 'constructor' }, 'There is no e-mail of type "constructor".'],
    ['email', { ...welcome, to: 'no address' }, '"no address" is not an e-mail address.'],
    ['email', { ...welcome, to: 'a@b.co, c@d.co' }, '"a@b.co, c@d.co" is not an e-mail address.'],
    ['email', { ...welcome, to: 'a@b.co\r\nBcc: x@y.co' }, expect.stringContaining('is not an e-mail address.')],
    ['email', { type: 'welcome' }, '"" is not an e-mail address.'],
    ['sms', { ...otp, type: 'nope' }, 'There is no SMS of type "nope".'],
    ['sms', { ...otp, to: '12' }, '"12" is not a mobile number.'],
    ['sms', { ...otp, data: {} }, 'The job has no data.otp to send.'],
  ] as const)('%s %j', async (handlerId, fields, message) => {
    expect((await run(handlerId, fields)).error).toMatchObject({ retryable: false, message })
    expect(requests).toEqual([])
  })
})
