import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ensureDependencies } from './dependencies.mjs'
import { ask, giveUp, root, say, tail } from './machine.mjs'

const stamp = join(root, 'out', 'built-from')

/** What the build reads. */
const sources = ['src', 'resources', 'electron.vite.config.ts', 'package.json', 'package-lock.json', 'tsconfig.json']

/** @param {string} path relative to the root @returns {string[]} */
function filesOf(path) {
  const full = join(root, path)
  if (!existsSync(full)) return []
  if (/\.[a-z]+$/.test(path)) return [path]
  return readdirSync(full, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => file.slice(root.length + 1))
}

/** A hash of all sources, so that a changed file means a new build, whatever its date says. */
function sourceHash() {
  const hash = createHash('sha256').update(process.versions.node)
  for (const file of sources.flatMap(filesOf).sort()) {
    hash.update(`\0${file}\0`).update(readFileSync(join(root, file)))
  }
  return hash.digest('hex')
}

/** Builds both shells and the page into out/. Throws with the tool's own words when it fails. */
export function build() {
  const hash = sourceHash()
  rmSync(stamp, { force: true })
  const cli = join(root, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js')
  const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined }
  const { ok, output } = ask(process.execPath, [cli, 'build', '--logLevel', 'warn'], { env })
  if (!ok) throw new Error(`The build failed:\n${tail(output, 40)}`)
  writeFileSync(stamp, hash)
}

/** Builds when out/ is missing or older than the sources. */
export function ensureBuild() {
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === sourceHash()) return
  say('Building Sluice…')
  build()
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  ensureDependencies().then(build).catch(giveUp)
}
