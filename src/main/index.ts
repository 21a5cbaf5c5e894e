import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { RPCHandler } from '@orpc/server/message-port'
import { app, BrowserWindow, dialog, powerMonitor, session } from 'electron'
import { dataFolder, holdDataFolder } from '../engine/data-folder.ts'
import { createEngine, type Engine } from '../engine/engine.ts'
import { readPageFiles } from '../engine/page/page-files.ts'
import { guardContents, guardSession } from './guard.ts'
import { setMenu } from './menu.ts'
import { registerPageScheme, servePage } from './page-protocol.ts'
import { acceptPorts } from './port.ts'
import { openSecretStore } from './secrets.ts'
import { createWindow, focusWindow, loadPage } from './window.ts'

/** How long quitting waits for pools to finish their jobs. What is cut then is recovered at the next start. */
const drainLimitMs = 20_000

const demo = app.commandLine.hasSwitch('demo')
const folder = dataFolder({ demo })

/** Chromium's sandbox cannot run as root. A developer may start the app so; a packaged app always has its sandbox. */
const unsandboxed = process.getuid?.() === 0 && !app.isPackaged

// Everything down to whenReady must happen before the ready event, in this order.
if (!unsandboxed) app.enableSandbox()
registerPageScheme()
const windowFolder = join(folder, 'electron')
mkdirSync(windowFolder, { recursive: true, mode: 0o700 })
app.setPath('userData', windowFolder)
guardContents()

process.on('unhandledRejection', (reason) => console.error('unhandled rejection:', reason))

if (app.requestSingleInstanceLock()) {
  app.whenReady().then(run).catch(giveUp)
} else {
  app.quit() // the first instance gets `second-instance` and comes to the front
}

function run(): void {
  setMenu()
  guardSession(session.defaultSession)
  servePage(readPageFiles(join(import.meta.dirname, '../renderer')))

  const starting = startEngine()
  starting.catch(giveUp)
  quitCleanly(starting)
  powerMonitor.on('resume', () => void starting.then(({ engine }) => engine.check()))
  const handler = starting.then(({ engine }) => new RPCHandler(engine.router))
  handler.catch(() => {}) // giveUp has it

  const open = () => {
    const window = createWindow(join(windowFolder, 'window.json'))
    acceptPorts(window.webContents, handler)
    loadPage(window).catch(giveUp)
  }
  app.on('second-instance', () => {
    const [window] = BrowserWindow.getAllWindows()
    if (window) focusWindow(window)
  })
  app.on('activate', () => {
    if (BrowserWindow.getAllWindows().length === 0) open()
  })
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit()
  })
  open()
}

async function startEngine(): Promise<{ engine: Engine; release: () => void }> {
  const release = await holdDataFolder(folder)
  const { secrets, notices } = openSecretStore(folder)
  if (unsandboxed) notices.push('The window runs without the Chromium sandbox, because Sluice was started as root.')
  const engine = await createEngine({
    dataFolder: folder,
    secrets,
    shell: 'electron',
    demo,
    notices,
    platform: process.platform,
    version: app.getVersion(),
  })
  return { engine, release }
}

/** Holds quitting back until the pools have drained and the private Redis has stopped, once and not for ever. */
function quitCleanly(starting: Promise<{ engine: Engine; release: () => void }>): void {
  let state: 'running' | 'closing' | 'closed' = 'running'
  app.on('before-quit', (event) => {
    if (state === 'closed') return
    event.preventDefault()
    if (state === 'closing') return
    state = 'closing'
    const closed = starting.then(async ({ engine, release }) => {
      await engine.close()
      release()
    })
    const limit = new Promise((resolve) => setTimeout(resolve, drainLimitMs))
    Promise.race([closed, limit])
      .catch((error) => console.error('closing failed:', error))
      .finally(() => {
        state = 'closed'
        app.quit()
      })
  })
}

/** Tells why the app cannot start, and ends it. */
function giveUp(error: unknown): void {
  const sentence = error instanceof Error ? error.message : String(error)
  console.error(sentence)
  dialog.showErrorBox('Sluice cannot start', sentence)
  app.exit(1)
}
