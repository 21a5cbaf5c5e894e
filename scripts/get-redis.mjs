import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { hasApt, installPackages, unpackPackages, writeLauncher } from './debian.mjs'
import { ask, cacheFolder, findProgram, isRoot, say } from './machine.mjs'

const names = ['redis-server', 'valkey-server']

/** Where the engine looks for a server (src/engine/local-redis/find-server.ts; a test compares); null when there is none. */
export function findRedis() {
  return findProgram(names, [join(cacheFolder(), 'redis', 'usr', 'bin')])
}

/** How a person gets a Redis where set-up cannot. */
function advice() {
  if (process.platform === 'darwin') return 'brew install redis'
  if (process.platform === 'win32') return 'install Memurai or another redis-server.exe and put it on the PATH'
  return 'install redis or valkey with the package manager of this system'
}

/**
 * Makes sure that there is a redis-server or valkey-server for the app to run as its own: one of the PATH, one fetched
 * before, Debian's package. Returns its path, or null after it said in one sentence how to get one.
 */
export function ensureRedis() {
  const found = findRedis()
  if (found !== null) return found
  try {
    if (hasApt()) fetchRedis()
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
  }
  const fetched = findRedis()
  if (fetched !== null && ask(fetched, ['--version']).ok) return fetched
  say(`No redis-server or valkey-server was found for the private Redis: ${advice()}.`)
  return null
}

function fetchRedis() {
  if (!isRoot) {
    const folder = join(cacheFolder(), 'redis')
    const tree = unpackPackages(['redis-server'], folder)
    repairLink(join(tree, 'usr', 'bin', 'redis-server'))
    mkdirSync(join(folder, 'usr', 'bin'), { recursive: true })
    writeLauncher(join(folder, 'usr', 'bin', 'redis-server'), '../..', 'usr/bin/redis-server', tree)
    return
  }
  installPackages(['redis-server'])
  // Debian's package starts a server of its own on port 6379, which nobody asked for.
  if (existsSync('/run/systemd/system') && ask('systemctl', ['disable', '--now', 'redis-server']).ok) {
    say('Switched off the service that came with the package: Sluice starts its own server when it needs one.')
  }
}

/**
 * Debian's redis-server is a link to a program of the package redis-tools. Where that one is installed already it was
 * not fetched, and the link leads nowhere. @param {string} link
 */
function repairLink(link) {
  if (existsSync(link)) return
  rmSync(link, { force: true })
  symlinkSync('/usr/bin/redis-check-rdb', link)
}
