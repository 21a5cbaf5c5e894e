import type { Page } from '@playwright/test'
import type { Queue } from 'bullmq'
import { fillCommands } from '../src/engine/demo/demo.ts'
import { routes } from '../src/renderer/app/routes.ts'
import { writeCalls } from '../src/systems/conformance/keyspace.ts'
import { hashedPeers } from '../test/peers/hashed.ts'
import type { TestRedis } from '../test/redis.ts'
import { addConnection, drawer, entryOf, goTo, jobRow, removeConnection } from './console.ts'
import { expect, test } from './fixtures.ts'

const name = 'Only looked at'

/** Queues of all systems: those of the demo, and one of each of the libraries by themselves. */
async function arrange({ client, port }: TestRedis): Promise<void> {
  await client.flushall()
  for (const [command, ...args] of fillCommands(Date.now())) await client.call(command, ...args)
  for (const [place, kind] of hashedPeers.entries()) {
    const peer = await kind.open(port, `real-${place}`)
    await peer.work()
    const boom = await peer.add('boom', { n: 1 })
    const fine = await peer.add('fine', { n: 2 })
    await Promise.all([peer.ended(boom), peer.ended(fine)])
    await peer.rest()
    await peer.add('later', { n: 3 }, { delay: 3_600_000 })
    await peer.add('next', { n: 4 })
    if (peer.queue.system === 'bull') await peer.add('often', { n: 5 }, { repeat: { every: 3_600_000 } })
    else {
      await (peer.raw as Queue).upsertJobScheduler('often', { every: 3_600_000 }, { name: 'often' })
      const queueName = peer.queue.name
      await peer.tree({ name: 'whole', queueName, children: [{ name: 'part', queueName }] })
    }
    await peer.close()
  }
}

/** Every tab of the open queue, and one job of each state that has some. */
async function lookAtTabs(page: Page): Promise<void> {
  const tabs = page.getByRole('tablist', { name: 'States' }).getByRole('tab')
  for (const tab of await tabs.all()) {
    await tab.click()
    await expect(tab).toHaveAttribute('aria-selected', 'true')
    const panel = page.getByRole('tabpanel')
    const first = jobRow(page, 1)
    const nothing = panel.getByText(/^(No jobs in|No schedules|Nothing has happened yet)/)
    const panels = panel.getByRole('columnheader', { name: 'Next run' }).or(panel.getByRole('list', { name: 'Events' }))
    await expect(first.or(nothing).or(panels), `${await tab.textContent()} at ${page.url()}`).toBeVisible()
    if ((await first.count()) === 0) continue
    await first.click()
    await expect(drawer(page).getByRole('toolbar', { name: 'Job' })).toBeVisible()
    await expect(drawer(page)).not.toContainText('This job has left')
    await page.keyboard.press('Escape')
    await expect(drawer(page)).toHaveCount(0)
  }
}

test('looking at every screen writes nothing to Redis', async ({ app, page, redis }) => {
  await arrange(redis)
  const before = await writeCalls(redis.client)
  const id = await addConnection(page, { name, url: redis.url })
  await goTo(page, `${routes.section('workers', id)}?tab=all`) // at first: supervisors are there while their beat is fresh
  await expect(page.getByRole('region', { name: 'Workers by connection' }).getByRole('row').nth(1)).toBeVisible()
  const overview = routes.section('overview', id)
  await goTo(page, overview)
  const sign = page.getByRole('img', { name: /^(Plain list|HTTP jobs|Requests|Laravel|Horizon|Bull|BullMQ)$/ })
  const rows = page.getByRole('grid', { name: 'Queues' }).getByRole('row').filter({ has: sign })
  await expect(rows.filter({ hasText: 'real-2' })).toBeVisible()
  const count = await rows.count()
  await expect(page.getByRole('main').getByRole('status')).toHaveText(`${count} queues`)

  const systems = new Set<string>()
  const queues = new Set<string>()
  for (let row = 0; row < count; row++) {
    await rows.nth(row).click()
    await expect(page.getByRole('tablist', { name: 'States' })).toBeVisible()
    const key = new URLSearchParams(page.url().split('?')[1]).get('queue') ?? ''
    const [system = '', , queue] = key.split('/')
    // Queues of one system are all looked at in the same way, those of one library by each of its versions.
    if (queue?.startsWith('real-') || !(systems.has(system) || system.startsWith('bull'))) await lookAtTabs(page)
    queues.add(key)
    systems.add(system)
    await goTo(page, overview)
    await expect(rows).toHaveCount(count)
  }
  expect(queues.size).toBe(count)
  expect(systems.size).toBe(7)

  await goTo(page, routes.section('failures', id))
  // While they are read the largest causes change places, and a click may meet another one.
  await expect(page.getByRole('button', { name: 'Read the failures again' })).toBeVisible()
  const causes = page.getByRole('list', { name: 'Failures by cause' }).getByRole('button', { expanded: false })
  await causes.first().click()
  await expect(page.getByRole('main').getByRole('link').first()).toBeVisible()
  await goTo(page, routes.section('requests', id))
  await page.getByRole('grid', { name: 'Requests' }).getByRole('row').nth(1).click()
  await goTo(page, routes.section('memory', id))
  await expect(page.getByRole('main').getByRole('row').nth(1)).toBeVisible()
  await goTo(page, routes.section('journal'))
  await expect(page.getByRole('grid', { name: 'Journal' }).or(page.getByText('Nothing was changed yet'))).toBeVisible()

  await goTo(page, routes.section('profiles'))
  const profile = page.getByRole('main').getByRole('listitem').filter({ hasText: name })
  await profile.getByRole('button', { name: 'Close' }).click()
  await expect(entryOf(page, name).getByRole('img', { name: 'Closed' })).toBeVisible()
  expect(await writeCalls(redis.client)).toEqual(before)
  await removeConnection(app.page, name)
})
