import { createHash } from 'node:crypto'
import type { Locator, Page } from '@playwright/test'
import { routes } from '../src/renderer/app/routes.ts'
import { startCluster } from '../test/servers/cluster.ts'
import { startSentinels } from '../test/servers/sentinels.ts'
import { startSshServer } from '../test/servers/ssh-server.ts'
import { startTlsRedis } from '../test/servers/tls-redis.ts'
import {
  entryOf,
  fillConnection,
  goTo,
  jobRow,
  openState,
  plainQueue,
  removeConnection,
  saveAndOpen,
} from './console.ts'
import { expect, test } from './fixtures.ts'

/* Each way to reach a Redis, from its form to a queue that is shown. */

const dead = JSON.stringify({ id: 'far-1', type: 'order', error: 'the card was refused' })

/** A part of the form that is folded at first. */
async function unfold(form: Locator, title: string): Promise<Locator> {
  const part = form.getByRole('region', { name: title, exact: true })
  await part.getByRole('button', { name: new RegExp(`^${title}`) }).click()
  return part
}

/** The dead jobs of a queue are on the screen. */
async function showsQueue(page: Page, connectionId: string, name: string): Promise<void> {
  await openState(page, connectionId, plainQueue(name), 'dead')
  await expect(jobRow(page, 1)).toContainText('far-1')
}

test('a cluster shows the queues of all its masters', async ({ page }) => {
  const cluster = await startCluster()
  try {
    const names = [0, 1, 2].map((master) => cluster.keyAt(master, ''))
    for (const name of names) await cluster.client.rpush(`queue:${name}:dlq`, dead)
    const form = await fillConnection(page, { name: 'Three masters', url: cluster.profile.url })
    const servers = await unfold(form, 'Servers')
    await servers.getByRole('button', { name: 'Cluster', exact: true }).click()
    const id = await saveAndOpen(page, form, 'Three masters')
    await goTo(page, routes.section('overview', id))
    for (const name of names) await expect(page.getByRole('row').filter({ hasText: name })).toBeVisible()
    for (const name of names) await showsQueue(page, id, name)
    await removeConnection(page, 'Three masters')
  } finally {
    await cluster.stop()
  }
})

test('the Sentinel of an address leads to the master', async ({ page }) => {
  const sentinels = await startSentinels({ sentinels: 1, replicas: 1 })
  try {
    await sentinels.servers[0]?.client.rpush('queue:orders:dlq', dead)
    const form = await fillConnection(page, { name: 'Watched', url: `redis://127.0.0.1:${sentinels.ports[0]}` })
    const servers = await unfold(form, 'Servers')
    await servers.getByRole('button', { name: 'Sentinel', exact: true }).click()
    await servers.getByRole('textbox', { name: 'Name of the master' }).fill(sentinels.group)
    const id = await saveAndOpen(page, form, 'Watched')
    await showsQueue(page, id, 'orders')
    await goTo(page, routes.section('profiles'))
    const row = page.getByRole('main').getByRole('listitem').filter({ hasText: 'Watched' })
    await expect(row).toContainText(`127.0.0.1:${sentinels.servers[0]?.port}`)
    await removeConnection(page, 'Watched')
  } finally {
    await sentinels.stop()
  }
})

test('TLS is refused from a server that nobody vouches for, and goes through with its authority', async ({ page }) => {
  const server = await startTlsRedis()
  try {
    await server.client.rpush('queue:orders:dlq', dead)
    const form = await fillConnection(page, { name: 'Encrypted', url: server.url })
    await form.getByRole('button', { name: 'Test the connection' }).click()
    const steps = form.getByRole('status').getByRole('listitem')
    await expect(steps.filter({ hasText: 'TLS' }).getByRole('img', { name: 'failed' })).toBeVisible()
    const tls = await unfold(form, 'TLS')
    await tls.getByRole('textbox', { name: 'Authority to trust (CA)' }).fill(server.authority.cert)
    await form.getByRole('button', { name: 'Test the connection' }).click()
    await expect(steps.filter({ hasText: 'Write' })).toBeVisible()
    await expect(steps.getByRole('img', { name: 'failed' })).toHaveCount(0)
    const id = await saveAndOpen(page, form, 'Encrypted')
    await showsQueue(page, id, 'orders')
    await removeConnection(page, 'Encrypted')
  } finally {
    await server.stop()
  }
})

test('an SSH server gets no password before its key was compared, and then leads to Redis', async ({ page, redis }) => {
  const password = 'tunnel-canary-41'
  const ssh = await startSshServer({
    login: (attempt) =>
      attempt.method === 'password' && attempt.password === password ? attempt.accept() : attempt.reject(['password']),
  })
  try {
    await redis.client.rpush('queue:orders:dlq', dead)
    const form = await fillConnection(page, { name: 'Far away', url: redis.url })
    const part = await unfold(form, 'SSH')
    await part.getByRole('checkbox', { name: 'Reach Redis through an SSH server' }).click()
    await part.getByRole('textbox', { name: 'SSH server' }).fill(ssh.host.host)
    await part.getByRole('textbox', { name: 'Port' }).fill(String(ssh.host.port))
    await part.getByRole('textbox', { name: 'User' }).fill(ssh.host.username)
    await part
      .getByRole('group', { name: 'Log in with' })
      .getByRole('button', { name: 'Password', exact: true })
      .click()
    await part.getByLabel('Password for SSH', { exact: true }).fill(password)
    await form.getByRole('button', { name: 'Save and open' }).click()
    const entry = entryOf(page, 'Far away')
    await expect(entry.getByRole('img', { name: 'Cannot connect' })).toBeVisible()
    expect(ssh.tried).toEqual([])

    await goTo(page, routes.section('profiles'))
    await page.getByRole('main').getByRole('button', { name: 'Compare the host key…' }).click()
    const asked = page.getByRole('alertdialog', { name: 'Is this the right SSH server?' })
    const print = createHash('sha256').update(ssh.hostKey).digest('base64').replace(/=+$/, '')
    const shown = asked.locator('dd').filter({ hasText: 'SHA256:' })
    expect((await shown.textContent())?.replace(/\s/g, '')).toBe(`SHA256:${print}`)
    const trust = asked.getByRole('button', { name: 'Trust this key' })
    await expect(trust).toBeDisabled()
    await asked.getByRole('checkbox', { name: /^I compared/ }).click()
    await trust.click()
    await expect(entry.getByRole('img', { name: 'Connected' })).toBeVisible()
    expect(ssh.sessions).toBe(1)
    const [, , id = ''] = ((await entry.getAttribute('href')) ?? '').split('/')
    await showsQueue(page, id, 'orders')
    await removeConnection(page, 'Far away')
  } finally {
    await ssh.close()
  }
})
