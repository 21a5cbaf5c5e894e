import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ElectronApplication, Page } from '@playwright/test'
import { test as base, expect } from './fixtures.ts'

/*
 * What a page could try that has been taken over, in a real Electron. The table of all rows of Electron's checklist, and
 * of where each is tested, is in src/main/checklist.test.ts.
 */

const test = base.extend<{ electron: ElectronApplication }>({
  electron: async ({ app }, use) => {
    if (app.electron === null) throw new Error('electron-*.spec.ts runs in Electron alone')
    await use(app.electron)
  },
})
test.use({ demo: true })

/** The page as the main process sees it, without a wait for navigations that never come. */
function look(electron: ElectronApplication): Promise<[address: string, drawn: boolean]> {
  return electron.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()[0]?.webContents.executeJavaScript(
      '[location.href, document.querySelector("#root > *") !== null]',
    ),
  )
}

/** Runs a script in a task of the page's own: what a debugger evaluates is free of the policy. */
function inATask(page: Page, body: () => unknown): Promise<unknown> {
  return page.evaluate(`new Promise((resolve) => {
    const run = ${body}
    setTimeout(() => {
      try {
        resolve(run())
      } catch (error) {
        resolve(error.name)
      }
    })
  })`)
}

test('row 1: a tour of all screens asks for nothing but the page’s own files', async ({ page, electron, app }) => {
  await electron.evaluate(({ session }) => {
    const asked: string[] = []
    Object.assign(globalThis, { asked })
    const note = ({ url }: { url: string }) => void asked.push(url)
    session.defaultSession.webRequest.onCompleted(note)
    session.defaultSession.webRequest.onErrorOccurred(note)
  })
  await page.goto(app.address)
  await expect(page.getByRole('main')).toBeVisible()
  const seen = new Set<string>()
  for (;;) {
    const links = await page
      .getByRole('navigation', { name: 'Sections' })
      .getByRole('link')
      .evaluateAll((all) => all.map((each) => each.getAttribute('href') ?? ''))
    const next = links.find((href) => !seen.has(href))
    if (next === undefined) break
    seen.add(next)
    await page.evaluate((href) => location.assign(href), next)
    await expect(page.getByRole('main')).not.toBeEmpty()
    await expect(page.getByRole('main').locator('[aria-busy=true]')).toHaveCount(0)
  }
  expect(seen.size).toBeGreaterThan(5)
  const asked = await electron.evaluate(() => (globalThis as unknown as { asked: string[] }).asked)
  expect(asked.length).toBeGreaterThan(0)
  expect(asked.filter((address) => !/^(blob:)?app:\/\/console\//.test(address))).toEqual([])
})

test('row 1: nothing in the shipped page is loaded from another place', async () => {
  const folder = join(process.env.SLUICE_E2E_APP ?? '', 'out', 'renderer')
  const loaded: string[] = []
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(js|css|html)$/.test(name)) continue
    const text = readFileSync(join(folder, name), 'utf8')
    const loads =
      /(src=|href=|url\(|@import|import\(|from|fetch\(|importScripts\(|Worker\(|EventSource\()\s*["'`]?(https?|wss?):[^\s"'`)]*/g
    loaded.push(...(text.match(loads) ?? []))
  }
  expect(loaded).toEqual([])
})

test('rows 2, 20: the page has no name that a page without a preload does not have', async ({ page }) => {
  const more = await page.evaluate(() => {
    const frame = document.createElement('iframe')
    document.body.append(frame)
    const usual = new Set(Object.getOwnPropertyNames(frame.contentWindow ?? {}))
    frame.remove()
    // Those of Playwright, of frames by their number, and of a library of the page are none of the preload.
    const known = /^(__playwright|__zod_|\d+$)/
    return Object.getOwnPropertyNames(window).filter((name) => !usual.has(name) && !known.test(name))
  })
  expect(more).toEqual([])
})

test('row 20: the preload that is shipped asks for electron and for nothing else', () => {
  const text = readFileSync(join(process.env.SLUICE_E2E_APP ?? '', 'out', 'preload', 'index.cjs'), 'utf8')
  expect([...text.matchAll(/require\(["'`]([^"'`]+)/g)].map(([, name]) => name)).toEqual(['electron'])
  expect(text).not.toMatch(/contextBridge|import\(/)
})

test('row 3: a page that tampers with what all scripts share reaches nothing of the preload', async ({ page, app }) => {
  const caught = await page.evaluate(async () => {
    const names: string[] = []
    const note = (value: unknown) => {
      const text = Object.prototype.toString.call(value)
      names.push(text)
      if (
        typeof value === 'object' &&
        value !== null &&
        ('postMessage' in value || 'send' in value || 'sender' in value)
      ) {
        names.push('something of Electron')
      }
    }
    const [map, iterator] = [Array.prototype.map, Array.prototype[Symbol.iterator]]
    const call = Function.prototype.call
    Array.prototype.map = function (...given: never[]) {
      note(this)
      return Reflect.apply(map, this, given)
    }
    Array.prototype[Symbol.iterator] = function () {
      note(this)
      return Reflect.apply(iterator, this, [])
    }
    Function.prototype.call = function (...given: never[]) {
      note(given[0])
      return Reflect.apply(call, this, given)
    }
    const { port1, port2 } = new MessageChannel()
    window.postMessage({ type: 'sluice:port' }, '*', [port2])
    await new Promise((resolve) => setTimeout(resolve))
    await new Promise((resolve) => setTimeout(resolve))
    Array.prototype.map = map
    Array.prototype[Symbol.iterator] = iterator
    Function.prototype.call = call
    port1.close()
    return names
  })
  expect(caught).not.toContain('something of Electron')
  await page.goto(app.address) // and the next page has its port
  await expect(page.getByRole('navigation', { name: 'Sections' }).getByRole('link').first()).toBeVisible()
})

test('row 5: no device, no sensor, no screen, no file is given', async ({ page }) => {
  const answers = await page.evaluate(async () => {
    type Asking = Record<string, () => Promise<unknown>>
    const all = navigator as unknown as Record<
      string,
      Record<string, (given?: unknown) => Promise<unknown>> | undefined
    >
    const ask: Asking = {
      geolocation: () => new Promise((resolve, reject) => navigator.geolocation.getCurrentPosition(resolve, reject)),
      camera: () => navigator.mediaDevices.getUserMedia({ video: true }),
      microphone: () => navigator.mediaDevices.getUserMedia({ audio: true }),
      screen: () => navigator.mediaDevices.getDisplayMedia(),
      midi: () => navigator.requestMIDIAccess({ sysex: true }),
      notification: async () => (await Notification.requestPermission()) === 'granted' || Promise.reject(new Error()),
      hid: async () => ((await all.hid?.requestDevice?.({ filters: [] })) as [])?.length || Promise.reject(new Error()),
      serial: async () => all.serial?.requestPort?.() ?? Promise.reject(new Error()),
      usb: async () => all.usb?.requestDevice?.({ filters: [] }) ?? Promise.reject(new Error()),
      bluetooth: async () => all.bluetooth?.requestDevice?.({ acceptAllDevices: true }) ?? Promise.reject(new Error()),
      reading: () => navigator.clipboard.readText(),
      lock: async () => document.body.requestPointerLock() ?? Promise.reject(new Error()),
    }
    const late = () => new Promise((resolve) => setTimeout(() => resolve('no answer'), 30_000))
    const tell = async ([name, asked]: [string, () => Promise<unknown>]) => [
      name,
      await Promise.race([
        asked().then(
          () => 'given',
          () => 'refused',
        ),
        late(),
      ]),
    ]
    return Object.fromEntries(await Promise.all(Object.entries(ask).map(tell)))
  })
  expect(answers).toEqual(Object.fromEntries(Object.keys(answers).map((name) => [name, 'refused'])))
})

test('row 7: what the policy stops is told, each by its directive', async ({ page }) => {
  await page.evaluate(() => {
    const refused: string[] = []
    Object.assign(window, { refused })
    document.addEventListener('securitypolicyviolation', (event) => refused.push(event.effectiveDirective))
  })
  const told = () => page.evaluate(() => (window as unknown as { refused: string[] }).refused.splice(0))
  expect(await inATask(page, () => Reflect.get(window, 'eval')('1'))).toBe('EvalError')
  expect(await inATask(page, () => new Function('return 1')())).toBe('EvalError')
  await expect.poll(told).toEqual(['script-src', 'script-src'])
  await inATask(page, () => {
    setTimeout('window.hit = 1' as unknown as () => void)
  })
  await expect.poll(told).toEqual(['script-src'])
  await inATask(page, () => {
    const holder = document.createElement('div')
    holder.innerHTML = '<img src="x:" onerror="window.hit = 1"><a href="javascript:window.hit = 1">x</a>'
    document.body.append(holder)
    holder.querySelector('a')?.click()
    holder.remove()
  })
  await expect
    .poll(async () => new Set(await told()))
    .toEqual(new Set(['img-src', 'script-src-attr', 'script-src-elem']))
  await inATask(page, () => {
    const worker = URL.createObjectURL(new Blob(['postMessage(1)'], { type: 'text/javascript' }))
    new Worker(worker).addEventListener('error', () => {})
  })
  await expect.poll(told).toEqual(['worker-src'])
  expect(await page.evaluate(() => 'hit' in window)).toBe(false)
})

test('rows 7, 18: no way of a script to speak with others works', async ({ page }) => {
  const outcomes = await page.evaluate(async () => {
    const none = () => 'refused'
    const got = () => 'reached'
    const event = (target: EventTarget, well: string) =>
      new Promise<string>((resolve) => {
        target.addEventListener(well, () => resolve('reached'))
        target.addEventListener('error', () => resolve('refused'))
      })
    const attempt = async (make: () => Promise<string>) => make().catch(none)
    const request = async (address: string) => {
      const xhr = new XMLHttpRequest()
      const ended = event(xhr, 'load')
      xhr.open('GET', address)
      xhr.send()
      return ended
    }
    return {
      file: await fetch('file:///etc/passwd').then(got, none),
      fileByRequest: await attempt(() => request('file:///etc/passwd')),
      web: await fetch('https://example.com/').then(got, none),
      ownFiles: await fetch('app://console/index.html').then(got, none),
      other: await fetch('app://other/').then(got, none),
      socket: await attempt(async () => event(new WebSocket('ws://127.0.0.1:9/'), 'open')),
      events: await attempt(async () => event(new EventSource('http://127.0.0.1:9/'), 'open')),
      script: await attempt(async () => {
        const script = document.createElement('script')
        script.src = 'file:///etc/hostname'
        const ended = event(script, 'load')
        document.head.append(script)
        return ended
      }),
    }
  })
  expect(outcomes).toEqual(Object.fromEntries(Object.keys(outcomes).map((name) => [name, 'refused'])))
})

test('row 13: no form, no refresh, no drop and no history leads away', async ({ page, electron, app }) => {
  const stays = async (what: string) => {
    expect(await look(electron), what).toEqual([expect.stringMatching(`^${app.address}`), true])
  }
  await page.evaluate(() => {
    for (const method of ['get', 'post']) {
      const form = document.createElement('form')
      Object.assign(form, { method, action: 'https://example.com/' })
      document.body.append(form)
      form.submit()
      form.remove()
    }
  })
  await stays('a form')
  await page.evaluate(() => {
    const refresh = document.createElement('meta')
    refresh.httpEquiv = 'refresh'
    refresh.content = '0;url=https://example.com/'
    document.head.append(refresh)
  })
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 200)))
  await stays('a refresh')
  await page.evaluate(() => document.querySelector('meta[http-equiv=refresh]')?.remove())
  await page.evaluate(() => {
    const base = document.createElement('base')
    base.href = 'https://example.com/'
    document.head.append(base)
    history.pushState(null, '', '#/overview')
    base.remove()
  })
  await stays('a base')

  const session = await page.context().newCDPSession(page)
  const texts = [
    { items: [{ mimeType: 'text/uri-list', data: 'https://example.com/' }], files: [], dragOperationsMask: 1 },
    { items: [], files: ['/etc/hostname'], dragOperationsMask: 1 },
  ]
  for (const data of texts) {
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
      await session.send('Input.dispatchDragEvent', { type, x: 500, y: 400, data })
    }
    await stays('a drop')
  }
  await session.detach()
  expect(electron.windows()).toHaveLength(1)
})

test('row 14: no click opens a window, whichever button and key', async ({ page, electron }) => {
  await page.evaluate(() => {
    const link = document.createElement('a')
    Object.assign(link, { href: 'https://example.com/', textContent: 'leave', target: '_blank', id: 'leave' })
    link.style.cssText = 'position: fixed; inset: 0 auto auto 0; z-index: 9999'
    document.body.append(link)
  })
  const link = page.locator('#leave')
  await link.click({ noWaitAfter: true })
  await link.click({ button: 'middle', noWaitAfter: true })
  for (const key of ['Control', 'Shift', 'Meta'] as const) await link.click({ modifiers: [key], noWaitAfter: true })
  await page.evaluate(() => {
    window.open('about:blank')
    window.open('javascript:alert(1)')
    document.getElementById('leave')?.remove()
  })
  expect(electron.windows()).toHaveLength(1)
  const count = await electron.evaluate(({ webContents }) => webContents.getAllWebContents().length)
  expect(count).toBe(1)
})

test('row 17: a port is taken from the page alone, and not from a frame in it', async ({ page, electron }) => {
  await expect(page.getByRole('navigation', { name: 'Sections' }).getByRole('link').first()).toBeVisible()
  await electron.evaluate(({ BrowserWindow }) => {
    const got = { count: 0 }
    Object.assign(globalThis, { got })
    BrowserWindow.getAllWindows()[0]?.webContents.ipc.on('sluice:port', () => got.count++)
  })
  const count = () => electron.evaluate(() => (globalThis as unknown as { got: { count: number } }).got.count)
  await page.evaluate(() => {
    const frame = document.createElement('iframe')
    frame.name = 'forger'
    document.body.append(frame)
  })
  await page.frame('forger')?.evaluate(() => {
    parent.postMessage({ type: 'sluice:port' }, '*', [new MessageChannel().port1])
    window.postMessage({ type: 'sluice:port' }, '*', [new MessageChannel().port1])
  })
  await page.evaluate(() => window.postMessage({ type: 'sluice:other' }, '*', [new MessageChannel().port1]))
  expect(await count()).toBe(0)
  await page.evaluate(() => {
    document.querySelector('iframe[name=forger]')?.remove()
    window.postMessage({ type: 'sluice:port' }, '*', [new MessageChannel().port1])
  })
  await expect.poll(count).toBe(1)
})

/** Starts the app once more with the same data; resolves to its exit code. */
function startAgain(dataFolder: string, ...words: string[]): Promise<number | null> {
  const { SLUICE_E2E_ELECTRON: program = '', SLUICE_E2E_APP: folder = '', SLUICE_E2E_SANDBOX: sandbox } = process.env
  const args = [...(sandbox === 'on' ? [] : ['--no-sandbox']), folder, '--demo', '--password-store=basic', ...words]
  const child = spawn(program, args, { env: { ...process.env, SLUICE_DATA: dataFolder }, stdio: 'ignore' })
  return new Promise((resolve, reject) => child.once('exit', resolve).once('error', reject))
}

test('a second start ends at once and brings the first to the front', async ({ electron, dataFolder }) => {
  await electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide())
  expect(await startAgain(dataFolder)).toBe(0)
  const visible = () => electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible())
  await expect.poll(visible).toBe(true)
  expect(electron.windows()).toHaveLength(1)
})

test('a link shows the place of a profile that is here; another is told of, and opens nothing', async ({
  page,
  dataFolder,
  electron,
}) => {
  const queue = encodeURIComponent('plain-list/queue%3A/emails')
  expect(await startAgain(dataFolder, '--', `sluice://open?profile=local&queue=${queue}`)).toBe(0)
  await expect.poll(async () => (await look(electron))[0]).toContain('/c/local/queue')
  expect(await startAgain(dataFolder, '--', 'sluice://open?profile=not-here')).toBe(0)
  expect(await startAgain(dataFolder, '--', 'sluice://open?profile=local&host=evil.example')).toBe(0)
  await page.getByRole('button', { name: /^Notifications/ }).click()
  const told = page.getByRole('dialog', { name: 'Notifications' })
  await expect(told.getByText('A link leads to a connection that is not here')).toBeVisible()
  await expect(told.getByText('A link was not followed')).toBeVisible()
  await expect(page.getByText('evil.example')).toHaveCount(0)
  await page.keyboard.press('Escape')
})
