import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ElectronApplication } from '@playwright/test'
import { type PoolConfig, poolDefaults } from '../src/domain/pool.ts'
import { usualDraft } from '../src/domain/profile.ts'
import { openSavedPools } from '../src/engine/pool/saved-pools.ts'
import { openProfileStore } from '../src/engine/profiles/profile-store.ts'
import { memorySecretStore } from '../src/engine/profiles/secret-store.ts'
import { test as base, expect } from './fixtures.ts'
import { giveToApp, makeDataFolder, makeFolderIn } from './shells/data-folder.ts'
import { openElectronShell } from './shells/electron-shell.ts'

const job = '{"id":"long","data":{},"attempts":0}'

/** Says which process it runs in, and is done when somebody says so. */
const handler = `
import { existsSync, writeFileSync } from 'node:fs'
const beside = (name) => new URL(name, import.meta.url)
export async function handle() {
  writeFileSync(beside('pid'), String(process.pid))
  while (!existsSync(beside('go'))) await new Promise((resolve) => setTimeout(resolve, 20))
}
`

/** An app of its own, whose workers on queue:repairs start with it. */
interface Working {
  readonly electron: ElectronApplication
  /** Questions so far, each with its buttons. */
  readonly asked: readonly string[]
  /** Resolves when the app has ended. */
  readonly ended: Promise<void>
  /** What questions are answered from now on, by the number of the button; null leaves them open. */
  answer(response: number | null): Promise<void>
  /** As the menu, the keyboard or the dock do. */
  quit(): Promise<void>
  /** Ends it from outside. */
  signal(signal: NodeJS.Signals): Promise<void>
  /** The process of the job, once it runs. */
  runsIn(): Promise<number>
  /** Lets the job end. */
  letGo(): void
}

const test = base.extend<{ working: Working }>({
  working: async ({ redis }, use) => {
    await redis.client.flushall()
    const dataFolder = makeDataFolder()
    const handlers = makeFolderIn(dataFolder, 'handlers')
    const file = join(handlers, 'waits.mjs')
    writeFileSync(file, handler, { mode: 0o644 })
    await saveWorkers(dataFolder, file, redis.url)
    const { electron } = await openElectronShell(dataFolder)
    if (electron === null) throw new Error('electron-*.spec.ts runs in Electron alone')
    const asked: string[] = []
    electron.on('console', (message) => {
      if (message.text().startsWith('asked: ')) asked.push(message.text().slice(7))
    })
    const ended = new Promise<void>((resolve) => electron.once('close', () => resolve()))
    const mainPid = await electron.evaluate(() => process.pid)
    const answer = (response: number | null) =>
      electron.evaluate(({ dialog }, given) => {
        dialog.showMessageBox = async (...args: unknown[]) => {
          const { message, buttons } = args.at(-1) as Electron.MessageBoxOptions
          console.log(`asked: ${message} ${buttons?.join(' / ')}`)
          if (given === null) await new Promise(() => {})
          return { response: given ?? 0, checkboxChecked: false }
        }
      }, response)
    await answer(null)
    await use({
      ...{ electron, asked, ended, answer },
      // The app may be gone before it could say that it goes.
      quit: () => electron.evaluate(({ app }) => setTimeout(() => app.quit()) && undefined),
      signal: async (signal) => void process.kill(mainPid, signal),
      async runsIn() {
        await expect
          .poll(() => existsSync(join(handlers, 'pid')) && readFileSync(join(handlers, 'pid'), 'utf8'))
          .toBeTruthy()
        return Number(readFileSync(join(handlers, 'pid'), 'utf8'))
      },
      letGo: () => writeFileSync(join(handlers, 'go'), ''),
    })
    if (isRunning(mainPid)) {
      process.kill(mainPid, 'SIGTERM')
      await ended
    }
    rmSync(dataFolder, { recursive: true, force: true })
  },
})

/** Puts what the app keeps between two starts into its folder. */
async function saveWorkers(dataFolder: string, file: string, url: string): Promise<void> {
  const profiles = await openProfileStore({ folder: dataFolder, secrets: memorySecretStore() })
  const { id } = await profiles.save({ ...usualDraft, name: 'Workshop', url })
  const saved = await openSavedPools({ folder: dataFolder, isProfile: () => true })
  const config: PoolConfig = {
    ...poolDefaults,
    connectionId: id,
    system: 'plain-list',
    queuePrefix: 'queue:',
    queueName: 'repairs',
    handler: 'own',
    file,
    scale: { by: 'fixed', count: 1 },
  }
  await saved.save({ id: null, config, autostart: true })
  writeFileSync(join(dataFolder, 'open.json'), JSON.stringify({ version: 1, open: [id] }), { mode: 0o644 })
  for (const name of readdirSync(dataFolder)) giveToApp(join(dataFolder, name))
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

const theQuestion = '1 job at work. Finish them, then quit / Return them and quit / Stay'
const theOther = '1 job still at work. Sluice ends when that is done. Keep waiting / Return them and quit'

test('stay keeps the app and the job; return brings the job back, once', async ({ working, redis }) => {
  await redis.client.rpush('queue:repairs', job)
  const pid = await working.runsIn()
  await working.answer(2)
  await working.quit()
  await expect.poll(() => working.asked).toEqual([theQuestion])
  await working.answer(1)
  expect(isRunning(pid)).toBe(true)
  expect(await redis.client.lrange('queue:repairs', 0, -1)).toEqual([])
  await working.quit()
  await working.ended
  expect(working.asked).toEqual([theQuestion, theQuestion])
  expect(await redis.client.lrange('queue:repairs', 0, -1)).toEqual([job])
  expect(await redis.client.exists('queue:repairs:dlq', 'queue:repairs:processing')).toBe(0)
  expect(isRunning(pid)).toBe(false)
})

test('finish waits until the job is done, whoever asks to quit meanwhile', async ({ working, redis }) => {
  await redis.client.rpush('queue:repairs', job)
  const pid = await working.runsIn()
  await working.answer(0)
  await working.quit()
  await expect.poll(() => working.asked).toEqual([theQuestion])
  await redis.client.rpush('queue:repairs', '{"id":"next"}') // nothing new is taken
  await working.quit()
  await expect.poll(() => working.asked).toEqual([theQuestion, theOther])
  expect(isRunning(pid)).toBe(true)
  working.letGo()
  await working.ended
  expect(await redis.client.lrange('queue:repairs', 0, -1)).toEqual(['{"id":"next"}'])
  expect(await redis.client.exists('queue:repairs:dlq', 'queue:repairs:processing')).toBe(0)
})

test('who waits for the last job may think better of it', async ({ working, redis }) => {
  await redis.client.rpush('queue:repairs', job)
  const pid = await working.runsIn()
  await working.answer(0)
  await working.quit()
  await expect.poll(() => working.asked).toEqual([theQuestion])
  await working.answer(1)
  await working.quit()
  await working.ended
  expect(working.asked).toEqual([theQuestion, theOther])
  expect(await redis.client.lrange('queue:repairs', 0, -1)).toEqual([job])
  expect(isRunning(pid)).toBe(false)
})

test('nothing is asked when no job runs', async ({ working, redis }) => {
  await redis.client.rpush('queue:repairs', job)
  await working.runsIn()
  working.letGo()
  await expect.poll(() => redis.client.keys('queue:repairs:*processing*')).toEqual([])
  await working.quit()
  await working.ended
  expect(working.asked).toEqual([])
  expect(await redis.client.exists('queue:repairs', 'queue:repairs:dlq')).toBe(0)
})

test('nothing is asked when a signal ends the app', async ({ working, redis }) => {
  await redis.client.rpush('queue:repairs', job)
  const pid = await working.runsIn()
  await working.signal('SIGTERM')
  await working.ended
  expect(working.asked).toEqual([])
  expect(await redis.client.lrange('queue:repairs', 0, -1)).toEqual([job])
  expect(isRunning(pid)).toBe(false)
})

test('a signal does not wait for an answer', async ({ working, redis }) => {
  await redis.client.rpush('queue:repairs', job)
  await working.runsIn()
  await working.quit()
  await working.quit()
  await expect.poll(() => working.asked).toEqual([theQuestion]) // it is open, once
  await working.signal('SIGTERM')
  await working.ended
  expect(working.asked).toEqual([theQuestion])
  expect(await redis.client.lrange('queue:repairs', 0, -1)).toEqual([job])
})

test('a signal cuts the wait for the last job short', async ({ working, redis }) => {
  await redis.client.rpush('queue:repairs', job)
  await working.runsIn()
  await working.answer(0)
  await working.quit()
  await expect.poll(() => working.asked).toEqual([theQuestion])
  await working.signal('SIGTERM')
  await working.ended
  expect(await redis.client.lrange('queue:repairs', 0, -1)).toEqual([job])
})

test('who closed the window is asked in one, and stays with one', async ({ working, redis }) => {
  await redis.client.rpush('queue:repairs', job)
  await working.runsIn()
  await working.answer(2)
  const windows = () =>
    working.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().map((each) => each.isVisible()))
  await working.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close())
  await expect.poll(() => working.asked).toEqual([theQuestion])
  await expect.poll(windows).toEqual([true])
})
