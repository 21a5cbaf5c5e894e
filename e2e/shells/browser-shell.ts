import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { type Browser, chromium } from '@playwright/test'
import type { RunningApp } from '../fixtures.ts'

const root = join(import.meta.dirname, '..', '..')

/** A running browser shell, before any browser came. */
export interface ConsoleProcess {
  /** The printed address, with its token unused. */
  readonly opening: string
  /** Where the page lives, without the token. */
  readonly address: string
  /** Everything it printed so far. */
  output(): string
  stop(): Promise<number | null>
}

/** Starts the built server as `npm start -- --browser` does, and reads its address off its output. */
export async function startConsole(dataFolder: string, ...args: string[]): Promise<ConsoleProcess> {
  const child: ChildProcess = spawn(process.execPath, [join(root, 'out/server/index.js'), '--no-open', ...args], {
    env: { ...process.env, SLUICE_DATA: dataFolder },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  let output = ''
  const opening = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk
      const found = /http:\/\/127\.0\.0\.1:\d+\/\?token=\S+/.exec(output)
      if (found) resolve(found[0])
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    ended.then((code) => reject(new Error(`the browser shell ended with ${code}:\n${output}`)))
  })
  return {
    opening,
    address: new URL('/', opening).href,
    output: () => output,
    stop() {
      child.kill('SIGTERM')
      return ended
    },
  }
}

export const launchChromium = (): Promise<Browser> =>
  chromium.launch({ executablePath: process.env.SLUICE_E2E_CHROMIUM })

/** Starts the browser shell and opens it in a Chromium of its own. */
export async function openBrowserShell(dataFolder: string, ...args: string[]): Promise<RunningApp> {
  const server = await startConsole(dataFolder, ...args)
  const browser = await launchChromium()
  const app = await openPage(browser, server)
  return {
    ...app,
    async close() {
      await browser.close()
      await server.stop()
    },
  }
}

/** Opens a running browser shell in a window of a running browser; closing it leaves the browser. */
export async function openPage(browser: Browser, server: ConsoleProcess): Promise<RunningApp> {
  const page = await browser.newPage({ viewport: { width: 1360, height: 860 } })
  await page.goto(server.opening)
  return {
    shell: 'browser',
    page,
    address: server.address,
    electron: null,
    async close() {
      await page.close()
      await server.stop()
    },
  }
}
