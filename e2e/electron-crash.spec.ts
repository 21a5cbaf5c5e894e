import { rmSync } from 'node:fs'
import type { ElectronApplication } from '@playwright/test'
import { expect, test } from './fixtures.ts'
import { makeDataFolder } from './shells/data-folder.ts'
import { openElectronShell } from './shells/electron-shell.ts'

/** In an app of its own: what drives the window does not outlive its process. */
test('a page whose process ended comes back, with a sentence', async () => {
  const dataFolder = makeDataFolder()
  const app = await openElectronShell(dataFolder)
  const electron = app.electron as ElectronApplication
  await electron.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()[0]?.webContents.forcefullyCrashRenderer(),
  )
  // A question to a process that is just ending is never answered.
  const late = () => new Promise<string>((resolve) => setTimeout(() => resolve(''), 1000))
  const text = () =>
    electron.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0]?.webContents.executeJavaScript(`(() => {
        const bell = document.querySelector('button[title=Notifications]')
        if (bell?.getAttribute('aria-expanded') !== 'true') bell?.click()
        return document.body.innerText
      })()`),
    )
  await expect.poll(() => Promise.race([text().catch(() => ''), late()])).toContain('The window was restarted')
  await app.close()
  rmSync(dataFolder, { recursive: true, force: true })
})
