import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { _electron } from '@playwright/test'
import { giveToApp, makeDataFolder } from '../../e2e/shells/data-folder.ts'
import { usualDraft } from '../../src/domain/profile.ts'
import { openProfileStore } from '../../src/engine/profiles/profile-store.ts'
import { memorySecretStore } from '../../src/engine/profiles/secret-store.ts'
import { startRedis, type TestRedis } from '../../test/redis.ts'
import { median, type Report } from '../report.ts'
import { cpuMs, memoryMb, withDescendants } from './processes.ts'
import { inEachShell, serverPid, type WatchedWindow, withRedis, withWindow } from './watched-window.ts'

const profiles = 20
const queuesEach = 10
/** Until nobody who left it alone counts as looking, and the first readings are over. */
const settleMs = 75_000
/** A Redis with these queues is read every 35 s: some of those, or a look that happens to fall into it would count for all. */
const measuredMs = 120_000

/**
 * What the app costs that stands open on the overview and is left alone: 20 connections with 10 queues each. In Electron its
 * memory is held against that of a program with one empty window.
 */
export async function idle(report: Report): Promise<void> {
  const servers: TestRedis[] = []
  try {
    for (let i = 0; i < profiles; i++) servers.push(await filled(i))
    await inEachShell(async (shell) => {
      const empty = shell === 'electron' ? await memoryOfEmptyWindow() : undefined
      await withRedis(async (_redis, folder) => {
        await saveProfiles(folder, servers)
        await withWindow(shell, folder, (window) => measureIdle(report, window, servers, empty))
      })
    })
  } finally {
    for (const server of servers) await server.stop()
  }
}

async function filled(n: number): Promise<TestRedis> {
  const server = await startRedis()
  for (let i = 0; i < queuesEach; i++) await server.client.rpush(`queue:work-${n}-${i}`, '{"id":"a"}')
  return server
}

async function saveProfiles(folder: string, servers: readonly TestRedis[]): Promise<void> {
  const store = await openProfileStore({ folder, secrets: memorySecretStore() })
  const saved = await store.add(
    servers.map(({ url }, i) => ({ draft: { ...usualDraft, name: `Redis ${i + 1}`, url }, asksFor: [] })),
  )
  writeFileSync(join(folder, 'open.json'), JSON.stringify({ version: 1, open: saved.map(({ id }) => id) }), {
    mode: 0o644,
  })
  for (const name of readdirSync(folder)) giveToApp(join(folder, name))
}

async function commandsOf({ client }: TestRedis): Promise<number> {
  return Number(/total_commands_processed:(\d+)/.exec(await client.info('stats'))?.[1] ?? 0)
}

const emptyProgram = `const { app, BrowserWindow } = require('electron')
app.whenReady().then(() => new BrowserWindow({ width: 1360, height: 860 }).loadFile('empty.html'))`

/** In MB, some seconds after it was opened. */
async function memoryOfEmptyWindow(): Promise<number> {
  const folder = makeDataFolder()
  const manifest = JSON.stringify({ name: 'empty', version: '1.0.0', main: 'main.js' })
  const files = { 'main.js': emptyProgram, 'empty.html': '<title>Empty</title>', 'package.json': manifest }
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), text)
    giveToApp(join(folder, name))
  }
  const electron = await _electron.launch({
    executablePath: process.env.SLUICE_E2E_ELECTRON,
    chromiumSandbox: process.env.SLUICE_E2E_SANDBOX === 'on',
    args: [folder, '--password-store=basic'],
  })
  try {
    await (await electron.firstWindow()).waitForLoadState()
    await sleep(10_000)
    return memoryMb(withDescendants(electron.process().pid ?? 0))
  } finally {
    await electron.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measureIdle(
  report: Report,
  { app }: WatchedWindow,
  servers: readonly TestRedis[],
  emptyMb: number | undefined,
): Promise<void> {
  const { page, shell, electron } = app
  await page
    .getByRole('row')
    .filter({ hasText: /work-\d+-/ })
    .first()
    .waitFor()
  const root = electron?.process().pid ?? serverPid()
  await sleep(settleMs)
  const pids = withDescendants(root)
  const before = { at: performance.now(), cpu: cpuMs(pids), commands: await Promise.all(servers.map(commandsOf)) }
  await sleep(measuredMs)
  const seconds = (performance.now() - before.at) / 1000
  const cpu = (cpuMs(pids) - before.cpu) / seconds / 10
  const after = await Promise.all(servers.map(commandsOf))
  // The question itself is a command.
  const rates = after.map((count, i) => (count - (before.commands[i] ?? 0) - 1) / seconds)
  const of = `${profiles} connections, ${profiles * queuesEach} queues, left alone in ${shell}`
  report.add({ case: of, metric: 'processor', value: cpu, unit: '% of a core' })
  const memory = memoryMb(pids)
  const against = emptyMb && { peer: `an empty window (${Math.round(emptyMb)} MB)`, ratio: memory / emptyMb }
  report.add({ case: of, metric: 'memory of all processes', value: memory, unit: 'MB', ...against })
  report.add({ case: of, metric: 'commands to each Redis', value: median(rates), unit: '/s' })
  report.add({ case: of, metric: 'commands to the busiest', value: Math.max(...rates), unit: '/s' })
}
