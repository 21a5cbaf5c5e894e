import { chmodSync, chownSync, mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Makes an empty data folder for the app, which belongs to the user as whom it runs. */
export function makeDataFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-data-'))
  chmodSync(folder, 0o700)
  giveToApp(folder)
  return folder
}

/** Makes a folder in it, which belongs to that user too. */
export function makeFolderIn(dataFolder: string, name: string): string {
  const folder = join(dataFolder, name)
  mkdirSync(folder, { recursive: true })
  giveToApp(folder)
  return folder
}

/** Lets the app read and change what a test put there. */
export function giveToApp(path: string): void {
  const owner = process.env.SLUICE_E2E_OWNER?.split(':').map(Number) // the ordinary user as whom Electron runs
  if (owner) chownSync(path, owner[0] as number, owner[1] as number)
}
