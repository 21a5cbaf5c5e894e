import { spawn } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { missingLibraries } from '../debian.mjs'
import { getElectron } from '../get-electron.mjs'
import { findRedis } from '../get-redis.mjs'
import { ask, cacheFolder, isRoot, root, say } from '../machine.mjs'
import { borrowElectron, canBorrow } from './borrowed-electron.mjs'
import { copyPackages, unbundledPackages } from './copy-packages.mjs'
import { ensureDesktopParts } from './desktop-parts.mjs'
import { canHaveNamespaces, ensureUser, writeUserLauncher } from './ordinary-user.mjs'

/**
 * How the end-to-end tests start the app. `env` is what e2e/fixtures.ts reads; a shell that cannot be tested here has
 * its reason in `skipped`.
 * @typedef {{
 *   env: NodeJS.ProcessEnv,
 *   skipped: { electron?: string, browser?: string },
 *   end: () => void,
 * }} Arrangement
 */

const linux = process.platform === 'linux'

/** Root's own copy of a runtime, in a place that the ordinary user of the tests may read. */
export const rootRuntimes = '/var/cache/sluice'

/** @returns {Promise<Arrangement>} */
export async function arrangeE2e() {
  const parts = ensureDesktopParts()
  /** @type {Arrangement['skipped']} */
  const skipped = {}
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...process.env, ...parts.env }
  /** @type {(() => void)[]} */
  const ends = []

  if (parts.chromium === null) skipped.browser = 'no Chromium could be had'
  else env.SLUICE_E2E_CHROMIUM = parts.chromium

  // A desktop's session must not reach into the tests, neither its keyring nor its Wayland.
  for (const name of ['WAYLAND_DISPLAY', 'DBUS_SESSION_BUS_ADDRESS', 'XDG_RUNTIME_DIR']) delete env[name]
  if (parts.xvfb !== null) {
    const server = await startDisplay(parts.xvfb, env)
    env.DISPLAY = server.display
    ends.push(server.end)
  }

  const electron = await findTestElectron()
  if ('reason' in electron) skipped.electron = electron.reason
  else if (linux && !env.DISPLAY) skipped.electron = 'there is no display, and no Xvfb could be had'
  else {
    const missing = missingLibraries(electron.path, env)
    if (missing.length > 0) skipped.electron = `Electron needs libraries that this system lacks (${missing.join(', ')})`
    else Object.assign(env, linux && isRoot ? asOrdinaryUser(electron.path, ends) : asMyself(electron.path))
  }
  const end = () => {
    for (const undo of ends) undo()
  }
  return { env, skipped, end }
}

/** The official Electron, else on linux-x64 the borrowed one. @returns {Promise<{ path: string } | { reason: string }>} */
async function findTestElectron() {
  const official = await getElectron()
  if (official.path !== undefined) return { path: official.path }
  say(`No official Electron: ${official.reason}.`)
  if (!canBorrow) return { reason: official.reason }
  try {
    return { path: borrowElectron(join(isRoot ? rootRuntimes : cacheFolder(), 'electron-borrowed')) }
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) }
  }
}

/** @param {string} program */
function asMyself(program) {
  const helper = join(dirname(program), 'chrome-sandbox')
  const setuid = linux && existsSync(helper) && (statSync(helper).mode & 0o4000) !== 0 && statSync(helper).uid === 0
  const sandbox = !linux || setuid || canHaveNamespaces([])
  return { SLUICE_E2E_ELECTRON: program, SLUICE_E2E_APP: root, SLUICE_E2E_SANDBOX: sandbox ? 'on' : 'off' }
}

/**
 * Chromium's sandbox does not run as root, and it is the sandboxed app that is to be tested: so on a machine whose user
 * is root the app runs as an ordinary user, from folders that this user may read.
 * @param {string} program
 * @param {(() => void)[]} ends
 */
function asOrdinaryUser(program, ends) {
  const user = ensureUser()
  const folder = mkdtempSync(join(tmpdir(), 'sluice-e2e-'))
  ends.push(() => rmSync(folder, { recursive: true, force: true }))
  chmodSync(folder, 0o755)

  // Clones and caches of root often lie below a folder that nobody else may enter.
  const runtime = program.startsWith(rootRuntimes) ? dirname(program) : copyRuntime(dirname(program))
  const helper = join(runtime, 'chrome-sandbox')
  if (existsSync(helper)) chmodSync(helper, 0o4755)

  const app = join(folder, 'app')
  mkdirSync(app)
  cpSync(join(root, 'package.json'), join(app, 'package.json'))
  cpSync(join(root, 'out'), join(app, 'out'), { recursive: true })
  copyPackages(unbundledPackages, app)
  const redis = findRedis()
  if (redis?.startsWith(cacheFolder())) cpSync(join(cacheFolder(), 'redis'), join(folder, 'redis'), { recursive: true })
  ask('chmod', ['-R', 'a+rX', folder])

  const launcher = join(folder, 'electron-as-user')
  writeUserLauncher(launcher, user, join(runtime, 'electron'), { HOME: user.home, SLUICE_CACHE: folder })
  return {
    SLUICE_E2E_ELECTRON: launcher,
    SLUICE_E2E_APP: app,
    SLUICE_E2E_OWNER: `${user.uid}:${user.gid}`,
    SLUICE_E2E_SANDBOX: canHaveNamespaces(user.prefix) || mayBeSetuid() ? 'on' : 'off',
  }
}

/** @param {string} dist */
function copyRuntime(dist) {
  const version = readFileSync(join(dist, 'version'), 'utf8').trim()
  const runtime = join(rootRuntimes, `electron-${version}`)
  if (!existsSync(join(runtime, 'version'))) cpSync(dist, runtime, { recursive: true })
  ask('chmod', ['-R', 'a+rX', runtime])
  return runtime
}

/** Whether a setuid helper would get CAP_SYS_ADMIN, which a container usually takes from its root. */
function mayBeSetuid() {
  const bounds = /^CapBnd:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'))
  return bounds !== null && (BigInt(`0x${bounds[1]}`) & (1n << 21n)) !== 0n
}

/**
 * Starts an X server without a screen on a free display; resolves when it takes clients.
 * @param {NonNullable<import('./desktop-parts.mjs').DesktopParts['xvfb']>} xvfb
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ display: string, end: () => void }>}
 */
export function startDisplay({ program, args, cwd }, env) {
  const sockets = '/tmp/.X11-unix' // an X server that is not root does not make it
  if (!existsSync(sockets)) {
    mkdirSync(sockets)
    chmodSync(sockets, 0o1777)
  }
  return new Promise((resolve, reject) => {
    const server = spawn(program, [...args, '-displayfd', '3', '-screen', '0', '1600x1000x24', '-nolisten', 'tcp'], {
      cwd: cwd ?? root,
      env,
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    })
    let errors = ''
    let number = ''
    server.stderr?.on('data', (chunk) => {
      errors += chunk
    })
    server.stdio[3]?.on('data', (chunk) => {
      number += chunk
      if (number.endsWith('\n')) resolve({ display: `:${number.trim()}`, end: () => server.kill() })
    })
    server.once('error', reject)
    server.once('exit', (code) => reject(new Error(`Xvfb ended with ${code}: ${errors.trim()}`)))
    process.once('exit', () => server.kill())
  })
}
