import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { HandlerError } from '../../handler.ts'
import { layoutOf } from '../../lists/layout.ts'
import { Payload } from '../../lists/payload.ts'
import { readJob } from '../../lists/read-job.ts'
import { type Caller, createCaller, type Resolve } from './caller.ts'
import { httpCall } from './http-call.ts'
import { httpHandler } from './http-handler.ts'
import { sendCall } from './send-call.ts'

/** An address of the internet, as far as a name server can say; of a documentation network, so nobody is there. */
const outside = { address: '203.0.113.7', family: 4 }
const loopback = { address: '127.0.0.1', family: 4 }

const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

/** A server of this computer, which stands for one in a private network: its port, and the paths that were asked for. */
async function privateServer(answer: RequestListener = (_, response) => response.end()) {
  const paths: (string | undefined)[] = []
  let connections = 0
  const server = createServer((request, response) => {
    paths.push(request.url)
    answer(request, response)
  })
  server.on('connection', () => connections++)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  servers.push(server)
  return { port: (server.address() as AddressInfo).port, paths, connections: () => connections }
}

/** A name server that gives these answers in turn, then the last one again, and counts. */
function answering(...answers: (typeof outside)[][]): Resolve & { asked: () => number } {
  let asked = 0
  const resolve: Resolve = async () => answers[Math.min(asked++, answers.length - 1)] ?? []
  return Object.assign(resolve, { asked: () => asked })
}

type Handler = ReturnType<typeof httpHandler>

/** What a call of this address ends with: the error, or null. */
async function call(handler: Handler, api_url: string, timeout = 5): Promise<unknown> {
  const raw = JSON.stringify({ id: 'j', api_url, timeout })
  const job = readJob(new Payload(Buffer.from(raw)), layoutOf('http-jobs', '', 'job_queue').fields)
  if ('unreadable' in job) throw new Error(job.unreadable)
  const context = { signal: new AbortController().signal, attempt: 1, log: () => {}, progress: () => {} }
  return handler(job, context).then(
    () => null,
    (error: unknown) => error,
  )
}

const refusalOf = (place: string) => ({
  name: 'HandlerError',
  retryable: false,
  message: `${place} is in a private network, which this connection does not allow.`,
})

const guarded = (resolve?: Resolve) => httpHandler({ privateTargets: () => false, ...(resolve ? { resolve } : {}) })

describe('a private address', () => {
  it.each(['127.0.0.1', '2130706433', '0x7f000001', '017700000001', '127.1', '[::ffff:127.0.0.1]', '127.0.0.1.'])(
    'is not called when it is written as %s, and nothing of the job gets there',
    async (host) => {
      const { port, connections } = await privateServer()
      const url = `http://${host}:${port}/x?secret=1`
      expect(await call(guarded(), url)).toMatchObject(refusalOf(`${new URL(url).host}/x`))
      expect(connections()).toBe(0)
    },
  )

  it.each(['http://[::1]/', 'http://10.0.0.1/', 'http://169.254.169.254/latest/', 'https://192.168.1.1/', 'http://0/'])(
    'such as that of %s is not called',
    async (url) => {
      const { host, pathname } = new URL(url)
      expect(await call(guarded(), url)).toMatchObject(refusalOf(host + pathname))
    },
  )

  it('is not called by the name that it has', async () => {
    const { port, connections } = await privateServer()
    expect(await call(guarded(), `http://localhost:${port}/x`)).toMatchObject(refusalOf(`localhost:${port}/x`))
    expect(connections()).toBe(0)
  })

  it('is called where that is allowed, and not any more as soon as it is not', async () => {
    const { port, paths } = await privateServer()
    let allowed = true
    const handler = httpHandler({ privateTargets: () => allowed, resolve: answering([loopback]) })
    expect(await call(handler, `http://127.0.0.1:${port}/address`)).toBeNull()
    expect(await call(handler, `http://name.test:${port}/name`)).toBeNull()
    allowed = false
    // Its connection is still open, and would be used again.
    expect(await call(handler, `http://name.test:${port}/late`)).toMatchObject(refusalOf(`name.test:${port}/late`))
    expect(paths).toEqual(['/address', '/name'])
  })
})

describe('a name', () => {
  it('that moves to a private address between two looks is not followed there: there is one look', async () => {
    const { port, connections } = await privateServer()
    const resolve = answering([outside], [loopback])
    const handler = guarded(resolve)
    const first = await call(handler, `http://rebound.test:${port}/`, 0.2)
    // Nobody is at the address that was looked at; how a network says so differs.
    expect(first).toBeInstanceOf(HandlerError)
    expect(first).toMatchObject({ retryable: true })
    expect(resolve.asked()).toBe(1)
    expect(await call(handler, `http://rebound.test:${port}/`)).toMatchObject(refusalOf(`rebound.test:${port}/`))
    expect(resolve.asked()).toBe(2)
    expect(connections()).toBe(0)
  })

  it('that has public and private addresses is called at the public ones only', async () => {
    const { port, connections } = await privateServer()
    const handler = guarded(answering([loopback, outside, { address: '::1', family: 6 }]))
    expect(await call(handler, `http://both.test:${port}/`, 0.2)).toMatchObject({ retryable: true })
    expect(connections()).toBe(0)
  })

  it('that nobody knows is not reached, and may be known later', async () => {
    const unknown = Object.assign(new Error('no'), { code: 'ENOTFOUND' })
    for (const resolve of [answering([]), () => Promise.reject(unknown)]) {
      const message = 'nowhere.test/ could not be reached: ENOTFOUND.'
      expect(await call(guarded(resolve), 'http://nowhere.test/')).toMatchObject({ retryable: true, message })
    }
  })

  it('that no server answers for is given up when the time of the job is over', async () => {
    const message = 'silent.test/ did not answer within 0.04 s.'
    const error = await call(
      guarded(() => new Promise(() => {})),
      'http://silent.test/',
      0.04,
    )
    expect(error).toMatchObject({ retryable: true, kind: 'time', message })
  })

  it('is looked up once for calls that begin together', async () => {
    const { port, paths } = await privateServer()
    const resolve = answering([loopback])
    const handler = httpHandler({ privateTargets: () => true, resolve })
    await Promise.all(Array.from({ length: 20 }, (_, i) => call(handler, `http://name.test:${port}/${i}`)))
    expect(paths).toHaveLength(20)
    expect(resolve.asked()).toBe(1)
  })
})

describe('a redirect', () => {
  it.each(['metadata.test', '127.0.0.1', '[::ffff:127.0.0.1]'])('to %s is not followed', async (host) => {
    const { port, paths } = await privateServer((_, response) => {
      response.writeHead(302, { location: `http://${host}:${port}/keys?a=1` }).end()
    })
    const resolve = answering([loopback])
    const [anywhere, outsideOnly] = [createCaller(true, resolve), createCaller(false, resolve)]
    // Where it begins stands for a server of the internet, which is the one that may be called.
    const caller: Caller = (each, signal) => (each.url.pathname === '/begin' ? anywhere : outsideOnly)(each, signal)
    const begin = httpCall(JSON.stringify({ api_url: `http://127.0.0.1:${port}/begin` }))
    const place = new URL(`http://${host}:${port}/keys`)
    await expect(sendCall(begin, caller, new AbortController().signal)).rejects.toMatchObject(
      refusalOf(place.host + place.pathname),
    )
    expect(paths).toEqual(['/begin'])
  })
})
