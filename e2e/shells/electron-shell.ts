import { _electron } from '@playwright/test'
import type { RunningApp } from '../fixtures.ts'

/** Starts the built app in Electron, its sandbox on wherever the machine can have one (scripts/e2e-runtime decides). */
export async function openElectronShell(dataFolder: string, ...args: string[]): Promise<RunningApp> {
  const { SLUICE_E2E_ELECTRON: program, SLUICE_E2E_APP: folder, SLUICE_E2E_SANDBOX: sandbox } = process.env
  if (!program || !folder) throw new Error('No Electron was arranged: run npm run test:e2e.')
  const electron = await _electron.launch({
    executablePath: program,
    chromiumSandbox: sandbox === 'on', // Playwright would add --no-sandbox
    // No keyring: what a test types must not end in the keychain of the person who runs it.
    args: [folder, '--password-store=basic', ...args],
    cwd: folder,
    env: { ...(process.env as Record<string, string>), SLUICE_DATA: dataFolder },
  })
  const page = await electron.firstWindow()
  await page.waitForLoadState()
  return {
    shell: 'electron',
    page,
    address: 'app://console/',
    electron,
    async close() {
      // Nobody is there to say what becomes of jobs that run.
      await electron.evaluate(({ dialog }) => {
        dialog.showMessageBox = async () => ({ response: 1, checkboxChecked: false })
      })
      await electron.close()
    },
  }
}
