import { rmSync } from 'node:fs'
import { test as base, type ElectronApplication, type Page } from '@playwright/test'
import { startRedis, type TestRedis } from '../test/redis.ts'
import { openBrowserShell } from './shells/browser-shell.ts'
import { makeDataFolder } from './shells/data-folder.ts'
import { openElectronShell } from './shells/electron-shell.ts'

export type ShellName = 'electron' | 'browser'

/** The app, started once for a worker in the shell of the project. */
export interface RunningApp {
  readonly shell: ShellName
  readonly page: Page
  /** Where the page lives. */
  readonly address: string
  /** The main process, under Electron. */
  readonly electron: ElectronApplication | null
  close(): Promise<void>
}

interface TestFixtures {
  /** The app's one page, at its first screen. */
  page: Page
}

interface WorkerFixtures {
  shell: ShellName
  /** Start the app as `--demo` does: `test.use({ demo: true })` at the top of a spec. */
  demo: boolean
  /** A throw-away redis-server for arranging data; connect the app to its `url`. */
  redis: TestRedis
  /** The app's own folder, empty when the app started. */
  dataFolder: string
  app: RunningApp
}

/*
 * Playwright reads what a fixture needs from the pattern of its first parameter and insists on a pattern, an empty one
 * too: so biome's noEmptyPattern is off in this folder.
 */
export const test = base.extend<TestFixtures, WorkerFixtures>({
  shell: [
    async ({}, use, { project }) => {
      await use(project.name as ShellName)
    },
    { scope: 'worker' },
  ],
  demo: [false, { option: true, scope: 'worker' }],
  redis: [
    async ({}, use) => {
      const redis = await startRedis()
      await use(redis)
      await redis.stop()
    },
    { scope: 'worker' },
  ],
  dataFolder: [
    async ({}, use) => {
      const folder = makeDataFolder()
      await use(folder)
      rmSync(folder, { recursive: true, force: true })
    },
    { scope: 'worker' },
  ],
  app: [
    async ({ shell, demo, dataFolder }, use) => {
      const open = shell === 'electron' ? openElectronShell : openBrowserShell
      const app = await open(dataFolder, ...(demo ? ['--demo'] : []))
      await use(app)
      await app.close()
    },
    { scope: 'worker', timeout: 300_000 },
  ],
  page: async ({ app }, use) => {
    await app.page.goto(app.address)
    await use(app.page)
  },
})

export { expect } from '@playwright/test'
