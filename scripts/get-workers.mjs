import { chmodSync, existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hasApt, libraryFolders, unpackPackages } from './debian.mjs'
import { ask, cacheFolder, findProgram, say, tail } from './machine.mjs'

/*
 * The tests of supervised commands run real workers of other languages: RQ and Sidekiq. Debian has both as packages, so
 * a Debian machine unpacks them beside its own programs, with or without root; elsewhere those tests are skipped, with
 * their reason.
 */

/**
 * What the tests' environment needs to run them: RQ_PYTHON and SIDEKIQ_RUBY, programs that know where the libraries are.
 * Nothing where they are installed, or cannot be had.
 * @returns {Record<string, string>}
 */
export function ensureWorkers() {
  const wanted = /** @type {const} */ ([
    ['RQ_PYTHON', 'python3', ['-c', 'import rq'], writePython],
    ['SIDEKIQ_RUBY', 'ruby', ['-e', 'require "sidekiq"'], writeRuby],
  ])
  const missing = wanted.filter(([variable, program, probe]) => {
    const installed = findProgram([program])
    return !process.env[variable] && (installed === null || !ask(installed, [...probe]).ok)
  })
  /** @type {Record<string, string>} */
  const found = {}
  if (missing.length === 0 || !hasApt()) return found
  try {
    const folder = join(cacheFolder(), 'workers')
    const tree = unpackPackages(['python3', 'python3-rq', 'ruby', 'ruby-sidekiq'], folder)
    for (const [variable, , probe, write] of missing) {
      const program = write(folder, tree)
      const { ok, output } = ask(program, [...probe])
      if (ok) found[variable] = program
      else say(`${program} does not work: ${tail(output, 1)}`)
    }
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
  }
  return found
}

/** @param {string} folder @param {string} tree */
function writePython(folder, tree) {
  const own = join(tree, 'usr/bin/python3')
  // What the machine has is not unpacked again: then it is its own python, which Debian's packages fit.
  const unpacked = existsSync(own)
  return writeProgram(join(folder, 'python3'), unpacked ? own : '/usr/bin/python3', {
    ...(unpacked ? { PYTHONHOME: join(tree, 'usr'), LD_LIBRARY_PATH: libraryFolders(tree).join(':') } : {}),
    PYTHONPATH: join(tree, 'usr/lib/python3/dist-packages'),
    PYTHONNOUSERSITE: '1',
  })
}

/** @param {string} folder @param {string} tree */
function writeRuby(folder, tree) {
  const own = join(tree, 'usr/bin/ruby')
  const unpacked = existsSync(own)
  const libraries = libraryFolders(tree)
  const version = unpacked
    ? readdirSync(join(tree, 'usr/lib/ruby')).find((name) => /^\d+\.\d+\.\d+$/.test(name))
    : ask('/usr/bin/ruby', ['-e', 'print RbConfig::CONFIG["ruby_version"]']).stdout
  const homes = [join(tree, 'usr/lib/ruby'), ...libraries.map((library) => join(library, 'ruby'))]
  const places = homes.flatMap((home) => [
    `${home}/vendor_ruby/${version}`,
    `${home}/vendor_ruby`,
    `${home}/${version}`,
  ])
  const gems = [tree, ''].flatMap((base) =>
    ['all', version].map((of) => `${base}/usr/share/rubygems-integration/${of}`),
  )
  return writeProgram(join(folder, 'ruby'), unpacked ? own : '/usr/bin/ruby', {
    ...(unpacked ? { LD_LIBRARY_PATH: libraries.join(':') } : {}),
    RUBYLIB: places.join(':'),
    GEM_PATH: gems.join(':'),
    PATH: `${join(tree, 'usr/bin')}:$PATH`,
  })
}

/**
 * A program that is another one in an environment of its own.
 * @param {string} file
 * @param {string} target
 * @param {Record<string, string>} env
 */
function writeProgram(file, target, env) {
  const lines = Object.entries(env).map(([name, value]) => `export ${name}="${value}"`)
  writeFileSync(file, `${['#!/bin/sh', ...lines, `exec '${target}' "$@"`].join('\n')}\n`)
  chmodSync(file, 0o755)
  return file
}
