import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hasApt, installPackages, libraryFolders, unpackPackages } from '../debian.mjs'
import { ask, cacheFolder, findProgram, isRoot, root, say } from '../machine.mjs'

/**
 * What the end-to-end tests need besides Electron: a Chromium, and on Linux an X server without a screen.
 * `env` is what programs need to find the libraries and fonts of an unpacked tree.
 * @typedef {{
 *   chromium: string | null,
 *   xvfb: { program: string, args: string[], cwd?: string } | null,
 *   env: Record<string, string>,
 * }} DesktopParts
 */

const chromiumNames = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']
const linux = process.platform === 'linux'

function findChromium() {
  if (process.env.SLUICE_CHROMIUM) return process.env.SLUICE_CHROMIUM
  const mac = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'
  if (process.platform === 'darwin' && existsSync(mac)) return mac
  const windows = ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA']
    .map((name) => process.env[name])
    .filter((folder) => folder !== undefined)
    .map((folder) => join(folder, 'Google', 'Chrome', 'Application'))
  return findProgram(chromiumNames, process.platform === 'win32' ? windows : [])
}

/** @returns {DesktopParts['xvfb']} */
function findXvfb() {
  const program = findProgram(['Xvfb'])
  return program === null ? null : { program, args: [] }
}

/**
 * Finds the parts, and fetches what is missing: with apt-get as root, else unpacked into the cache, else (no apt)
 * Playwright's own download of Chromium. A part that cannot be had is null, after a sentence said why.
 * @returns {DesktopParts}
 */
export function ensureDesktopParts() {
  const missing = () => [...(findChromium() ? [] : ['chromium']), ...(!linux || findXvfb() ? [] : ['xvfb'])]
  if (missing().length > 0 && hasApt()) {
    try {
      if (!isRoot) return unpackDesktop(missing())
      installPackages(missing())
    } catch (error) {
      say(error instanceof Error ? error.message : String(error))
    }
  }
  const chromium = findChromium() ?? downloadChromium()
  if (chromium === null) say('No Chromium was found for the tests in the browser: install Chromium or Chrome.')
  const xvfb = linux ? findXvfb() : null
  if (linux && xvfb === null) say('No Xvfb was found: the tests use the display that is there, if any.')
  return { chromium, xvfb, env: {} }
}

/** Playwright's own Chromium, for machines without apt; null when it cannot be fetched. */
function downloadChromium() {
  if (hasApt()) return null
  say('Fetching the Chromium of Playwright…')
  const cli = join(root, 'node_modules', '@playwright', 'test', 'cli.js')
  if (!ask(process.execPath, [cli, 'install', 'chromium']).ok) return null
  const where = "import('@playwright/test').then(({ chromium }) => console.log(chromium.executablePath()))"
  const path = ask(process.execPath, ['--input-type=module', '-e', where]).stdout.trim()
  return existsSync(path) ? path : null
}

/** @param {readonly string[]} packages @returns {DesktopParts} */
function unpackDesktop(packages) {
  const folder = join(cacheFolder(), 'desktop')
  const tree = unpackPackages(packages, folder)
  return {
    chromium: findChromium() ?? join(tree, 'usr/lib/chromium/chromium'),
    xvfb: findXvfb() ?? {
      program: relocateXvfb(tree),
      args: ['-xkbdir', join(tree, 'usr/share/X11/xkb')],
      cwd: join(tree, 'usr/bin'),
    },
    env: {
      LD_LIBRARY_PATH: [...libraryFolders(tree), process.env.LD_LIBRARY_PATH].filter(Boolean).join(':'),
      FONTCONFIG_FILE: writeFontSettings(folder, tree),
    },
  }
}

/**
 * An X server compiles its keyboard map with `/usr/bin/xkbcomp`, a path that stands in its program and that only root
 * could fill. The copy has a path of the same length that means "here" in its place, and runs in the tree's usr/bin.
 * @param {string} tree
 */
function relocateXvfb(tree) {
  const original = join(tree, 'usr/bin/Xvfb')
  const relocated = join(tree, 'usr/bin/Xvfb-relocated')
  if (existsSync(relocated)) return relocated
  const bytes = readFileSync(original)
  const [absolute, here] = ['/usr/bin\0', '././././\0']
  for (let at = bytes.indexOf(absolute); at >= 0; at = bytes.indexOf(absolute, at + 1)) bytes.write(here, at, 'latin1')
  writeFileSync(relocated, bytes, { mode: 0o755 })
  return relocated
}

/** @param {string} folder @param {string} tree */
function writeFontSettings(folder, tree) {
  const file = join(folder, 'fonts.conf')
  const cache = join(folder, 'font-cache')
  mkdirSync(cache, { recursive: true })
  const folders = [join(tree, 'usr/share/fonts'), '/usr/share/fonts'].map((path) => `<dir>${path}</dir>`)
  const text = `<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n<fontconfig>${folders.join('')}<cachedir>${cache}</cachedir></fontconfig>\n`
  writeFileSync(file, text)
  return file
}
