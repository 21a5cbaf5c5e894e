import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { RPCHandler } from '@orpc/server/message-port'
import { app, BrowserWindow, dialog, powerMonitor, session } from 'electron'
import { dataFolder, holdDataFolder } from '../engine/data-folder.ts'
import { createEngine, type Engine } from '../engine/engine.ts'
import { apiFromStart } from '../engine/http-api/api-switch.ts'
import { readPageFiles } from '../engine/page/page-files.ts'
import { forkUtilityProcess } from './fork-process.ts'
import { guardContents, guardSession } from './guard.ts'
import { setMenu } from './menu.ts'
import { registerPageScheme, servePage } from './page-protocol.ts'
import { acceptPorts } from './port.ts'
import { quitCleanly } from './quitting.ts'
import { openSecretStore } from './secrets.ts'
import { showNotifications } from './show-notifications.ts'
import { createWindow, focusWindow, loadPage } from './window.ts'

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
  quitCleanly(starting, show)
  starting.then(({ engine }) => showNotifications(engine, new AbortController().signal)).catch(() => {}) // giveUp has it
  powerMonitor.on('resume', () => void starting.then(({ engine }) => engine.check()))
  const handler = starting.then(({ engine }) => new RPCHandler(engine.router))
  handler.catch(() => {}) // giveUp has it

  function open(): BrowserWindow {
    const window = createWindow(join(windowFolder, 'window.json'))
    acceptPorts(window.webContents, handler)
    loadPage(window).catch(giveUp)
    return window
  }
  function show(): BrowserWindow {
    const [window] = BrowserWindow.getAllWindows()
    return window ?? open()
  }
  app.on('second-instance', () => focusWindow(show()))
  app.on('activate', () => void show())
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
    fork: forkUtilityProcess,
    runner: join(import.meta.dirname, '../handlers/handler-runner.js'),
    api: app.commandLine.hasSwitch('api')
      ? apiFromStart(Number(app.commandLine.getSwitchValue('api-port')), process.env)
      : null,
  })
  if (engine.api !== null) console.log(`The HTTP API is at ${engine.api.address}, with the token ${engine.api.token}`)
  return { engine, release }
}

/** Tells why the app cannot start, and ends it. */
function giveUp(error: unknown): void {
  const sentence = error instanceof Error ? error.message : String(error)
  console.error(sentence)
  dialog.showErrorBox('Sluice cannot start', sentence)
  app.exit(1)
}
