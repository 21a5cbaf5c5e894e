import { beforeEach, expect, test, vi } from 'vitest'
import type { createWindow as create } from './window.ts'

const electron = vi.hoisted(() => ({ isPackaged: true, made: [] as Record<string, unknown>[] }))
vi.mock('electron', () => ({
  app: {
    get isPackaged() {
      return electron.isPackaged
    },
  },
  BrowserWindow: class {
    constructor(options: Record<string, unknown>) {
      electron.made.push(options)
    }
    once() {}
    on() {}
  },
  nativeTheme: { shouldUseDarkColors: true, on() {}, off() {} },
  protocol: {},
  screen: { getAllDisplays: () => [] },
}))

let createWindow: typeof create
beforeEach(async () => {
  electron.made.length = 0
  vi.resetModules()
})

test.each([true, false])('a window’s rights are these, packaged: %s', async (isPackaged) => {
  electron.isPackaged = isPackaged
  ;({ createWindow } = await import('./window.ts'))
  createWindow('/nowhere/window.json')
  const { webPreferences } = electron.made[0] ?? {}
  expect(webPreferences).toEqual({
    preload: expect.stringMatching(/preload[/\\]index\.cjs$/),
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    webviewTag: false,
    navigateOnDragDrop: false,
    spellcheck: false,
    devTools: !isPackaged,
  })
  expect(Object.isFrozen(webPreferences)).toBe(true)
})
