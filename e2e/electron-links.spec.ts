import { spawn } from 'node:child_process'
import { routes } from '../src/renderer/app/routes.ts'
import { addConnection, entryOf, goTo, removeConnection } from './console.ts'
import { expect, test } from './fixtures.ts'

/** Follows a link as the system does: it starts the app once more with the same data. Resolves to its exit code. */
function follow(dataFolder: string, link: string): Promise<number | null> {
  const { SLUICE_E2E_ELECTRON: program = '', SLUICE_E2E_APP: folder = '', SLUICE_E2E_SANDBOX: sandbox } = process.env
  const args = [...(sandbox === 'on' ? [] : ['--no-sandbox']), folder, '--password-store=basic', '--', link]
  const child = spawn(program, args, { env: { ...process.env, SLUICE_DATA: dataFolder }, stdio: 'ignore' })
  return new Promise((resolve, reject) => child.once('exit', resolve).once('error', reject))
}

test('a link shows the place of a closed connection, and connects nothing', async ({ page, redis, dataFolder }) => {
  await redis.client.rpush('queue:orders', '{"id":"1"}')
  const id = await addConnection(page, { name: 'Linked', url: redis.url })
  await goTo(page, routes.section('profiles'))
  const row = page.getByRole('main').getByRole('listitem').filter({ hasText: 'Linked' })
  await row.getByRole('button', { name: 'Close', exact: true }).click()
  const closed = entryOf(page, 'Linked').getByRole('img', { name: 'Closed' })
  await expect(closed).toBeVisible()
  const accepted = async () => /total_connections_received:(\d+)/.exec(await redis.client.info('stats'))?.[1]
  const before = await accepted()

  const queue = encodeURIComponent('plain-list/queue%3A/orders')
  expect(await follow(dataFolder, `sluice://open?profile=${id}&queue=${queue}`)).toBe(0)
  const openAndGo = row.getByRole('button', { name: 'Open and go there' })
  await expect(openAndGo).toBeVisible()
  await expect(closed).toBeVisible()
  expect(await accepted()).toBe(before)

  await openAndGo.click()
  await expect(page.getByRole('main').getByRole('heading', { level: 2 })).toContainText('orders')
  await removeConnection(page, 'Linked')
})
