import { join } from 'node:path'
import { app, BrowserWindow, nativeTheme, screen, type WebPreferences } from 'electron'
import { pageAddress } from './page-protocol.ts'
import { placeWindow, readWindowState, smallestWindow, writeWindowState } from './window-state.ts'

/**
 * The preferences of every window. Frozen and written out in full, also where Electron's default is the same, so that
 * nothing from a setting or a command line can ever be spread into them.
 */
const webPreferences: Readonly<WebPreferences> = Object.freeze({
  preload: join(import.meta.dirname, '../preload/index.cjs'),
  sandbox: true,
  contextIsolation: true,
  nodeIntegration: false,
  nodeIntegrationInWorker: false,
  nodeIntegrationInSubFrames: false,
  webSecurity: true,
  allowRunningInsecureContent: false,
  webviewTag: false,
  navigateOnDragDrop: false,
  spellcheck: false, // payloads are no prose, and Chromium would fetch a dictionary
  devTools: !app.isPackaged,
})

/** The page's `--color-sunken` in each theme, so that the window does not flash before its first paint. */
const background = () => (nativeTheme.shouldUseDarkColors ? '#0c0e12' : '#f5f6f8')

/** Makes the app's one window, at the place where it was; it shows itself when it has something to show. */
export function createWindow(stateFile: string): BrowserWindow {
  const saved = readWindowState(stateFile)
  const window = new BrowserWindow({
    ...placeWindow(
      saved,
      screen.getAllDisplays().map((display) => display.workArea),
    ),
    minWidth: smallestWindow.width,
    minHeight: smallestWindow.height,
    show: false,
    title: 'Sluice',
    backgroundColor: background(),
    webPreferences,
  })
  if (saved?.maximized) window.maximize()
  const follow = () => window.setBackgroundColor(background())
  nativeTheme.on('updated', follow)
  window.once('ready-to-show', () => window.show())
  window.on('close', () =>
    writeWindowState(stateFile, { ...window.getNormalBounds(), maximized: window.isMaximized() }),
  )
  window.once('closed', () => nativeTheme.off('updated', follow))
  return window
}

/**
 * Loads the page; kept apart from `createWindow` so that the port's listener is there first. Rejects when the page
 * cannot be shown, but not when another load took its place or the window was closed meanwhile.
 */
export async function loadPage(window: BrowserWindow): Promise<void> {
  try {
    await window.loadURL(pageAddress)
  } catch (error) {
    const aborted = error instanceof Error && 'code' in error && error.code === 'ERR_ABORTED'
    if (!aborted && !window.isDestroyed()) throw error
  }
}

/** Brings the window to the front, for a second start of the app. */
export function focusWindow(window: BrowserWindow): void {
  if (window.isMinimized()) window.restore()
  window.show()
  window.focus()
}
