import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { copyPackages, unbundledPackages } from '../e2e-runtime/copy-packages.mjs'
import { root } from '../machine.mjs'
import { icnsOf, iconSizes, icoOf } from './icon-files.mjs'
import { licencesOf } from './licences.mjs'

/** Native parts, which their packages do without: one for all computers is worth more than a faster one for each. */
const unwanted = new Set(['cpu-features', 'nan', 'msgpackr-extract', 'fsevents'])

/** What a package needs to run is code, data that it reads, and its manifest; not what npm built for this Node. */
const needless = [
  /(^|\/)(test|tests|__tests__|example|examples|docs?|bench|benchmark|\.github|\.vscode|build\/Release)\//,
  /\.(map|md|markdown|ts|mts|cts|tsbuildinfo|gyp|gypi|cc|h|mk|makefile|yml|yaml|flow)$/i,
  /(^|\/)(\.[^/]+|changelog[^/]*|authors|makefile|gruntfile\.js|tsconfig[^/]*)$/i,
]

/** @typedef {{ app: string, parts: string }} Staged the folder of the app's files, and that of icons and licences */

/**
 * Puts together in `folder` what is packaged, and nothing else: the built app without its maps and without the browser
 * shell, the packages that the bundle leaves out, a manifest that names just these, the icons and the licences.
 * @param {string} folder
 * @returns {Staged}
 */
export function stageApp(folder) {
  rmSync(folder, { recursive: true, force: true })
  const staged = { app: join(folder, 'app'), parts: join(folder, 'parts') }
  for (const each of Object.values(staged)) mkdirSync(each, { recursive: true })

  cpSync(join(root, 'out'), join(staged.app, 'out'), {
    recursive: true,
    filter: (path) => isBuilt(relative(root, path)),
  })
  for (const file of scriptsIn(join(staged.app, 'out'))) dropMapComment(file)
  copyPackages(unbundledPackages, staged.app, (name) => !unwanted.has(name) && !name.startsWith('@msgpackr-extract/'))
  removeNeedless(join(staged.app, 'node_modules'))
  writeFileSync(join(staged.app, 'package.json'), `${JSON.stringify(shippedManifest(), null, 2)}\n`)

  const pictures = new Map(iconSizes.map((size) => [size, readFileSync(join(root, picture(size)))]))
  for (const size of iconSizes) cpSync(join(root, picture(size)), join(staged.parts, 'icons', `${size}x${size}.png`))
  writeFileSync(join(staged.parts, 'icon.ico'), icoOf(pictures))
  writeFileSync(join(staged.parts, 'icon.icns'), icnsOf(pictures))
  writeFileSync(join(staged.parts, 'LICENCES.txt'), licencesOf(Object.keys(manifest().dependencies)))
  return staged
}

/** @param {number} size */
const picture = (size) => join('resources', 'icons', `${size}x${size}.png`)

const manifest = () => JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

function shippedManifest() {
  const { name, productName, version, description, license, type, main, desktopName, dependencies } = manifest()
  return {
    ...{ name, productName, version, description, license, type, main, desktopName },
    // electron-builder takes along what the manifest names, and what that needs.
    dependencies: Object.fromEntries(unbundledPackages.map((each) => [each, dependencies[each]])),
    packageManager: 'traversal@1', // its way to look without asking npm
  }
}

/** @param {string} path */
function isBuilt(path) {
  return !path.endsWith('.map') && !path.startsWith(join('out', 'server')) && path !== join('out', 'built-from')
}

/** @param {string} folder */
function scriptsIn(folder) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.c?js$/.test(name))
    .map((name) => join(folder, name))
}

/** A comment that leads to a map that is not there. @param {string} file */
function dropMapComment(file) {
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, text.replace(/\n\/\/# sourceMappingURL=\S+\s*$/, '\n'))
}

/** @param {string} folder */
function removeNeedless(folder) {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = join(folder, name)
    if (!existsSync(path)) continue // its folder went before
    const isLicence = /(^|\/)(licen[cs]e|notice|copying)/i.test(name)
    if (!isLicence && needless.some((pattern) => pattern.test(insidePackage(name)))) rmSync(path, { recursive: true })
  }
}

/** The part of a path after the package's own folder. @param {string} name */
function insidePackage(name) {
  return name.replace(/\\/g, '/').replace(/^(.*(^|\/)node_modules\/)?(@[^/]+\/)?[^/]+\//, '')
}

/**
 * What must lie beside app.asar and not in it, as patterns: the program of handler processes with the parts of the build
 * that it loads, and tsx with esbuild, which is a program of its own and can only be started from a real file.
 * @param {string} app the staged app
 * @returns {string[]}
 */
export function unpackedParts(app) {
  const first = join('out', 'handlers', 'handler-runner.js')
  const parts = new Set([first])
  for (const part of parts) {
    const text = readFileSync(join(app, part), 'utf8')
    for (const [, to = ''] of text.matchAll(/(?:from\s*|import\(\s*|import\s*)["'](\.[^"']+\.js)["']/g)) {
      parts.add(join(dirname(part), to))
    }
  }
  const packages = ['tsx', 'esbuild', '@esbuild', 'get-tsconfig', 'resolve-pkg-maps']
  return [
    ...[...parts].map((part) => part.replace(/\\/g, '/')),
    'package.json',
    ...packages.map((each) => `node_modules/${each}/**`),
  ]
}
