import { readFileSync } from 'node:fs'
import type { ElectronApplication } from '@playwright/test'
import { test as base, expect } from './fixtures.ts'

/** The main process is there: this spec runs in the Electron project alone. */
const test = base.extend<{ electron: ElectronApplication }>({
  electron: async ({ app }, use) => {
    if (app.electron === null) throw new Error('electron-*.spec.ts runs in Electron alone')
    await use(app.electron)
  },
})

test('the renderer runs in the system’s sandbox', async ({ page, electron }) => {
  test.skip(process.platform !== 'linux', 'only Linux tells a process’s sandbox to others')
  test.skip(process.env.SLUICE_E2E_SANDBOX === 'off', 'this machine lets an ordinary user make no namespaces')
  await expect(page.locator('#root > *').first()).toBeVisible()
  const pids = await electron.evaluate(({ app }) =>
    app
      .getAppMetrics()
      .filter(({ type }) => type === 'Tab')
      .map(({ pid }) => pid),
  )
  expect(pids).toHaveLength(1)
  const status = readFileSync(`/proc/${pids[0]}/status`, 'utf8')
  expect(status).toMatch(/^Seccomp:\s+2$/m) // a filter of system calls
  expect(status).not.toMatch(/^Uid:\s+0\s/m)
})

test('the page cannot leave, whatever it tries', async ({ page, electron, app }) => {
  for (const target of ['https://example.com/', 'file:///etc/passwd', 'data:text/html,gone', 'app://other/']) {
    await page.evaluate((address) => location.assign(address), target)
    await page.evaluate((address) => {
      const link = document.createElement('a')
      link.href = address
      document.body.append(link)
      link.click()
      link.remove()
    }, target)
    // Asked of the main process: a navigation that was refused leaves Playwright waiting for its end.
    const shown = await electron.evaluate(({ BrowserWindow }) => {
      const [window] = BrowserWindow.getAllWindows()
      return window?.webContents.executeJavaScript('[location.href, document.querySelector("#root > *") !== null]')
    })
    expect(shown).toEqual([expect.stringMatching(`^${app.address}`), true])
  }
})

test('no second window opens', async ({ page, electron }) => {
  const opened = await page.evaluate(() => window.open('https://example.com/') !== null)
  expect(opened).toBe(false)
  expect(await page.evaluate(() => window.open('app://console/') !== null)).toBe(false)
  expect(electron.windows()).toHaveLength(1)
})

test('every permission is denied but writing to the clipboard', async ({ page }) => {
  const states = await page.evaluate(async () => {
    const names = ['geolocation', 'notifications', 'camera', 'microphone', 'midi', 'clipboard-read'] as const
    const answers = names.map((name) => navigator.permissions.query({ name: name as PermissionName }))
    return (await Promise.all(answers)).map(({ state }) => state)
  })
  expect(new Set(states)).toEqual(new Set(['denied']))
  expect(await page.evaluate(() => Notification.requestPermission())).toBe('denied')
})

test('the page’s scheme serves its own files and nothing else', async ({ page, electron }) => {
  await expect(page.locator('#root > *').first()).toBeVisible()
  const statuses = await electron.evaluate(async ({ net }) => {
    const addresses = [
      'app://console/',
      'app://console/../main/index.js',
      'app://console/%2e%2e/main/index.js',
      'app://console/..%5cmain%5cindex.js',
      'app://console//etc/passwd',
      'app://other/index.html',
    ]
    return Promise.all(addresses.map(async (address) => (await net.fetch(address)).status))
  })
  expect(statuses).toEqual([200, 404, 404, 404, 404, 404])
})

test('nothing reaches out of the computer, and no webview attaches', async ({ page, electron }) => {
  const attached = await page.evaluate(() => {
    const view = document.createElement('webview')
    view.setAttribute('src', 'https://example.com/')
    document.body.append(view)
    const known = 'getWebContentsId' in view
    view.remove()
    return known
  })
  expect(attached).toBe(false)
  const reached = await electron.evaluate(async ({ net }) => {
    const answer = await net.fetch('http://127.0.0.1:9/').then(
      () => 'reached',
      (error: Error) => error.message,
    )
    return answer
  })
  expect(reached).toContain('ERR_BLOCKED_BY_CLIENT')
})
