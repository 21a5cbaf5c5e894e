import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { missingLibraries } from './debian.mjs'
import { ask, root, say } from './machine.mjs'

const folder = join(root, 'node_modules', 'electron')

/** 110 MB over a slow line. */
const downloadLimitMs = 10 * 60_000
const probeLimitMs = 10_000

/** Where Electron's own index.js says the program is. */
const program =
  process.platform === 'darwin'
    ? 'Electron.app/Contents/MacOS/Electron'
    : process.platform === 'win32'
      ? 'electron.exe'
      : 'electron'

/** @typedef {{ path: string, reason?: undefined } | { path?: undefined, reason: string }} FoundElectron */

function version() {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version
}

function installed() {
  try {
    return (
      readFileSync(join(folder, 'dist', 'version'), 'utf8')
        .trim()
        .replace(/^v/, '') === version()
    )
  } catch {
    return false
  }
}

/** Settings by which Electron's own installer reaches its files without the usual host. */
const elsewhere = [
  'ELECTRON_MIRROR',
  'NPM_CONFIG_ELECTRON_MIRROR',
  'npm_config_electron_mirror',
  'ELECTRON_GET_USE_PROXY',
]

/** Why the download cannot work; null when it may. Asks the host once, so that a closed network costs seconds. */
async function whyUnreachable() {
  if (elsewhere.some((name) => process.env[name])) return null
  try {
    await fetch('https://github.com/electron/electron/releases', {
      method: 'HEAD',
      redirect: 'manual',
      signal: AbortSignal.timeout(probeLimitMs),
    })
    return null
  } catch {
    return `the download of Electron ${version()} cannot be reached from here`
  }
}

/**
 * The official Electron of the pinned version: the folder that ELECTRON_OVERRIDE_DIST_PATH names, what was downloaded
 * before, else a download by Electron's own installer (which checks its checksum). Never throws: a reason instead.
 * @returns {Promise<FoundElectron>}
 */
export async function getElectron() {
  const override = process.env.ELECTRON_OVERRIDE_DIST_PATH
  if (override) {
    const path = join(override, program)
    return existsSync(path) ? runnable(path) : { reason: `ELECTRON_OVERRIDE_DIST_PATH has no ${program}` }
  }
  if (!installed()) {
    const closed = await whyUnreachable()
    if (closed !== null) return { reason: closed }
    say(`Downloading Electron ${version()} (about 110 MB, once)…`)
    const { ok, output } = ask(process.execPath, [join(folder, 'install.js')], { timeout: downloadLimitMs })
    if (!ok || !installed()) {
      const line = output.split('\n').find((text) => text.trim() !== '') ?? 'it did not finish in time'
      return { reason: `Electron ${version()} could not be downloaded (${line.trim()})` }
    }
  }
  return runnable(join(folder, 'dist', program))
}

/** @param {string} path @returns {FoundElectron} */
function runnable(path) {
  const missing = missingLibraries(path)
  if (missing.length === 0) return { path }
  return { reason: `Electron needs libraries that this system lacks (${missing.slice(0, 3).join(', ')})` }
}
