import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, sep } from 'node:path'
import { RPCHandler } from '@orpc/server/message-port'
import { app, BrowserWindow, dialog, powerMonitor, session } from 'electron'
import { linkScheme } from '../domain/link-text.ts'
import { dataFolder, holdDataFolder } from '../engine/data-folder.ts'
import { createEngine, type Engine } from '../engine/engine.ts'
import { openErrorLog } from '../engine/error-log/error-log.ts'
import { apiFromStart } from '../engine/http-api/api-switch.ts'
import { readPageFiles } from '../engine/page/page-files.ts'
import { createSecrets } from '../engine/profiles/create-secrets.ts'
import { DeepLinks, linkOf } from './deep-links.ts'
import { forkUtilityProcess } from './fork-process.ts'
import { guardContents, guardSession } from './guard.ts'
import { setMenu } from './menu.ts'
import { registerPageScheme, servePage } from './page-protocol.ts'
import { acceptPorts } from './port.ts'
import { quitCleanly } from './quitting.ts'
import { findKeychain } from './secrets.ts'
import { checkItself, tellChecks } from './self-check.ts'
import { showNotifications } from './show-notifications.ts'
import { refusedSwitch } from './start-switches.ts'
import { createWindow, focusWindow, loadPage } from './window.ts'
import { reviveWindow } from './window-crash.ts'

const refused = app.isPackaged ? refusedSwitch(process.argv) : null
if (refused !== null) {
  console.error(`Sluice does not start with ${refused}.`)
  process.exit(2)
}

const demo = app.commandLine.hasSwitch('demo')
const smoke = app.commandLine.hasSwitch('smoke')
/** A look at itself needs a folder of its own, so that it meets and changes nothing of the person's. */
const folder = smoke ? mkdtempSync(join(tmpdir(), 'sluice-smoke-')) : dataFolder({ demo })
const log = openErrorLog(folder)

/**
 * Chromium's sandbox cannot run as root, nor where an ordinary user may make no namespaces. A developer may start the app
 * without it, and an AppImage does on such a system; enableSandbox would take the switch back, and no window would come.
 */
const unsandboxed = app.commandLine.hasSwitch('no-sandbox')

// Everything down to whenReady must happen before the ready event, in this order.
if (!unsandboxed) app.enableSandbox()
registerPageScheme()
const windowFolder = join(folder, 'electron')
mkdirSync(windowFolder, { recursive: true, mode: 0o700 })
app.setPath('userData', windowFolder)
guardContents()

process.on('unhandledRejection', (reason) => log.write('unhandled rejection', reason))
process.on('uncaughtException', (error) => log.write('uncaught exception', error))

const links = new DeepLinks()
const link = linkOf(process.argv)
links.open(link)
app.on('open-url', (event, address) => {
  event.preventDefault()
  links.open(address)
})

if (app.requestSingleInstanceLock({ link })) {
  // In Windows a program tells the system itself which links are its own; elsewhere its package does.
  if (app.isPackaged && process.platform === 'win32')
    app.setAsDefaultProtocolClient(linkScheme, process.execPath, ['--'])
  app.whenReady().then(run).catch(giveUp)
} else {
  app.quit() // the first instance gets `second-instance`, follows the link and comes to the front
}

function run(): void {
  setMenu()
  guardSession(session.defaultSession)
  servePage(readPageFiles(join(import.meta.dirname, '../renderer')))

  const starting = startEngine()
  starting.catch(giveUp)
  quitCleanly(starting, show)
  starting.then(({ engine }) => showNotifications(engine, new AbortController().signal)).catch(() => {}) // giveUp has it
  starting.then(({ engine }) => links.serve(engine)).catch(() => {})
  powerMonitor.on('resume', () => void starting.then(({ engine }) => engine.check()))
  const handler = starting.then(({ engine }) => new RPCHandler(engine.router))
  handler.catch(() => {}) // giveUp has it

  function open(): BrowserWindow {
    const window = createWindow(join(windowFolder, 'window.json'))
    acceptPorts(window.webContents, handler)
    reviveWindow(window, {
      reload: () => void loadPage(window).catch(giveUp),
      tell: (sentence) =>
        void starting.then(({ engine }) => engine.tell('warning', 'The window was restarted', sentence)),
      giveUp,
    })
    loadPage(window).catch(giveUp)
    return window
  }
  function show(): BrowserWindow {
    const [window] = BrowserWindow.getAllWindows()
    return window ?? open()
  }
  app.on('second-instance', (_event, _argv, _cwd, given) => {
    links.open((given as { link?: unknown } | null)?.link)
    focusWindow(show())
  })
  app.on('activate', () => void show())
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit()
  })
  const window = open()
  if (smoke) void lookAtItself(window, starting)
}

async function startEngine(): Promise<{ engine: Engine; release: () => void }> {
  const release = await holdDataFolder(folder)
  const { keychain, missing } = await findKeychain()
  const notices = [
    ...(missing === null
      ? []
      : [`${missing}: secrets are kept in a vault that a passphrase opens, or for this run only.`]),
    ...(unsandboxed ? [whyUnsandboxed()] : []),
  ]
  const engine = await createEngine({
    dataFolder: folder,
    secrets: await createSecrets({ folder, keychain }),
    shell: 'electron',
    demo,
    notices,
    platform: process.platform,
    version: app.getVersion(),
    fork: forkUtilityProcess,
    runner: handlerRunner(),
    api: app.commandLine.hasSwitch('api')
      ? apiFromStart(Number(app.commandLine.getSwitchValue('api-port')), process.env)
      : null,
  })
  if (engine.api !== null) console.log(`The HTTP API is at ${engine.api.address}, with the token ${engine.api.token}`)
  return { engine, release }
}

function whyUnsandboxed(): string {
  const why = process.getuid?.() === 0 ? 'Sluice was started as root' : 'it was started with --no-sandbox'
  return `The window runs without the Chromium sandbox, because ${why}.`
}

/** Beside the archive in a package: its processes start programs (esbuild), which only the disk itself can give. */
function handlerRunner(): string {
  const built = join(import.meta.dirname, '../handlers/handler-runner.js')
  return built.replace(`${sep}app.asar${sep}`, `${sep}app.asar.unpacked${sep}`)
}

async function lookAtItself(window: BrowserWindow, starting: Promise<{ engine: Engine }>): Promise<void> {
  const { engine } = await starting
  const checks = await checkItself(window, forkUtilityProcess, handlerRunner())
  await engine.close(0)
  rmSync(folder, { recursive: true, force: true })
  tellChecks(checks)
}

/** Tells why the app cannot start or go on, and ends it. */
function giveUp(error: unknown): void {
  const sentence = error instanceof Error ? error.message : String(error)
  log.write('gave up', error)
  if (!smoke) dialog.showErrorBox('Sluice cannot go on', sentence)
  app.exit(1)
}
