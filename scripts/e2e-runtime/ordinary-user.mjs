import { chmodSync, writeFileSync } from 'node:fs'
import { ask, say, tail } from '../machine.mjs'

const name = 'sluice-e2e'
const home = '/var/lib/sluice-e2e'

/** @typedef {{ uid: number, gid: number, home: string, prefix: readonly string[] }} OrdinaryUser `prefix` is a command line that runs what follows as this user */

/** The system user as whom a root machine runs the app under test; made when it is missing. @returns {OrdinaryUser} */
export function ensureUser() {
  if (!ask('id', [name]).ok) {
    say(`Adding the system user ${name}, as whom the tests run the app in its sandbox…`)
    const added = ask('useradd', [
      '--system',
      '--user-group',
      '--create-home',
      '--home-dir',
      home,
      '--shell',
      '/usr/sbin/nologin',
      name,
    ])
    if (!added.ok) throw new Error(`useradd failed: ${tail(added.output)}`)
  }
  const uid = Number(ask('id', ['-u', name]).stdout)
  const gid = Number(ask('id', ['-g', name]).stdout)
  return { uid, gid, home, prefix: ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--init-groups'] }
}

/** Whether processes of this user may make user namespaces, of which Chromium's sandbox is made. @param {readonly string[]} prefix */
export function canHaveNamespaces(prefix) {
  const [command = '', ...args] = [...prefix, 'unshare', '--user', 'true']
  return ask(command, args).ok
}

/**
 * Writes a program that becomes the user and then the given program, in the same process, so that a signal reaches it.
 * @param {string} file
 * @param {OrdinaryUser} user
 * @param {string} program
 * @param {Record<string, string>} env
 */
export function writeUserLauncher(file, user, program, env) {
  const settings = Object.entries(env).map(([key, value]) => `'${key}=${value}'`)
  writeFileSync(file, `#!/bin/sh\nexec ${user.prefix.join(' ')} env ${settings.join(' ')} '${program}' "$@"\n`)
  chmodSync(file, 0o755)
}
