import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { expect, test } from 'vitest'

/*
 * Electron's security checklist, row by row, and where each is tested. This file reads the sources, so that a row cannot
 * be undone in a place that no other test looks at.
 *
 *  1 secure content only      here; electron-guards.spec: a tour of all screens asks for nothing from outside
 *  2 no Node in the page      here; window.test: rights; shell.spec and electron-guards.spec: what the page knows
 *  3 context isolation        window.test; electron-guards.spec: a page that tampers with prototypes
 *  4 sandbox                  here; electron-window.spec: seccomp; npm run package: seccomp of the packaged app
 *  5 permissions              guard.test; electron-window.spec and electron-guards.spec: each refused in a real page
 *  6 web security             here; window.test
 *  7 content security policy  page-files.test: the header; shell.spec and electron-guards.spec: what it stops
 *  8 no insecure content      here; window.test
 *  9 no experiments           here; window.test
 * 10 no Blink features        here; window.test
 * 11 no popups of webviews    here; window.test (webviewTag)
 * 12 webviews                 guard.test; electron-window.spec
 * 13 navigation               guard.test; electron-window.spec and electron-guards.spec
 * 14 new windows              guard.test; electron-window.spec and electron-guards.spec
 * 15 openExternal             here; external-link.test
 * 16 a current Electron       here
 * 17 senders of IPC           here; port.test: forged events; electron-guards.spec: forged messages
 * 18 a scheme, not file:      here; page-protocol.test; electron-window.spec and electron-guards.spec
 * 19 fuses                    npm run package and electron-package.spec: read back from the packaged program
 * 20 nothing of Electron out  here; electron-guards.spec: the names that the page has
 */

const root = join(import.meta.dirname, '..', '..')

function sources(...folders: string[]): [string, string][] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name))
      .map((name): [string, string] => [
        relative(root, join(root, folder, name)).replaceAll('\\', '/'),
        readFileSync(join(root, folder, name), 'utf8'),
      ]),
  )
}

/** The files of the shell in which a pattern occurs. */
const using = (pattern: RegExp, files = sources('src/main', 'src/preload')) =>
  files.filter(([, text]) => pattern.test(text)).map(([name]) => name)

test('the sources are read at all', () => {
  expect(using(/app\.whenReady/)).toEqual(['src/main/index.ts'])
})

test('rows 2, 3, 4, 6, 8, 9, 10, 11: no right is given anywhere', () => {
  const given =
    /(nodeIntegration\w*|allowRunningInsecureContent|experimentalFeatures|webviewTag|enableRemoteModule|navigateOnDragDrop)['"]?: *true|(contextIsolation|sandbox|webSecurity)['"]?: *false|enableBlinkFeatures|additionalArguments|commandLineSwitches/
  expect(using(given)).toEqual([])
  expect(using(/appendSwitch|appendArgument|disableHardwareAcceleration|disableDomainBlockingFor3DAPIs/)).toEqual([])
})

test('rows 3, 14: one place makes windows, from preferences that nothing is spread into', () => {
  expect(using(/new (BrowserWindow|BaseWindow|WebContentsView|BrowserView|BrowserWindowProxy)\b/)).toEqual([
    'src/main/window.ts',
  ])
  const window = readFileSync(join(root, 'src/main/window.ts'), 'utf8')
  const preferences = /webPreferences[^=]*= Object\.freeze\(\{(.*?)\n\}\)/s.exec(window)?.[1] ?? '...'
  expect(preferences).not.toContain('...')
})

test('row 4: the sandbox is switched on before anything else is done, unless it was switched off from outside', () => {
  const index = readFileSync(join(root, 'src/main/index.ts'), 'utf8')
  expect(index).toMatch(/hasSwitch\('no-sandbox'\)/)
  expect(index.indexOf('app.enableSandbox()')).toBeGreaterThan(0)
  expect(index.indexOf('app.enableSandbox()')).toBeLessThan(index.indexOf('registerPageScheme()'))
})

test('row 15: one way out of the app, and no file or folder is opened by its path', () => {
  expect(using(/\bshell\b.*from 'electron'/)).toEqual(['src/main/external-link.ts'])
  expect(using(/openPath|showItemInFolder|readShortcutLink|moveItemToTrash|trashItem/)).toEqual([])
})

test('row 16: Electron is one exact version, of the newest that is known here', () => {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  expect(devDependencies.electron).toMatch(/^\d+\.\d+\.\d+$/)
  expect(Number(devDependencies.electron.split('.')[0])).toBeGreaterThanOrEqual(45)
})

test('row 17: one channel, in one place that looks at its sender', () => {
  expect(using(/ipcMain|\.handle\(['"]sluice|setMessagePort/)).toEqual([])
  expect(using(/\.ipc\./)).toEqual(['src/main/port.ts'])
  expect(using(/webContents\.(send|postMessage|sendToFrame)\b/)).toEqual([])
  expect(using(/executeJavaScript|insertCSS|debugger\.attach/)).toEqual(['src/main/self-check.ts'])
})

test('rows 1, 18: one scheme with no more rights than it needs, and no page from anywhere else', () => {
  expect(using(/registerSchemesAsPrivileged/)).toEqual(['src/main/page-protocol.ts'])
  expect(using(/bypassCSP|allowServiceWorkers|corsEnabled/)).toEqual([])
  expect(using(/loadFile|interceptFileProtocol|registerFileProtocol/)).toEqual([])
  const loads = sources('src/main').flatMap(([, text]) => text.match(/loadURL\([^)]*\)/g) ?? [])
  expect(loads).toEqual(['loadURL(pageAddress)'])
})

test('row 20: the preload takes one thing of Electron and hands out nothing', () => {
  const [file] = sources('src/preload')
  const text = file?.[1] ?? ''
  expect(sources('src/preload')).toHaveLength(1)
  expect(text.match(/from '[^']*'/g)).toEqual(["from 'electron'"])
  expect(text).toMatch(/import \{ ipcRenderer \} from 'electron'/)
  expect(text).not.toMatch(/contextBridge|exposeIn|ipcRenderer\.(on|once|invoke|sendSync)/)
})

test('the page writes no markup of its own, and evaluates nothing', () => {
  const renderer = sources('src/renderer')
  expect(using(/dangerouslySetInnerHTML|\.innerHTML|\.outerHTML|insertAdjacentHTML|document\.write/, renderer)).toEqual(
    [],
  )
  expect(using(/\beval\(|new Function\(|javascript:/, renderer)).toEqual([])
})

test('nothing of the shell looks for updates or sends reports', () => {
  const everything = sources('src/main', 'src/server', 'src/engine', 'src/preload')
  expect(using(/autoUpdater|electron-updater|crashReporter|uploadToServer|@sentry/, everything)).toEqual([])
})
