import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ensureBuild } from './build.mjs'
import { checkNodeVersion, ensureDependencies } from './dependencies.mjs'
import { getElectron } from './get-electron.mjs'
import { ensureRedis } from './get-redis.mjs'
import { giveUp, isRoot, root, say } from './machine.mjs'

/*
 * npm start: sets up what is missing, says what it does, and opens the console: in Electron, or in the browser where
 * there is no Electron or no display. With --snapshot URL it opens nothing and prints one JSON document.
 */

/** An Electron that ends with an error so soon never showed its window. */
const stillbornMs = 15_000

function readArguments() {
  const { values } = parseArgs({
    options: {
      demo: { type: 'boolean', default: false },
      api: { type: 'boolean', default: false },
      'api-port': { type: 'string' },
      browser: { type: 'boolean', default: false },
      port: { type: 'string' },
      'no-open': { type: 'boolean', default: false },
      snapshot: { type: 'string' },
    },
  })
  return values
}

/** Why there can be no window here; null when there can. */
function whyNoDisplay() {
  if (process.platform !== 'linux' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY) return null
  return 'there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)'
}

/**
 * Runs a part of the app in our place: its output is ours, and a signal to us ends it in its own good time. Resolves to
 * its exit code, 1 when it could not be run; a signal ends us after it.
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {Promise<number>}
 */
function become(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit' })
    let stopped = false
    /** @param {NodeJS.Signals} signal */
    const stop = (signal) => {
      stopped = true
      child.kill(signal)
    }
    for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, () => stop(signal))
    // npm runs us under a shell, which a SIGTERM to npm ends without a word to us: then we have a new parent.
    const parent = process.ppid
    setInterval(() => process.ppid !== parent && !stopped && stop('SIGTERM'), 1000).unref()
    child.once('error', (error) => {
      say(error.message)
      resolve(1)
    })
    child.once('close', (code) => (stopped ? process.exit(code ?? 1) : resolve(code ?? 1)))
  })
}

/**
 * Opens the window and waits for its end. Resolves to a reason when there never was one, else ends this process.
 * @param {readonly string[]} passed flags for the app
 * @returns {Promise<string>}
 */
async function openWindow(passed) {
  const noDisplay = whyNoDisplay()
  if (noDisplay !== null) return noDisplay
  const electron = await getElectron()
  if (electron.path === undefined) return electron.reason
  if (isRoot) say('Started as root: the window runs without the Chromium sandbox.')
  const args = [...(isRoot ? ['--no-sandbox'] : []), root, ...passed]
  const started = Date.now()
  const code = await become(electron.path, args)
  if (code === 0 || Date.now() - started > stillbornMs) process.exit(code)
  return `Electron ended with code ${code} before it could show a window; its own words stand above`
}

async function main() {
  const flags = readArguments()
  checkNodeVersion()
  await ensureDependencies()
  ensureBuild()
  if (flags.snapshot !== undefined) {
    const code = await become(process.execPath, [join(root, 'out', 'server', 'snapshot.js'), flags.snapshot])
    process.exit(code)
  }
  ensureRedis()
  const passed = [
    ...(flags.demo ? ['--demo'] : []),
    ...(flags.api ? ['--api'] : []),
    ...(flags['api-port'] === undefined ? [] : [`--api-port=${flags['api-port']}`]),
  ]
  if (!flags.browser) say(`Opening the console in the browser instead of a window: ${await openWindow(passed)}.`)
  const args = [
    ...passed,
    ...(flags.port === undefined ? [] : ['--port', flags.port]),
    ...(flags['no-open'] ? ['--no-open'] : []),
  ]
  const code = await become(process.execPath, [join(root, 'out', 'server', 'index.js'), ...args])
  process.exit(code)
}

main().catch(giveUp)
