import { request as send } from 'node:http'
import { WebSocket } from 'ws'
import { test as base, expect } from './fixtures.ts'
import { type ConsoleProcess, startConsole } from './shells/browser-shell.ts'

/** A server of its own, so that its token is still unused. */
const test = base.extend<{ server: ConsoleProcess }>({
  server: async ({}, use, info) => {
    const server = await startConsole(info.outputPath('data'))
    await use(server)
    await server.stop()
  },
})

interface Answer {
  status: number
  location: string | undefined
  cookie: string | undefined
}

/** A bare request: unlike fetch it sends any Host and Origin, follows nothing and keeps no cookie. */
function get(address: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = send(address, { headers }, (response) => {
      response.resume()
      resolve({
        status: response.statusCode ?? 0,
        location: response.headers.location,
        cookie: response.headers['set-cookie']?.[0],
      })
    })
    request.once('error', reject)
    request.end()
  })
}

/** Whether a WebSocket to the contract opens with these headers. */
function connects(address: string, headers: Record<string, string>): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = new WebSocket(new URL('/rpc', address.replace('http', 'ws')), { headers })
    socket.once('open', () => {
      socket.terminate()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

test('answers nobody without the token', async ({ server }) => {
  expect((await get(server.address)).status).toBe(403)
  expect((await get(`${server.address}index.html`)).status).toBe(403)
  expect((await get(`${server.address}?token=wrong`)).status).toBe(403)
  expect(await connects(server.address, { Origin: server.address.slice(0, -1) })).toBe(false)
})

test('lets the token in once, and gives a cookie that scripts and other sites cannot use', async ({ server }) => {
  const first = await get(server.opening)
  expect(first).toMatchObject({ status: 303, location: '/' })
  expect(first.cookie).toMatch(/; HttpOnly; SameSite=Strict; Path=\/$/)
  expect((await get(server.opening)).status).toBe(403)
  const cookie = first.cookie?.split(';')[0] ?? ''
  expect((await get(server.address, { Cookie: cookie })).status).toBe(200)
  expect((await get(server.opening, { Cookie: cookie })).status).toBe(303)
})

test('shows a new address in the terminal when a browser comes without the cookie', async ({ server }) => {
  await get(server.opening)
  await get(server.address)
  await expect.poll(() => [...server.output().matchAll(/token=(\S+)/g)].length).toBe(2)
  const addresses = [...server.output().matchAll(/http:\S+token=\S+/g)].map(([address]) => address)
  expect((await get(addresses[1] ?? '')).status).toBe(303)
})

test('refuses other names for itself, and other pages', async ({ server }) => {
  const { port } = new URL(server.address)
  const cookie = (await get(server.opening)).cookie?.split(';')[0] ?? ''
  const origin = `http://127.0.0.1:${port}`
  expect((await get(server.address, { Cookie: cookie, Host: `evil.example:${port}` })).status).toBe(403)
  expect((await get(server.address, { Cookie: cookie, Origin: 'https://evil.example' })).status).toBe(403)
  expect(await connects(server.address, { Cookie: cookie, Origin: origin })).toBe(true)
  expect(await connects(server.address, { Cookie: cookie, Origin: 'https://evil.example' })).toBe(false)
  expect(await connects(server.address, { Cookie: cookie, Origin: 'null' })).toBe(false)
  expect(await connects(server.address, { Cookie: cookie })).toBe(false)
})

test('stops on a signal, and lets go of its folder', async ({}, info) => {
  const folder = info.outputPath('data')
  const first = await startConsole(folder)
  await expect(startConsole(folder)).rejects.toThrow(/running already/)
  expect(await first.stop()).toBe(0)
  const second = await startConsole(folder)
  expect(await second.stop()).toBe(0)
})
