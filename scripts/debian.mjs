import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ask, findProgram, say, tail } from './machine.mjs'

/** Whether Debian's packages can be had here, as root or not. */
export function hasApt() {
  return process.platform === 'linux' && findProgram(['apt-get']) !== null && findProgram(['dpkg-deb']) !== null
}

const quiet = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' } }

/**
 * Installs Debian packages system-wide; needs root. The package lists are fetched only when the first try shows that
 * they are missing or old. Throws with apt's own words.
 * @param {readonly string[]} packages
 */
export function installPackages(packages) {
  say(`Installing ${packages.join(', ')} with apt-get…`)
  const install = ['-q', '-y', '-o', 'DPkg::Lock::Timeout=300', '--no-install-recommends', 'install', ...packages]
  if (ask('apt-get', install, quiet).ok) return
  ask('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=300', 'update'], quiet) // one source of many may fail: the install decides
  const { ok, output } = ask('apt-get', install, quiet)
  if (!ok) throw new Error(`apt-get could not install ${packages.join(', ')}:\n${tail(output)}`)
}

/**
 * Fetches Debian packages, with all they need that this machine lacks, and unpacks them into a folder; needs no root
 * and installs nothing. apt works on lists of its own beside the folder. A folder that is complete is used again.
 * Returns the tree's root. Throws with apt's own words.
 * @param {readonly string[]} packages
 * @param {string} folder
 */
export function unpackPackages(packages, folder) {
  const tree = join(folder, 'root')
  const done = join(folder, 'complete')
  const wanted = packages.join(' ')
  if (existsSync(done) && readFileSync(done, 'utf8') === wanted) return tree

  say(`Fetching ${packages.join(', ')} and unpacking to ${folder} (no root needed)…`)
  rmSync(folder, { recursive: true, force: true })
  const work = join(folder, 'apt')
  for (const name of ['state/lists/partial', 'cache/archives/partial']) mkdirSync(join(work, name), { recursive: true })
  const settings = {
    'Dir::State': join(work, 'state'),
    'Dir::State::status': '/var/lib/dpkg/status',
    'Dir::Cache': join(work, 'cache'),
    'Debug::NoLocking': '1',
    'APT::Sandbox::User': '',
  }
  const options = ['-q', '-y', ...Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])]
  ask('apt-get', [...options, 'update'], quiet)
  const { ok, output } = ask(
    'apt-get',
    [...options, '--download-only', '--no-install-recommends', 'install', ...packages],
    quiet,
  )
  if (!ok) throw new Error(`apt-get could not fetch ${packages.join(', ')}:\n${tail(output)}`)

  const archives = join(work, 'cache', 'archives')
  const partial = `${tree}.partial`
  mkdirSync(partial, { recursive: true })
  for (const archive of readdirSync(archives).filter((name) => name.endsWith('.deb'))) {
    const unpacked = ask('dpkg-deb', ['-x', join(archives, archive), partial])
    if (!unpacked.ok) throw new Error(`${archive} could not be unpacked:\n${tail(unpacked.output)}`)
  }
  rmSync(work, { recursive: true, force: true })
  renameSync(partial, tree)
  writeFileSync(done, wanted)
  return tree
}

/** The folders of an unpacked tree that hold shared libraries, for LD_LIBRARY_PATH. @param {string} tree */
export function libraryFolders(tree) {
  /** @type {string[]} */
  const folders = []
  for (const base of ['usr/lib', 'lib']) {
    const parent = join(tree, base)
    if (!existsSync(parent)) continue
    for (const name of readdirSync(parent).filter((entry) => entry.includes('-linux-'))) {
      const triple = join(parent, name)
      const inside = readdirSync(triple, { withFileTypes: true })
      const nested = inside.filter((entry) => entry.isDirectory()).map((entry) => join(triple, entry.name))
      folders.push(triple, ...nested.filter((folder) => readdirSync(folder).some((file) => /^lib.*\.so/.test(file))))
    }
  }
  return folders
}

/**
 * Writes a small program that runs another one of the same tree with the tree's libraries. It finds the tree by its own
 * place, so the whole folder can be copied.
 * @param {string} file where to write it, `depth` folders below the tree's parent
 * @param {string} toParent from its folder to the folder that holds `root`
 * @param {string} target the program, relative to the tree
 * @param {string} tree
 */
export function writeLauncher(file, toParent, target, tree) {
  const libraries = libraryFolders(tree).map((folder) => `$here/root${folder.slice(tree.length)}`)
  const lines = [
    '#!/bin/sh',
    `here=$(cd "$(dirname "$(readlink -f "$0")")/${toParent}" && pwd)`,
    `LD_LIBRARY_PATH="${libraries.join(':')}\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"`,
    'export LD_LIBRARY_PATH',
    `exec "$here/root/${target}" "$@"`,
  ]
  writeFileSync(file, `${lines.join('\n')}\n`)
  chmodSync(file, 0o755)
}

/** Shared libraries that a program needs and this machine lacks. @param {string} program @param {NodeJS.ProcessEnv} [env] */
export function missingLibraries(program, env = process.env) {
  if (process.platform !== 'linux' || findProgram(['ldd']) === null) return []
  const { stdout } = ask('ldd', [program], { env })
  return [...stdout.matchAll(/^\s*(\S+) => not found/gm)].map((match) => String(match[1]))
}
