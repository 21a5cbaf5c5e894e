import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type IncomingHttpHeaders, request as send } from 'node:http'
import { tmpdir } from 'node:os'
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
  server = await startConsoleServer({ files, router, port: 0, onNewAddress: (address) => newAddresses.push(address) })
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

test('a taken port is refused with a sentence', async () => {
  const files = readPageFiles(folder)
  await expect(startConsoleServer({ files, router, port: server.port })).rejects.toThrow(/is taken: choose another/)
})
