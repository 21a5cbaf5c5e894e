import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type IncomingHttpHeaders, request as send } from 'node:http'
import { connect, type Socket } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/websocket'
import { os } from '@orpc/server'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { readPageFiles } from '../engine/page/page-files.ts'
import { type ConsoleServer, startConsoleServer } from './console-server.ts'

const router = {
  echo: os.handler(({ input }) => input),
  count: os.handler(async function* () {
    for (let n = 0; n < 3; n++) yield n
  }),
}

let folder: string
let server: ConsoleServer
let newAddresses: string[]

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-server-'))
  writeFileSync(join(folder, 'index.html'), '<title>page</title>')
})
afterAll(() => rmSync(folder, { recursive: true }))
beforeEach(async () => {
  newAddresses = []
  const files = readPageFiles(folder)
  server = await startConsoleServer({
    ...{ files, router, port: 0, onNewAddress: (address) => newAddresses.push(address) },
    limits: { tokens: { most: 5, perMs: 60_000 }, sockets: { most: 8, perMs: 60_000 } },
    timeouts: { headersTimeout: 300, requestTimeout: 300, keepAliveTimeout: 300, connectionsCheckingInterval: 50 },
  })
})
afterEach(() => server.close())

interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

/** A bare request: it sends any Host and any path as they are, follows nothing and keeps no cookie. */
function get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = send({ host: '127.0.0.1', port: server.port, path, method, headers }, (response) => {
      let body = ''
      response.on('data', (chunk) => {
        body += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }))
    })
    request.once('error', reject)
    request.end()
  })
}

const tokenPath = () => server.address().slice(server.address().indexOf('/?'))

async function signIn(): Promise<string> {
  const { headers } = await get(tokenPath())
  return headers['set-cookie']?.[0]?.split(';')[0] ?? ''
}

function openSocket(headers: Record<string, string>): Promise<WebSocket | number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}/rpc`, { headers })
    socket.once('open', () => resolve(socket))
    socket.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0))
    socket.on('error', () => {})
  })
}

describe('the session', () => {
  test('starts with the token, which works once', async () => {
    const path = tokenPath()
    const first = await get(path)
    expect(first.status).toBe(303)
    expect(first.headers.location).toBe('/')
    expect(first.headers['set-cookie']?.[0]).toMatch(/^sluice_\d+=\S{43}; HttpOnly; SameSite=Strict; Path=\/$/)
    expect((await get(path)).status).toBe(403)
  })

  test('is needed for every file, and for nothing else than its own server', async () => {
    expect((await get('/')).status).toBe(403)
    expect((await get('/index.html')).status).toBe(403)
    const cookie = await signIn()
    const page = await get('/', { cookie })
    expect(page).toMatchObject({ status: 200, body: '<title>page</title>' })
    expect(page.headers['content-security-policy']).toContain("connect-src 'self'")
    expect((await get('/', { cookie: cookie.replace(/=.{10}/, '=aaaaaaaaaa') })).status).toBe(403)
  })

  test('a HEAD request, as a link preview sends it, does not use the token up', async () => {
    const path = tokenPath()
    expect((await get(path, {}, 'HEAD')).status).toBe(403)
    expect((await get(path)).status).toBe(303)
  })

  test('gives a new address only after the last one was used', async () => {
    await get('/')
    expect(newAddresses).toEqual([])
    await signIn()
    await get('/')
    await get('/')
    expect(newAddresses).toHaveLength(1)
    const path = newAddresses[0]?.replace(/^http:\/\/[^/]+/, '') ?? ''
    expect((await get(path)).status).toBe(303)
  })
})

describe('a request', () => {
  test('that names another host is refused, and so is one from another page', async () => {
    const cookie = await signIn()
    expect((await get('/', { cookie, host: `evil.example:${server.port}` })).status).toBe(403)
    expect((await get('/', { cookie, host: '127.0.0.1' })).status).toBe(403)
    expect((await get('/', { cookie, origin: 'https://evil.example' })).status).toBe(403)
    expect((await get('/', { cookie, origin: 'null' })).status).toBe(403)
    expect((await get('/', { cookie, host: `localhost:${server.port}` })).status).toBe(200)
  })

  test.each([
    '/../package.json',
    '/%2e%2e/package.json',
    '/..%5cpackage.json',
    '//etc/passwd',
    '/C:/x',
    '/%00',
    '/assets/',
  ])('for %s finds no file', async (path) => {
    const cookie = await signIn()
    expect((await get(path, { cookie })).status).toBe(404)
  })

  test('that would change something is refused', async () => {
    const cookie = await signIn()
    expect((await get('/', { cookie }, 'POST')).status).toBe(405)
    expect((await get('/', { cookie }, 'DELETE')).status).toBe(405)
  })
})

describe('a socket', () => {
  test('needs the cookie and the page’s own origin', async () => {
    const cookie = await signIn()
    const origin = `http://127.0.0.1:${server.port}`
    expect(await openSocket({ origin })).toBe(403)
    expect(await openSocket({ cookie })).toBe(403)
    expect(await openSocket({ cookie, origin: 'https://evil.example' })).toBe(403)
    const socket = await openSocket({ cookie, origin })
    expect(socket).toBeInstanceOf(WebSocket)
  })

  test('speaks the contract, streams included', async () => {
    const cookie = await signIn()
    const socket = await openSocket({ cookie, origin: `http://127.0.0.1:${server.port}` })
    if (typeof socket === 'number') throw new Error(`refused with ${socket}`)
    const client: { echo(text: string): Promise<string>; count(): Promise<AsyncIterable<number>> } = createORPCClient(
      new RPCLink({ websocket: socket as unknown as globalThis.WebSocket }),
    )
    expect(await client.echo('سلام')).toBe('سلام')
    const seen = []
    for await (const n of await client.count()) seen.push(n)
    expect(seen).toEqual([0, 1, 2])
  })

  test('is cut when the server closes', async () => {
    const cookie = await signIn()
    const socket = await openSocket({ cookie, origin: `http://127.0.0.1:${server.port}` })
    if (typeof socket === 'number') throw new Error(`refused with ${socket}`)
    const closed = new Promise((resolve) => socket.once('close', resolve))
    await server.close()
    await closed
  })
})

describe('a browser of another site', () => {
  test('may follow a link here, and ask for nothing', async () => {
    const cookie = await signIn()
    const from = (site: string, mode: string, dest: string) =>
      get('/', { cookie, 'sec-fetch-site': site, 'sec-fetch-mode': mode, 'sec-fetch-dest': dest })
    for (const site of ['cross-site', 'same-site']) {
      expect((await from(site, 'navigate', 'document')).status).toBe(200)
      expect((await from(site, 'navigate', 'iframe')).status).toBe(403)
      expect((await from(site, 'no-cors', 'script')).status).toBe(403)
      expect((await from(site, 'cors', 'empty')).status).toBe(403)
      expect((await from(site, 'no-cors', 'image')).status).toBe(403)
    }
    expect((await from('same-origin', 'cors', 'empty')).status).toBe(200)
    expect((await from('none', 'navigate', 'document')).status).toBe(200)
  })

  test('gets no leave to read, whatever it asks for', async () => {
    const cookie = await signIn()
    const origin = 'https://evil.example'
    const asked = { origin, 'access-control-request-method': 'GET', 'access-control-request-private-network': 'true' }
    for (const answer of [
      await get('/', { cookie, ...asked }, 'OPTIONS'),
      await get('/', { cookie }),
      await get('/'),
    ]) {
      expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'))).toEqual([])
    }
    expect((await get('/', { cookie }, 'OPTIONS')).status).toBe(405)
  })

  test.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '[::1]', '0.0.0.0', '127.1', ''])(
    'that has bound its name %s to this computer is not answered',
    async (name) => {
      const cookie = await signIn()
      const host = `${name}:${server.port}`
      expect((await get('/', { cookie, host, origin: `http://${host}` })).status).toBe(403)
      expect((await get(tokenPath(), { host })).status).toBe(403)
      expect(await openSocket({ cookie, host, origin: `http://${host}` })).toBe(403)
    },
  )
})

describe('who tries again and again', () => {
  test('finds no token, and the right one has to wait as well', async () => {
    for (let n = 0; n < 5; n++) expect((await get(`/?token=wrong-${n}`)).status).toBe(403)
    const path = tokenPath()
    expect((await get('/?token=wrong')).status).toBe(429)
    expect((await get(path)).status).toBe(429)
  })

  test('is not in the way of a session that is there', async () => {
    const cookie = await signIn()
    for (let n = 0; n < 7; n++) await get(`/?token=wrong-${n}`)
    expect((await get('/', { cookie })).status).toBe(200)
    expect((await get('/?token=any', { cookie })).status).toBe(303)
  })

  test('opens so many sockets and no more', async () => {
    const cookie = await signIn()
    const origin = `http://127.0.0.1:${server.port}`
    for (let n = 0; n < 8; n++) {
      const socket = await openSocket({ cookie, origin })
      if (typeof socket !== 'number') socket.terminate()
    }
    expect(await openSocket({ cookie, origin })).toBe(429)
    expect(await openSocket({ origin })).toBe(403) // without a session nothing is counted
  })
})

describe('a connection', () => {
  /** Resolves to what the server said until it closed the connection. */
  function talk(speak: (socket: Socket) => void): Promise<string> {
    return new Promise((resolve) => {
      let said = ''
      const socket = connect(server.port, '127.0.0.1', () => speak(socket))
      socket.on('data', (chunk) => {
        said += chunk
      })
      socket.on('error', () => {})
      socket.on('close', () => resolve(said))
    })
  }

  test('that sends its head a letter at a time is closed', async () => {
    const letters = [...'GET / HTTP/1.1\r\nX-Slow: '.padEnd(500, 'a')]
    const said = await talk((socket) => {
      const timer = setInterval(() => socket.write(letters.shift() ?? 'a'), 20)
      socket.once('close', () => clearInterval(timer))
    })
    expect(said).toMatch(/^HTTP\/1\.1 408 /)
  })

  test('that sends nothing, or nothing more, is closed', async () => {
    await talk(() => {})
    const said = await talk((socket) => socket.write(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n\r\n`))
    expect(said).toMatch(/^HTTP\/1\.1 403 /)
  })

  test('with far too much in its head is refused', async () => {
    const said = await talk((socket) => socket.write(`GET / HTTP/1.1\r\nX-Long: ${'a'.repeat(40_000)}\r\n\r\n`))
    expect(said).toMatch(/^HTTP\/1\.1 431 /)
  })

  test('one of very many does not keep the others from being served', async () => {
    const cookie = await signIn()
    const idle = await Promise.all(
      Array.from(
        { length: 150 },
        () =>
          new Promise<Socket>((resolve) => {
            const socket = connect(server.port, '127.0.0.1', () => resolve(socket))
            socket.on('error', () => {})
          }),
      ),
    )
    expect((await get('/', { cookie })).status).toBe(200)
    for (const socket of idle) socket.destroy()
  })

  test('comes from this computer alone', async () => {
    const others = Object.values(networkInterfaces())
      .flatMap((each) => each ?? [])
      .filter(({ internal }) => !internal)
    const reached = await Promise.all(
      others.map(
        ({ address, scopeid }) =>
          new Promise<boolean>((resolve) => {
            const socket = connect({
              host: scopeid ? `${address}%${scopeid}` : address,
              port: server.port,
              timeout: 2000,
            })
            const end = (value: boolean) => {
              socket.destroy()
              resolve(value)
            }
            socket
              .once('connect', () => end(true))
              .once('error', () => end(false))
              .once('timeout', () => end(false))
          }),
      ),
    )
    expect(reached.filter(Boolean)).toEqual([])
  })
})

test('a message that is too large, or none of the protocol, ends its socket and no other', async () => {
  const cookie = await signIn()
  const origin = `http://127.0.0.1:${server.port}`
  const [bad, good] = [await openSocket({ cookie, origin }), await openSocket({ cookie, origin })]
  if (typeof bad === 'number' || typeof good === 'number') throw new Error('refused')
  const closed = new Promise((resolve) => bad.once('close', resolve))
  // The head of a frame that announces 4 GiB: the server must not wait for them, nor make room for them.
  const head = Buffer.from([0x82, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4])
  ;(bad as unknown as { _socket: Socket })._socket.write(head)
  expect(await closed).toBe(1009)
  expect(good.readyState).toBe(WebSocket.OPEN)
})

test('a taken port is refused with a sentence', async () => {
  const files = readPageFiles(folder)
  await expect(startConsoleServer({ files, router, port: server.port })).rejects.toThrow(/is taken: choose another/)
})
