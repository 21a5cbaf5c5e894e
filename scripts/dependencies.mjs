import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { npmCommand, root, run, say } from './machine.mjs'

/** @typedef {{ version?: string, integrity?: string, optional?: boolean, devOptional?: boolean, link?: boolean }} LockedPackage */

/** @param {string} file @returns {Record<string, LockedPackage> | null} */
function lockedPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages
  } catch {
    return null
  }
}

/**
 * Whether node_modules holds exactly what the lock file says. npm writes its own list of what it installed as the last
 * step, so a broken install counts as none; optional packages are for other platforms and may be missing.
 * @param {string} folder the project's root
 */
export function areDependenciesInstalled(folder) {
  const wanted = lockedPackages(join(folder, 'package-lock.json'))
  const installed = lockedPackages(join(folder, 'node_modules', '.package-lock.json'))
  if (wanted === null || installed === null) return false
  return Object.entries(wanted).every(([path, { version, integrity, optional, devOptional }]) => {
    if (path === '') return true
    const found = installed[path]
    if (found === undefined) return optional === true || devOptional === true
    // A checksum is missing where the lock file was made without a look at that platform's package.
    return found.version === version && (integrity === undefined || found.integrity === integrity)
  })
}

/** Installs what the lock file says, when it is not there yet. Packages run no script of their own. */
export async function ensureDependencies() {
  if (areDependenciesInstalled(root)) return
  say('Installing the dependencies (npm ci)…')
  const { command, args, shell } = npmCommand([
    'ci',
    '--ignore-scripts',
    '--include=dev',
    '--include=optional',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ])
  // npm's summary goes to stderr like all that set-up says.
  const code = await run(command, args, { shell, stdio: ['ignore', process.stderr, process.stderr] })
  if (code !== 0) throw new Error('npm ci failed; its reason stands above.')
}

/** Stops early, with a sentence, on a Node that is too old for the tools. */
export function checkNodeVersion() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  throw new Error(`Sluice needs Node 20.19 or newer; this is ${process.versions.node}.`)
}
