/*
 * Takes pictures of the built harness in light and dark, wide and narrow, under the headers that the app really sends,
 * and fails when the page breaks its content security policy or writes an error.
 *
 *   npx vite build --config test/renderer/harness/vite.config.ts && npx tsx test/renderer/harness/look.ts [name ...]
 *
 * CHROMIUM names a browser where Playwright's own is not installed. Pictures go to out/look/.
 */
import { mkdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { chromium, type Page } from '@playwright/test'
import { pageHeaders, readPageFiles } from '../../../src/engine/page/page-files.ts'

interface Look {
  readonly name: string
  /** Path behind the hash. */
  readonly at: string
  /** Query of the page itself: options of the fake engine. */
  readonly options?: string
  act?(page: Page): Promise<void>
}

const looks: readonly Look[] = [
  { name: 'overview', at: '/overview?row=prod-eu%20plain-list%2Fqueue%253A%2Fsms' },
  { name: 'overview-sorted', at: '/c/prod-eu/overview?sort=-failed', options: 'queues=1000' },
  { name: 'overview-empty', at: '/overview', options: 'empty' },
  { name: 'overview-loading', at: '/overview', options: 'delay=60000' },
  { name: 'palette', at: '/overview', act: (page) => typed(page, 'Control+k', 'mail') },
  { name: 'keys', at: '/overview', act: (page) => page.keyboard.press('?') },
  { name: 'profiles', at: '/profiles' },
  {
    name: 'profile-form',
    at: '/profiles?edit=prod-eu',
    act: (page) => page.getByRole('button', { name: 'Test the connection' }).click(),
  },
  {
    name: 'profile-new',
    at: '/profiles?edit=new',
    act: (page) => page.getByRole('button', { name: 'Fields' }).click(),
  },
  { name: 'profiles-waiting', at: '/profiles', options: 'waiting' },
  { name: 'profiles-many', at: '/profiles', options: 'connections=200' },
  { name: 'profiles-link', at: '/overview', options: 'link' },
  { name: 'vault-locked', at: '/overview', options: 'vault=locked' },
  { name: 'secrets', at: '/profiles', act: (page) => ofConnections(page, /^Passwords/) },
  { name: 'host-keys', at: '/profiles', act: (page) => ofConnections(page, /^Keys of SSH/) },
  { name: 'profiles-export', at: '/profiles', act: (page) => ofConnections(page, /^Export/) },
  { name: 'profiles-import', at: '/profiles', act: importConnections },
  {
    name: 'host-key-changed',
    at: '/profiles',
    options: 'waiting',
    act: (page) => page.getByRole('button', { name: 'Look at the host key…' }).first().click(),
  },
  {
    name: 'secret-prompt',
    at: '/profiles',
    options: 'waiting',
    act: (page) => page.getByRole('button', { name: 'Enter the password…' }).first().click(),
  },
  { name: 'profile-all', at: '/profiles?edit=prod-eu', act: unfoldAll },
  { name: 'unlock', at: '/c/prod-eu/overview', act: (page) => page.getByRole('button', { name: 'Read-only' }).click() },
  { name: 'memory', at: '/c/prod-eu/memory' },
  { name: 'workers', at: '/workers?message=m0' },
  { name: 'workers-all', at: '/workers?tab=all' },
  { name: 'workers-http', at: '/workers?pool=p3' },
  {
    name: 'pool-jobs',
    at: '/workers?pool=p5',
    act: (page) => page.locator('details').nth(1).locator('summary').click(),
  },
  { name: 'pool-output', at: '/workers?pool=p5&tab=output' },
  { name: 'pool-import', at: '/workers?pool=p6' },
  { name: 'command', at: '/workers?command=c1' },
  { name: 'command-given-up', at: '/workers?command=c3' },
  { name: 'command-add', at: '/workers', act: addCommand },
  { name: 'start-own', at: '/workers', act: startOwn },
  { name: 'run-job', at: queueAt('bullmq', 'bull', 'image-resize', 'failed', 'local'), act: runJob },
  { name: 'request-code', at: '/c/prod-eu/requests?status=otp', act: (page) => page.getByRole('row').nth(2).click() },
  { name: 'request-api', at: '/c/local/requests', act: startApi },
  {
    name: 'notifications',
    at: '/overview',
    act: (page) => page.getByRole('button', { name: /^Notifications/ }).click(),
  },
  { name: 'start-pool', at: '/workers', act: (page) => page.keyboard.press('n') },
  {
    name: 'start-pool-advanced',
    at: '/c/prod-eu/workers',
    async act(page) {
      await page.keyboard.press('n')
      await page.getByRole('button', { name: /^Advanced/ }).click()
      await page.getByRole('button', { name: 'Given delays' }).click()
    },
  },
  { name: 'check-queue', at: '/workers', act: (page) => check(page, 'email') },
  { name: 'check-queue-odd', at: '/workers', act: (page) => check(page, 'sms') },
  { name: 'journal', at: '/journal' },
  { name: 'journal-undo', at: '/journal', act: (page) => page.getByRole('button', { name: 'Undo' }).first().click() },
  { name: 'trash', at: '/journal?tab=trash' },
  { name: 'runs', at: '/overview', options: 'runs' },
  {
    name: 'runs-report',
    at: '/overview',
    options: 'runs',
    act: (page) => page.getByRole('button', { name: 'Report' }).click(),
  },
  { name: 'plan-retry', at: queueAt('bullmq', 'bull', 'image-resize', 'failed', 'local'), act: planCanary },
  { name: 'plan-purge', at: queueAt('bullmq', 'bull', 'webhooks-out', 'failed'), act: planPurge },
  { name: 'plan-edit', at: queueAt('bullmq', 'bull', 'image-resize', 'failed', 'local'), act: planEdit },
  { name: 'plan-copy', at: queueAt('plain-list', 'queue:', 'sms', 'dead'), act: planCopy },
  { name: 'permissions', at: '/profiles', act: permissions },
  { name: 'overview-outside', at: '/overview?q=outside' },
  { name: 'policy-line', at: queueAt('bullmq', 'bull', 'video-transcode', 'active') },
  { name: 'policy-within', at: queueAt('laravel', 'shop_database_', 'notifications', 'waiting') },
  {
    name: 'policy-edit',
    at: queueAt('bullmq', 'bull', 'video-transcode', 'active'),
    act: (page) => page.getByRole('button', { name: /^Policy/ }).click(),
  },
  {
    name: 'policy-new',
    at: queueAt('laravel', 'shop_database_', 'default', 'waiting', 'staging'),
    act: newPolicy,
  },
  { name: 'search', at: '/search' },
  {
    name: 'search-mistake',
    at: `/c/local/search?q=${encodeURIComponent('data.user.id = 42 and (error ~ refused or age >')}`,
  },
  { name: 'search-running', at: '/c/prod-eu/search?q=Ada', act: searchNow },
  {
    name: 'search-chosen',
    at: '/c/local/search?q=ETIMEDOUT&kind=failed',
    async act(page) {
      await searchNow(page)
      await page.getByRole('checkbox', { name: 'Select the matches shown' }).click()
    },
  },
  {
    name: 'export',
    at: '/c/local/search?q=ETIMEDOUT&kind=failed',
    async act(page) {
      await searchNow(page)
      await page.getByRole('checkbox', { name: 'Select match 1', exact: true }).click()
      await page.getByRole('button', { name: 'Export…' }).click()
    },
  },
  { name: 'import', at: queueAt('plain-list', 'queue:', 'email', 'pending', 'local'), act: importJobs },
  { name: 'failures', at: '/failures' },
  {
    name: 'failures-group',
    at: '/c/local/failures',
    async act(page) {
      await page.getByRole('button', { name: 'Read the failures again' }).waitFor()
      await page.getByRole('button', { name: /^SMTP/ }).click()
    },
  },
  { name: 'stale', at: '/c/orders/overview' },
]

/** The path of a state of a queue. */
function queueAt(system: string, prefix: string, name: string, state: string, connectionId = 'prod-eu'): string {
  const key = [system, prefix, name].map(encodeURIComponent).join('/')
  return `/c/${connectionId}/queue?queue=${encodeURIComponent(key)}&state=${state}`
}

/** A policy of nonsense, refused. */
async function newPolicy(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'More for this queue' }).click()
  await page.getByRole('menuitem', { name: 'Set a policy…' }).click()
  await page.getByRole('textbox', { name: /^Priority/ }).fill('11')
  await page.getByRole('textbox', { name: /^Back-off/ }).fill('30, soon')
  await page.getByRole('button', { name: 'Save' }).click()
}

async function searchNow(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Search', exact: true }).click()
  await page.waitForTimeout(1_500)
}

/** A file with rows that can be added and two that cannot. */
async function importJobs(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'More for this queue' }).click()
  await page.getByRole('menuitem', { name: /^Import/ }).click()
  const rows = [...Array(40).fill('{"type":"welcome","to":"ada@example.com"}'), 'oops', '\u202eoops']
  const buffer = Buffer.from(rows.join('\n'))
  await page.getByLabel('File of jobs').setInputFiles({ name: 'jobs.ndjson', mimeType: 'text/plain', buffer })
}

async function ofQueue(page: Page, entry: RegExp): Promise<void> {
  await page.getByRole('button', { name: 'More for this queue' }).click()
  await page.getByRole('menuitem', { name: entry }).click()
}

async function ofSelected(page: Page, entry: RegExp): Promise<void> {
  await page.getByRole('checkbox', { name: 'Select job 1', exact: true }).waitFor()
  await page.keyboard.press('Control+a')
  await page.getByRole('button', { name: 'More for the selected jobs' }).click()
  await page.getByRole('menuitem', { name: entry }).click()
}

async function planCanary(page: Page): Promise<void> {
  await ofQueue(page, /^Retry all/)
  await page.getByRole('checkbox', { name: 'Try a few first' }).click()
  await page.getByRole('button', { name: 'Limited' }).click()
}

/** A purge of production, unlocked: with the count to type. */
async function planPurge(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Read-only' }).click()
  await page.getByRole('textbox', { name: /to unlock it/ }).fill('prod-eu')
  await page.getByRole('textbox', { name: 'Why' }).fill('INC-2291')
  await page.keyboard.press('Enter')
  await ofQueue(page, /^Purge/)
}

async function planEdit(page: Page): Promise<void> {
  await ofSelected(page, /^Edit many/)
  await page.keyboard.type('data.total = "21.50"')
}

async function planCopy(page: Page): Promise<void> {
  await ofSelected(page, /^Copy to another connection/)
  await choose(page, 'To the connection', /Private Redis/)
  await page.getByRole('textbox', { name: 'To the queue' }).fill('sms')
}

async function ofConnections(page: Page, entry: RegExp): Promise<void> {
  await page.getByRole('button', { name: 'More for connections' }).click()
  await page.getByRole('menuitem', { name: entry }).click()
}

async function importConnections(page: Page): Promise<void> {
  await ofConnections(page, /^Import/)
  const buffer = Buffer.from('{"sealed":true}')
  await page.getByLabel('File of connections').setInputFiles({ name: 'c.json', mimeType: 'text/plain', buffer })
}

async function unfoldAll(page: Page): Promise<void> {
  for (const name of [/^Servers/, /^TLS/, /^SSH/]) await page.getByRole('button', { name }).click()
  await page.getByRole('button', { name: 'Sentinel', exact: true }).click()
  await page.getByRole('checkbox', { name: 'Take any certificate' }).click()
  await page.getByRole('checkbox', { name: /^Reach Redis through/ }).click()
}

async function permissions(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'More for staging' }).click()
  await page.getByRole('menuitem', { name: 'Permissions…' }).click()
}

async function choose(page: Page, label: string, option: string | RegExp): Promise<void> {
  await page.getByRole('combobox', { name: label, exact: true }).click()
  await page.getByRole('option', { name: option }).first().click()
}

async function addCommand(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Add command' }).click()
  await choose(page, 'Template', /Laravel/)
  await page.getByRole('button', { name: 'All in this command' }).click()
}

async function startOwn(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Start workers' }).click()
  await choose(page, 'Queue', /image-resize/)
  await choose(page, 'File', /resize-images/)
  await page.getByRole('button', { name: 'Check', exact: true }).click()
  await page.getByRole('button', { name: 'By wait' }).click()
}

/** The one run of a job, until it has ended. */
async function runJob(page: Page): Promise<void> {
  await page.getByRole('row').nth(2).click()
  await page.getByRole('button', { name: 'More for this job' }).click()
  await page.getByRole('menuitem', { name: 'Run exactly this job…' }).click()
  await choose(page, 'File', /resize-images/)
  await page.getByRole('button', { name: 'Run it', exact: true }).click()
  await page.getByRole('button', { name: 'Run it again' }).waitFor()
}

async function startApi(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'HTTP API' }).click()
  await page.getByRole('button', { name: 'Start the API' }).click()
  await page.getByRole('button', { name: 'Show the token' }).click()
}

async function typed(page: Page, key: string, text: string): Promise<void> {
  await page.keyboard.press(key)
  await page.keyboard.type(text)
}

async function check(page: Page, queue: string): Promise<void> {
  const card = page.getByRole('listitem').filter({ hasText: queue })
  await card.getByRole('button', { name: 'Check this queue' }).click()
}

const sizes = { wide: { width: 1440, height: 900 }, narrow: { width: 900, height: 700 } }
const root = fileURLToPath(new URL('../../../', import.meta.url))
const files = readPageFiles(`${root}out/harness`)
const server = createServer((request, response) => {
  const file = files.get(new URL(request.url ?? '/', 'http://page').pathname)
  if (file === undefined) response.writeHead(404).end()
  else response.writeHead(200, pageHeaders(file, "'none'")).end(readFileSync(file.path))
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const { port } = server.address() as AddressInfo

const wanted = process.argv.slice(2)
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] })
mkdirSync(`${root}out/look`, { recursive: true })
let complaints = 0
for (const colorScheme of ['light', 'dark'] as const) {
  for (const [size, viewport] of Object.entries(sizes)) {
    const context = await browser.newContext({ colorScheme, viewport })
    for (const look of looks.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
      const page = await context.newPage()
      const complain = (text: string) => {
        if (text.includes('favicon')) return
        complaints++
        process.stdout.write(`${look.name} ${colorScheme} ${size}: ${text}\n`)
      }
      page.on('console', (message) => message.type() === 'error' && complain(message.text()))
      page.on('pageerror', (error) => complain(error.message))
      await page.goto(`http://127.0.0.1:${port}/?${look.options ?? ''}#${look.at}`)
      await page.waitForTimeout(1_200)
      await look.act?.(page)
      await page.waitForTimeout(1_500)
      await page.screenshot({ path: `${root}out/look/${look.name}-${colorScheme}-${size}.png` })
      await page.close()
    }
    await context.close()
  }
}
await browser.close()
server.close()
process.exitCode = complaints === 0 ? 0 : 1
