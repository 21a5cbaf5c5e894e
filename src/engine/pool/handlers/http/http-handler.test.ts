import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HandlerError, type Job } from '../../handler.ts'
import { layoutOf } from '../../lists/layout.ts'
import { Payload } from '../../lists/payload.ts'
import { readJob } from '../../lists/read-job.ts'
import { httpCall, longestCallMs } from './http-call.ts'
import { httpHandler } from './http-handler.ts'

interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** A stand-in for the API that jobs call: keeps what it was sent and answers as it is told. */
let server: Server
let base: string
let seen: Seen[]
let answer: (response: ServerResponse, request: Seen) => void
const more: Server[] = []

async function listen(): Promise<[Server, string]> {
  const made = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      const call = { method, url, headers, body: Buffer.concat(chunks).toString('utf8') }
      seen.push(call)
      answer(response, call)
    })
  })
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve))
  more.push(made)
  return [made, `127.0.0.1:${(made.address() as AddressInfo).port}`]
}

beforeEach(async () => {
  seen = []
  answer = (response) => response.writeHead(200).end('{"ok":true}')
  ;[server, base] = await listen()
})
afterEach(async () => {
  for (const one of more.splice(0)) {
    one.closeAllConnections()
    await new Promise((resolve) => one.close(resolve))
  }
})

/** A message of the scheduler; fields given as undefined are left out. */
const message = (fields: Record<string, unknown> = {}): string =>
  JSON.stringify({
    id: 'job_123',
    job_id: 456,
    api_url: `http://${base}/endpoint?token=s3cret-t0ken`,
    max_retry_count: 3,
    retry_count: 0,
    ...fields,
  })

function job(raw: string): Job {
  const read = readJob(new Payload(Buffer.from(raw)), layoutOf('http-jobs', '', 'job_queue').fields)
  if ('unreadable' in read) throw new Error(read.unreadable)
  return read
}

const handler = httpHandler({ privateTargets: () => true })

/** Runs one try; gives what it returned, what was logged and what was thrown. */
async function run(raw: string, { signal = new AbortController().signal, attempt = 1 } = {}) {
  const logs: string[] = []
  let result: unknown = null
  const error: unknown = await handler(job(raw), {
    signal,
    attempt,
    log: (line) => logs.push(line),
    progress: () => {},
  }).then(
    (text) => {
      result = JSON.parse(text ?? 'null')
      return null
    },
    (thrown: unknown) => thrown,
  )
  return { result, error, logs }
}

/** The result of a job that was done. */
const done = (code: number) => ({ status: code, ms: expect.any(Number) })

const status = (code: number, body = '', headers: Record<string, string> = {}) => {
  answer = (response) => response.writeHead(code, headers).end(body)
}

describe('the call', () => {
  it('is a GET of api_url with the id as its key and the number of the try', async () => {
    expect(await run(message(), { attempt: 2 })).toEqual({ result: done(200), error: null, logs: [] })
    expect(seen).toMatchObject([
      {
        method: 'GET',
        url: '/endpoint?token=s3cret-t0ken',
        headers: { 'idempotency-key': 'job_123', 'x-attempt': '2' },
        body: '',
      },
    ])
    expect(seen[0]?.headers).not.toHaveProperty('content-type')
  })

  it('carries the method, headers and body of the job, numbers as they are stored', async () => {
    const raw = message({ method: 'post', headers: { Authorization: 'Bearer k', 'X-N': 7, 'X-Null': null } })
    await run(raw.replace(/}$/, ',"body":{"id":9007199254740993,"sum":10.50}}'))
    expect(seen).toMatchObject([
      {
        method: 'POST',
        headers: { authorization: 'Bearer k', 'x-n': '7', 'content-type': 'application/json' },
        body: '{"id":9007199254740993,"sum":10.50}',
      },
    ])
    expect(seen[0]?.headers).not.toHaveProperty('x-null')
  })

  it.each([
    ['a plain text', 'text/plain;charset=UTF-8'],
    ['{"a": 1}', 'application/json'],
    ['{"a"', 'text/plain;charset=UTF-8'],
  ])('sends the text %j as it is, as %s', async (body, type) => {
    await run(message({ method: 'PUT', body }))
    expect(seen).toMatchObject([{ method: 'PUT', body, headers: { 'content-type': type } }])
  })

  it('leaves to the job what it says itself, and to the connection what is its own', async () => {
    const headers = {
      'idempotency-key': 'mine',
      'Content-Type': 'text/csv',
      'Content-Length': '99',
      Connection: 'close',
      'Accept-Encoding': 'gzip',
    }
    await run(message({ method: 'POST', headers, body: 'a,b' }))
    expect(seen).toMatchObject([
      {
        headers: { 'idempotency-key': 'mine', 'content-type': 'text/csv', 'content-length': '3' },
        body: 'a,b',
      },
    ])
    expect(seen[0]?.headers).not.toHaveProperty('accept-encoding')
    await run(message({ id: 'سفارش 7' }))
    expect(seen[1]?.headers['idempotency-key']).toBe(encodeURIComponent('سفارش 7'))
    await run(message({ id: undefined }))
    expect(seen[2]?.headers).not.toHaveProperty('idempotency-key')
  })

  it('has a key of its own where the job was done before and is run again', async () => {
    for (const rerun_count of [2, 0, '2', -1, 1.5]) await run(message({ rerun_count }))
    const keys = seen.map(({ headers }) => headers['idempotency-key'])
    expect(keys).toEqual(['job_123#2', 'job_123', 'job_123', 'job_123', 'job_123'])
  })

  it('says how long its body is, also where a method rarely has one', async () => {
    await run(message({ method: 'DELETE', body: 'é' }))
    expect(seen).toMatchObject([{ method: 'DELETE', body: 'é', headers: { 'content-length': '2' } }])
    await run(message({ method: 'POST' }))
    expect(seen[1]).toMatchObject({ body: '', headers: { 'content-length': '0' } })
  })

  it('goes over the connection of the one before, while there is work', async () => {
    const ports = new Set<number | undefined>()
    server.on('request', ({ socket }) => ports.add(socket.remotePort))
    for (let i = 0; i < 3; i++) await run(message())
    expect(ports.size).toBe(1)
  })

  it('of an https address is encrypted', async () => {
    let first = 0
    const plain = createTcpServer((socket) =>
      socket.once('data', (bytes) => {
        first = bytes[0] ?? 0
        socket.destroy()
      }),
    )
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve))
    const { port } = plain.address() as AddressInfo
    const { error } = await run(message({ api_url: `https://127.0.0.1:${port}/secret-path` }))
    expect(first).toBe(0x16) // a TLS handshake
    expect(error).toMatchObject({ retryable: true, message: expect.stringContaining('could not be reached: ') })
    await new Promise((resolve) => plain.close(resolve))
  })

  it('sends user and password of the address as a header', async () => {
    await run(message({ api_url: `http://ada:p%40ss@${base}/x` }))
    expect(seen[0]?.headers.authorization).toBe(`Basic ${Buffer.from('ada:p@ss').toString('base64')}`)
  })
})

describe('an answer', () => {
  it.each([200, 201, 202, 204])('%i is done', async (code) => {
    status(code)
    expect(await run(message())).toEqual({ result: done(code), error: null, logs: [] })
  })

  it('of 2xx is done, even when it is cut off later', async () => {
    answer = (response) => {
      response.writeHead(200, { 'content-length': '10' }).write('{"o')
      setImmediate(() => response.destroy())
    }
    expect((await run(message())).error).toBeNull()
  })

  it.each([
    [400, false],
    [401, false],
    [404, false],
    [408, true],
    [409, false],
    [410, false],
    [422, false],
    [425, true],
    [429, true],
    [500, true],
    [501, true],
    [503, true],
  ])('%i: worth another try is %s', async (code, retryable) => {
    status(code, 'no\r\n\tluck')
    const { error, logs } = await run(message())
    const words = `${base}/endpoint answered ${code}: no luck`
    expect(error).toMatchObject({ name: 'HandlerError', retryable, retryAfterMs: null, message: words })
    expect(JSON.parse((error as HandlerError).result ?? '')).toEqual(done(code))
    expect(logs).toEqual([`GET ${words}`])
  })

  it('says when to come back', async () => {
    status(429, '', { 'retry-after': '120' })
    expect((await run(message())).error).toMatchObject({
      retryAfterMs: 120_000,
      message: `${base}/endpoint answered 429`,
    })
    status(404, '', { 'retry-after': '120' })
    expect((await run(message())).error).toMatchObject({ retryAfterMs: null })
  })

  it('is cut to a line, and a page to its title', async () => {
    status(500, 'x'.repeat(100_000))
    const { error } = await run(message())
    expect((error as Error).message.length).toBeLessThan(400)
    const page = '<!doctype html><html><head><title>Bad\n Gateway</title></head><body>nginx</body></html>'
    status(502, page, { 'content-type': 'text/html; charset=utf-8' })
    expect((await run(message())).error).toMatchObject({ message: `${base}/endpoint answered 502: Bad Gateway` })
  })

  it('that is packed although nobody asked for it is told by its status alone', async () => {
    status(500, '\x1f\x8b\x08gz', { 'content-encoding': 'gzip' })
    expect((await run(message())).error).toMatchObject({ message: `${base}/endpoint answered 500` })
  })

  it('that echoes the query or a header does not bring it into errors and logs', async () => {
    answer = (response, { url, headers }) => response.writeHead(404).end(`Cannot GET ${url} (${headers.authorization})`)
    const { error, logs } = await run(message({ headers: { Authorization: 'Bearer hunter22' } }))
    expect(error).toMatchObject({ message: `${base}/endpoint answered 404: Cannot GET /endpoint?••• (•••)` })
    expect(JSON.stringify([String(error), logs])).not.toMatch(/s3cret|hunter22/)
  })
})

describe('no answer', () => {
  it('in the time of the job may be tried again', async () => {
    answer = () => {}
    expect((await run(message({ timeout: 0.04 }))).error).toMatchObject({
      retryable: true,
      kind: 'time',
      result: null,
      message: `${base}/endpoint did not answer within 0.04 s.`,
    })
  })

  it('because the connection was cut, or nobody listens, may be tried again', async () => {
    answer = (response) => response.destroy()
    expect((await run(message())).error).toMatchObject({
      retryable: true,
      message: expect.stringMatching(/^127\.0\.0\.1:\d+\/endpoint could not be reached: \S+\.$/),
    })
    await new Promise((resolve) => server.close(resolve))
    expect((await run(message())).error).toMatchObject({ retryable: true, message: expect.stringContaining('REFUSED') })
  })

  it('is waited for no longer when the job is taken away', async () => {
    const controller = new AbortController()
    const reason = new HandlerError('taken away', { retryable: true })
    answer = () => controller.abort(reason)
    expect(await run(message(), { signal: controller.signal })).toEqual({ result: null, error: reason, logs: [] })
  })
})

describe('a redirect', () => {
  const to = (location: string, code = 302) => {
    answer = (response, { url }) => {
      if (url.startsWith('/endpoint')) response.writeHead(code, { location }).end()
      else response.writeHead(200).end()
    }
  }

  it('is followed, with the method and the body where its status says so', async () => {
    const post = message({ method: 'POST', body: 'b', headers: { 'X-Key': 'k' } })
    to('/other', 307)
    expect((await run(post)).error).toBeNull()
    expect(seen[1]).toMatchObject({ method: 'POST', url: '/other', body: 'b', headers: { 'x-key': 'k' } })
    to('/other', 303)
    await run(post)
    expect(seen[3]).toMatchObject({ method: 'GET', url: '/other', body: '', headers: { 'x-key': 'k' } })
    expect(seen[3]?.headers).not.toHaveProperty('content-type')
  })

  it('to another server goes without the headers of the job', async () => {
    const [, other] = await listen()
    to(`http://${other}/elsewhere`)
    await run(message({ headers: { 'X-Key': 'k', Authorization: 'Bearer k', Accept: 'text/csv' } }))
    expect(seen[1]).toMatchObject({ url: '/elsewhere', headers: { accept: 'text/csv', 'idempotency-key': 'job_123' } })
    expect(seen[1]?.headers).not.toHaveProperty('x-key')
    expect(seen[1]?.headers).not.toHaveProperty('authorization')
  })

  it.each([
    ['https://127.0.0.1:1/x', 'from http to https'],
    ['file:///etc/passwd', 'from http to what is no http address'],
  ])('to %s is not followed', async (location, words) => {
    to(location)
    const { error } = await run(message())
    expect(error).toMatchObject({
      retryable: false,
      message: `${base}/endpoint redirects ${words}, which is not followed.`,
      result: '{"status":302}',
    })
    expect(seen).toHaveLength(1)
  })

  it('that never ends is given up', async () => {
    to('/endpoint/again')
    const { error } = await run(message())
    expect(error).toMatchObject({ retryable: false, message: `${base}/endpoint redirects more than 5 times.` })
    expect(seen).toHaveLength(6)
  })
})

describe('the time of a call', () => {
  it.each([
    [undefined, 90_000],
    [0, 90_000],
    [-1, 90_000],
    ['soon', 90_000],
    [1.5, 1500],
    ['7', 7000],
    [600, 600_000],
    [9_000_000, longestCallMs],
  ])('of %j is %i ms', (timeout, ms) => {
    expect(httpCall(message({ timeout })).timeoutMs).toBe(ms)
  })
})

describe('jobs that nobody can call', () => {
  it.each([
    [{ api_url: undefined }, 'The job has no api_url to call.'],
    [{ api_url: 'file:///etc/passwd' }, 'The api_url of the job is not an http or https address.'],
    [{ api_url: '/endpoint' }, 'The api_url of the job is not an http or https address.'],
    [{ method: 'TRACE' }, 'The method of the job is none that can be called.'],
    [{ method: 'GET /x' }, 'The method of the job is none that can be called.'],
    [{ body: 'b' }, 'A GET call cannot carry the body of this job: it needs another method.'],
    [{ headers: ['a'] }, 'The headers of the job are not an object.'],
    [{ headers: { 'a b': '1' } }, 'The job has a header that cannot be sent.'],
    [{ headers: { a: '1\r\nb: 2' } }, 'The job has a header that cannot be sent.'],
    [{ headers: { a: 'a\u0001b' } }, 'The job has a header that cannot be sent.'],
    [{ headers: { a: 'ف' } }, 'The job has a header that cannot be sent.'],
  ])('%j', async (fields, words) => {
    expect((await run(message(fields))).error).toMatchObject({ name: 'HandlerError', retryable: false, message: words })
    expect(seen).toEqual([])
  })
})
