import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type BrowserContext, chromium } from '@playwright/test'
import { test as base, expect } from './fixtures.ts'
import { type ConsoleProcess, startConsole } from './shells/browser-shell.ts'

/** A browser that has a session with the console, and that a site of somebody else is open in. */
interface Stage {
  readonly server: ConsoleProcess
  readonly context: BrowserContext
  /** The other site: another origin, though of this computer too. */
  readonly elsewhere: string
}

const test = base.extend<{ stage: Stage }>({
  stage: async ({}, use, info) => {
    const server = await startConsole(info.outputPath('data'))
    const site: Server = createServer((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/html' }).end('<title>elsewhere</title>')
    })
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
    const browser = await chromium.launch({
      executablePath: process.env.SLUICE_E2E_CHROMIUM,
      args: ['--host-resolver-rules=MAP rebound.example 127.0.0.1'],
    })
    const context = await browser.newContext()
    const page = await context.newPage()
    await page.goto(server.opening)
    await expect(page.locator('#root > *').first()).toBeVisible()
    await use({ server, context, elsewhere: `http://127.0.0.1:${(site.address() as AddressInfo).port}/` })
    await browser.close()
    site.close()
    await server.stop()
  },
})

test('a page of another origin can read nothing, send nothing and show nothing of it', async ({ stage }) => {
  const page = await stage.context.newPage()
  await page.goto(stage.elsewhere)
  const outcomes = await page.evaluate(async (address) => {
    const [got, none] = [() => 'reached', () => 'refused']
    const event = (target: EventTarget, well: string) =>
      new Promise<string>((resolve) => {
        target.addEventListener(well, () => resolve('reached'))
        target.addEventListener('error', () => resolve('refused'))
      })
    const load = (name: string, attributes: Record<string, string>) => {
      const element = Object.assign(document.createElement(name), attributes)
      const ended = event(element, 'load')
      document.body.append(element)
      return ended
    }
    return {
      read: await fetch(address, { credentials: 'include' }).then(got, none),
      write: await fetch(address, { method: 'POST', credentials: 'include', body: 'x' }).then(got, none),
      socket: await event(new WebSocket(`${address.replace('http', 'ws')}rpc`), 'open'),
      script: await load('script', { src: `${address}index.html` }),
      style: await load('link', { rel: 'stylesheet', href: `${address}index.html` }),
      image: await load('img', { src: `${address}index.html` }),
    }
  }, stage.server.address)
  expect(outcomes).toEqual(Object.fromEntries(Object.keys(outcomes).map((name) => [name, 'refused'])))

  await page.evaluate((address) => {
    const frame = document.createElement('iframe')
    frame.src = address
    document.body.append(frame)
  }, stage.server.address)
  await expect.poll(() => page.frames().length).toBe(2)
  await expect(page.frames()[1]?.locator('#root') ?? page.locator('#root')).toHaveCount(0)
})

test('a name that somebody bound to this computer gets no answer, with the session’s browser too', async ({
  stage,
}) => {
  const page = await stage.context.newPage()
  const { port } = new URL(stage.server.address)
  for (const path of ['', `?${new URL(stage.server.opening).searchParams}`, 'index.html']) {
    const answer = await page.goto(`http://rebound.example:${port}/${path}`)
    expect(answer?.status()).toBe(403)
    expect(await answer?.text()).not.toContain('<')
  }
  const connected = await page.evaluate(
    (address) =>
      new Promise((resolve) => {
        const socket = new WebSocket(address)
        socket.onopen = () => resolve(true)
        socket.onerror = () => resolve(false)
      }),
    `ws://rebound.example:${port}/rpc`,
  )
  expect(connected).toBe(false)
})

test('what scripts can see of the session is nothing, and nothing of it is kept', async ({ stage }) => {
  const [page] = stage.context.pages()
  expect(await page?.evaluate(() => [document.cookie, location.href.includes('token')])).toEqual(['', false])
  const [cookie, ...others] = await stage.context.cookies()
  expect(others).toEqual([])
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', expires: -1, path: '/' })
})
