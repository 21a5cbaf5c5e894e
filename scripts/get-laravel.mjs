import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { hasApt, installPackages, libraryFolders, unpackPackages } from './debian.mjs'
import { ask, cacheFolder, findProgram, isRoot, say } from './machine.mjs'

/*
 * The Laravel tests run a real Laravel worker beside our own reader. Debian has its queue component as packages, so a
 * Debian machine gets it; elsewhere those tests are skipped, with their reason, and recorded payloads stand in.
 */

const components = ['Container', 'Events', 'Redis', 'Queue', 'Bus', 'Support']
const packages = ['php-cli', 'php-redis', ...components.map((name) => `php-illuminate-${name.toLowerCase()}`)]

/** Whether Debian's own packages are installed. */
function installed() {
  const php = findProgram(['php'])
  if (php === null) return false
  const files = components.map((name) => `&& is_file("/usr/share/php/Illuminate/${name}/autoload.php")`)
  return ask(php, ['-r', `exit(extension_loaded("redis") ${files.join(' ')} ? 0 : 1);`]).ok
}

/**
 * Makes sure of php and illuminate/queue where Debian's packages can be had. Returns what the tests' environment needs
 * to find them: nothing where they are installed or cannot be had.
 * @returns {Record<string, string>}
 */
export function ensureLaravel() {
  if (process.env.LARAVEL_AUTOLOAD || installed() || !hasApt()) return {}
  try {
    if (!isRoot) return unpackLaravel()
    installPackages(packages)
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
  }
  return {}
}

/** Unpacked, nothing tells php where its extensions and libraries are: a launcher does. */
function unpackLaravel() {
  const folder = join(cacheFolder(), 'laravel')
  const tree = unpackPackages(packages, folder)
  const program = readdirSync(join(tree, 'usr/bin')).find((name) => /^php\d/.test(name))
  const [api = ''] = readdirSync(join(tree, 'usr/lib/php')).filter((name) => /^\d+$/.test(name))
  const extensions = join(tree, 'usr/lib/php', api)
  const shared = readdirSync(extensions).map((name) => name.replace(/\.so$/, ''))
  // redis is built on igbinary, pdo's drivers on pdo; opcache is another sort of extension and speeds up nothing here.
  const first = ['igbinary', 'pdo'].filter((name) => shared.includes(name))
  const rest = shared.filter((name) => !first.includes(name) && name !== 'opcache')
  const settings = [
    `extension_dir=${extensions}`,
    `include_path=${join(tree, 'usr/share/php')}`,
    ...[...first, ...rest].map((name) => `extension=${name}`),
  ]
  const bin = join(folder, 'bin')
  mkdirSync(bin, { recursive: true })
  const launcher = join(bin, 'php')
  const lines = [
    '#!/bin/sh',
    `export LD_LIBRARY_PATH='${libraryFolders(tree).join(':')}'`,
    `exec '${join(tree, 'usr/bin', program ?? 'php')}' -n ${settings.map((setting) => `-d '${setting}'`).join(' ')} "$@"`,
  ]
  writeFileSync(launcher, `${lines.join('\n')}\n`)
  chmodSync(launcher, 0o755)
  const autoload = join(folder, 'autoload.php')
  const requires = components.map((name) => `require_once 'Illuminate/${name}/autoload.php';`)
  writeFileSync(autoload, `<?php\n${requires.join('\n')}\n`)
  return { LARAVEL_AUTOLOAD: autoload, PATH: `${bin}${delimiter}${process.env.PATH}` }
}
