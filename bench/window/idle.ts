import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { giveToApp } from '../../e2e/shells/data-folder.ts'
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
const measuredMs = 30_000

/** What the app costs that stands open on the overview and is left alone: 20 connections with 10 queues each. */
export async function idle(report: Report): Promise<void> {
  const servers: TestRedis[] = []
  try {
    for (let i = 0; i < profiles; i++) servers.push(await filled(i))
    await inEachShell((shell) =>
      withRedis(async (_redis, folder) => {
        await saveProfiles(folder, servers)
        await withWindow(shell, folder, (window) => measureIdle(report, window, servers))
      }),
    )
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

async function measureIdle(report: Report, { app }: WatchedWindow, servers: readonly TestRedis[]): Promise<void> {
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
  report.add({ case: of, metric: 'memory of all processes', value: memoryMb(pids), unit: 'MB' })
  report.add({ case: of, metric: 'commands to each Redis', value: median(rates), unit: '/s' })
  report.add({ case: of, metric: 'commands to the busiest', value: Math.max(...rates), unit: '/s' })
}
