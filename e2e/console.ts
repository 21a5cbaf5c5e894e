import { randomUUID } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Locator, Page } from '@playwright/test'
import { type QueueRef, queueKey } from '../src/domain/queue.ts'
import { routes } from '../src/renderer/app/routes.ts'
import { expect, type RunningApp } from './fixtures.ts'

/* What a person does again and again in the console. */

interface NewConnection {
  name: string
  url: string
  environment?: 'local' | 'staging' | 'production'
}

/** The left column, where connections and their sections are. */
export function sidebar(page: Page): Locator {
  return page.getByRole('navigation', { name: 'Sections' })
}

/** The entry of a connection in the left column; its name tells what the connection does: "Connected". */
export function entryOf(page: Page, name: string): Locator {
  return sidebar(page).getByRole('link', { name })
}

/** Opens the form of a new connection and fills it in; the form is left open. */
export async function fillConnection(
  page: Page,
  { name, url, environment = 'local' }: NewConnection,
): Promise<Locator> {
  await sidebar(page).getByRole('button', { name: 'Add a connection' }).click()
  const form = page.getByRole('dialog', { name: 'Add a connection' })
  await form.getByLabel('Name').fill(name)
  await form.getByRole('textbox', { name: /^Address/ }).fill(url)
  await form.getByRole('group', { name: 'Environment' }).getByRole('button', { name: environment }).click()
  return form
}

/** Saves the form of a new connection and waits until Redis answers; returns the id of the connection. */
export async function saveAndOpen(page: Page, form: Locator, name: string): Promise<string> {
  await form.getByRole('button', { name: 'Save and open' }).click()
  const entry = entryOf(page, name)
  await expect(entry.getByRole('img', { name: 'Connected' })).toBeVisible()
  const [, , id] = ((await entry.getAttribute('href')) ?? '').split('/')
  return decodeURIComponent(id as string)
}

/** Adds a connection by its URL and opens it; returns its id. */
export async function addConnection(page: Page, connection: NewConnection): Promise<string> {
  const form = await fillConnection(page, connection)
  return saveAndOpen(page, form, connection.name)
}

/** Forgets a connection, so that the next spec does not see its queues. */
export async function removeConnection(page: Page, name: string): Promise<void> {
  await goTo(page, routes.section('profiles'))
  await page.getByRole('button', { name: `More for ${name}` }).click()
  await page.getByRole('menuitem', { name: 'Remove…' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove the connection' }).click()
  await expect(entryOf(page, name)).toHaveCount(0)
}

/** Goes to a place of the console as a link does, without loading the page again. */
export async function goTo(page: Page, route: string): Promise<void> {
  await page.evaluate((hash) => {
    location.hash = hash
  }, route)
}

/** The jobs of one state of a queue; resolves when they are listed, or the screen says that there are none. */
export async function openState(page: Page, connectionId: string, queue: QueueRef, state: string): Promise<void> {
  await goTo(page, routes.queue(connectionId, queueKey(queue), state))
  const heading = page.getByRole('main').getByRole('heading', { level: 2 }).filter({ hasText: queue.name })
  await expect(heading).toBeVisible()
}

/** The row of a job by its place in the list, from 1. */
export function jobRow(page: Page, place: number): Locator {
  return page
    .getByRole('row')
    .filter({ has: page.getByRole('checkbox', { name: `Select job ${place.toLocaleString('en')}`, exact: true }) })
}

/** Opens the job at a place of the list; resolves when it is there, and keys act on it. */
export async function openJob(page: Page, place: number): Promise<Locator> {
  await jobRow(page, place).click()
  await expect(drawer(page).getByRole('toolbar', { name: 'Job' })).toBeVisible()
  return drawer(page)
}

/** Chooses from the menu behind a button: "More for this job". */
export async function chooseFrom(page: Page, menu: string, entry: string): Promise<void> {
  await page.getByRole('button', { name: menu }).click()
  await page.getByRole('menuitem', { name: entry }).click()
}

/** Goes to a tab of the open queue: a state, or a panel such as Live. */
export async function openTab(page: Page, name: string): Promise<void> {
  const tab = page.getByRole('tablist', { name: 'States' }).getByRole('tab', { name: new RegExp(`^${name}`) })
  await tab.click()
  await expect(tab).toHaveAttribute('aria-selected', 'true')
}

/** The open job beside its list. */
export function drawer(page: Page): Locator {
  return page.getByRole('complementary', { name: 'Job' })
}

/** A toast by what it says. One that reports an error is an alert, which screen readers hear before they reach it. */
export function toast(page: Page, text: string | RegExp): Locator {
  const area = page.getByRole('region', { name: 'Notifications' })
  const role = (name: 'dialog' | 'alertdialog') => area.getByRole(name, { includeHidden: true })
  return role('dialog').or(role('alertdialog')).filter({ hasText: text })
}

/** Runs the plan that was asked for: waits until it says what would be done, types the count where it is asked for. */
export async function runPlan(page: Page, does: string, count?: number): Promise<void> {
  const plan = page.getByRole('alertdialog', { name: does, exact: true })
  await expect(plan).toBeVisible()
  if (count !== undefined) await plan.getByRole('textbox', { name: /to confirm/ }).fill(String(count))
  await plan.getByRole('button', { name: does, exact: true }).click()
  await expect(plan).toHaveCount(0)
}

/** What an action over many jobs came to: in a toast, or in its card where it took a moment. */
export function ended(page: Page, text: string | RegExp): Locator {
  const cards = page.getByRole('list', { name: 'Running actions' }).getByRole('listitem')
  return toast(page, text)
    .or(cards.filter({ hasText: text }))
    .first()
}

/** Undoes an entry of the journal. */
export async function undoEntry(page: Page, row: Locator): Promise<void> {
  await row.getByRole('button', { name: 'Undo' }).click()
  await page.getByRole('alertdialog', { name: 'Undo this?' }).getByRole('button', { name: 'Undo' }).click()
}

/** A plain list under the usual prefix. */
export function plainQueue(name: string): QueueRef {
  return { system: 'plain-list', prefix: 'queue:', name }
}

/** What the page saves to a file while `act` goes on. Electron asks where, and Playwright hears nothing of it. */
export async function savedText({ page, electron }: RunningApp, act: () => Promise<void>): Promise<string> {
  if (electron === null) {
    const download = page.waitForEvent('download')
    await act()
    return readFileSync(await (await download).path(), 'utf8')
  }
  const path = join(tmpdir(), `sluice-e2e-${randomUUID()}`)
  const saved = await electron.evaluateHandle(({ session }, to) => {
    const end = new Promise<void>((resolve) => {
      session.defaultSession.once('will-download', (_event, item) => {
        item.setSavePath(to)
        item.once('done', () => resolve())
      })
    })
    return { end }
  }, path)
  await act()
  await saved.evaluate(({ end }) => end)
  const text = readFileSync(path, 'utf8')
  rmSync(path)
  return text
}
