import type { ConsoleMessage, Page, Request } from '@playwright/test'
import { expect, test } from './fixtures.ts'

/** Runs in the page: adds markup to the document and tells what the policy refused within a moment of its own. */
async function refusalsOf(page: Page, markup: string): Promise<string[]> {
  return page.evaluate(async (html) => {
    const refused: string[] = []
    const seen = (event: SecurityPolicyViolationEvent) => refused.push(event.effectiveDirective)
    document.addEventListener('securitypolicyviolation', seen)
    const holder = document.createElement('div')
    holder.innerHTML = html
    // Markup set by innerHTML never runs its scripts, policy or not: give them the chance that a parser would.
    for (const dead of holder.querySelectorAll('script')) {
      const live = document.createElement('script')
      live.textContent = dead.textContent
      if (dead.src) live.src = dead.src
      dead.replaceWith(live)
    }
    document.body.append(holder)
    const done = new Promise((resolve) => document.addEventListener('sentinel', resolve, { once: true }))
    // The sentinel's own refusal comes after the others, because reports are delivered in order.
    const sentinel = new Image()
    sentinel.onerror = () => setTimeout(() => document.dispatchEvent(new Event('sentinel')))
    sentinel.src = 'https://sentinel.invalid/'
    await done
    document.removeEventListener('securitypolicyviolation', seen)
    holder.remove()
    refused.splice(refused.lastIndexOf('img-src'), 1)
    return refused
  }, markup)
}

test('opens, and shows the console', async ({ page }) => {
  await expect(page).toHaveTitle(/Sluice/)
  await expect(page.locator('#root > *').first()).toBeVisible()
})

test('loads without an error, and asks for nothing that its policy refuses', async ({ page, app }) => {
  const complaints: string[] = []
  const listen = (message: ConsoleMessage) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  }
  const crash = (error: Error) => complaints.push(error.message)
  page.on('console', listen)
  page.on('pageerror', crash)
  await page.goto(app.address)
  await expect(page.locator('#root > *').first()).toBeVisible()
  page.off('console', listen)
  page.off('pageerror', crash)
  expect(complaints).toEqual([])
})

test('sends its policy with the page', async ({ page, app }) => {
  const response = await page.goto(app.address)
  const headers = response?.headers() ?? {}
  expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'; style-src 'self';")
  expect(headers['content-security-policy']).not.toContain('unsafe-eval')
  expect(headers['x-content-type-options']).toBe('nosniff')
})

test('gives the page nothing of Node or Electron', async ({ page }) => {
  const known = await page.evaluate(() =>
    ['require', 'process', 'module', 'Buffer', 'global', 'electron', 'ipcRenderer'].filter((name) => name in window),
  )
  expect(known).toEqual([])
})

test('runs no script that data brings along, and loads nothing from outside', async ({ page }) => {
  expect(await refusalsOf(page, '<script>window.hit = 1</script>')).toEqual(['script-src-elem'])
  expect(await refusalsOf(page, '<script src="https://example.com/a.js"></script>')).toEqual(['script-src-elem'])
  expect(await refusalsOf(page, '<img src="https://example.com/a.png">')).toEqual(['img-src'])
  expect(await refusalsOf(page, '<style>body { color: red }</style>')).toEqual(['style-src-elem'])
  await page.evaluate(() => {
    const holder = document.createElement('div')
    holder.innerHTML = '<b onclick="window.hit = 1"></b>'
    document.body.append(holder)
    holder.querySelector('b')?.click()
    holder.remove()
  })
  const evaluated = await page.evaluate(
    () =>
      new Promise((resolve) => {
        // In a task of its own: what the debugger itself evaluates is free of the policy.
        setTimeout(() => {
          try {
            resolve(new Function('return 1')())
          } catch (error) {
            resolve((error as Error).name)
          }
        })
      }),
  )
  expect(evaluated).toBe('EvalError')
  expect(await page.evaluate(() => 'hit' in window)).toBe(false)
})

test('shows a message in a frame that can style itself, and do nothing else', async ({ page }) => {
  const requests: string[] = []
  const listen = (request: Request) => requests.push(request.url())
  page.on('request', listen)
  await page.evaluate(() => {
    const frame = document.createElement('iframe')
    frame.id = 'preview'
    frame.setAttribute('sandbox', '')
    frame.srcdoc = `
      <p style="color: rgb(1, 2, 3)">Hello</p>
      <img src="https://example.com/pixel.png">
      <script>document.body.textContent = 'script ran'</script>
      <a href="https://example.com/">leave</a>`
    document.body.append(frame)
  })
  const preview = page.frameLocator('#preview')
  await expect(preview.getByText('Hello')).toHaveCSS('color', 'rgb(1, 2, 3)')
  await preview.getByRole('link', { name: 'leave' }).click({ force: true, noWaitAfter: true })
  await expect(page.locator('#root > *').first()).toBeVisible()
  page.off('request', listen)
  const addresses = page.frames().map((frame) => frame.url())
  await page.evaluate(() => document.getElementById('preview')?.remove())
  expect(requests.filter((address) => address.startsWith('http') && !address.startsWith('http://127.0.0.1'))).toEqual(
    [],
  )
  expect(addresses.filter((address) => address.includes('example.com'))).toEqual([])
})
