import { spawn, spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/*
 * What every script here asks of the machine. These files run before `npm ci`, on the oldest Node we support, so they
 * are plain JavaScript without a single dependency; tsc reads their types from the comments.
 */

/** The project's root. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)))

export const isRoot = process.getuid?.() === 0

/** Says what is being done. On stderr, so that stdout belongs to what was asked for. @param {string} sentence */
export function say(sentence) {
  process.stderr.write(`${sentence}\n`)
}

/** Ends with a sentence instead of a stack. @param {unknown} error @returns {never} */
export function giveUp(error) {
  say(error instanceof Error ? error.message : String(error))
  process.exit(1)
}

/** The folder in which set-up keeps what it fetched; the same rule as `cacheFolder` in src/engine/local-redis (a test compares). */
export function cacheFolder() {
  if (process.env.SLUICE_CACHE) return process.env.SLUICE_CACHE
  if (process.platform === 'win32') return join(process.env.LOCALAPPDATA ?? homedir(), 'sluice', 'cache')
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'sluice')
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sluice')
}

/**
 * The first of these programs that a folder of the PATH has (or one of the extra folders, afterwards); null when none.
 * @param {readonly string[]} names
 * @param {readonly string[]} [extraFolders]
 */
export function findProgram(names, extraFolders = []) {
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), ...extraFolders]) {
    for (const name of names) {
      const path = join(folder, process.platform === 'win32' ? `${name}.exe` : name)
      try {
        accessSync(path, constants.X_OK)
        return path
      } catch {
        // not in this folder: the next one may have it
      }
    }
  }
  return null
}

/**
 * Runs a program to its end, its output going where ours goes. Resolves to its exit code, 1 when it could not be
 * started or was killed.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<number>}
 */
export function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...options })
    child.once('error', (error) => {
      say(error.message)
      resolve(1)
    })
    child.once('close', (code) => resolve(code ?? 1))
  })
}

/**
 * Runs a program and keeps what it prints, for steps whose output matters only when they fail.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnSyncOptions} [options]
 */
export function ask(command, args, options = {}) {
  const answer = spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, ...options })
  const output = `${answer.stdout ?? ''}${answer.stderr ?? ''}${answer.error ? answer.error.message : ''}`
  return { ok: answer.status === 0, stdout: String(answer.stdout ?? ''), output }
}

/** The last lines of a program's output that say something. @param {string} output */
export function tail(output, lines = 15) {
  return output.trimEnd().split('\n').slice(-lines).join('\n')
}

/** How to run npm: the one that runs us, else the one of the PATH. @param {readonly string[]} args */
export function npmCommand(args) {
  const cli = process.env.npm_execpath
  if (cli?.endsWith('.js')) return { command: process.execPath, args: [cli, ...args], shell: false }
  return { command: 'npm', args: [...args], shell: process.platform === 'win32' }
}
