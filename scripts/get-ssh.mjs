import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { hasApt, unpackPackages, writeLauncher } from './debian.mjs'
import { ask, cacheFolder, findProgram, say, tail } from './machine.mjs'

/*
 * The tests of SSH tunnels run OpenSSH's own server and agent. Debian has both as packages, so a Debian machine unpacks
 * them beside its own programs, with or without root; elsewhere those tests are skipped, with their reason.
 */

/** What the tests need, and where it is in Debian's packages. The last two are parts of the server since OpenSSH 9.8. */
const programs = /** @type {const} */ ({
  sshd: 'usr/sbin/sshd',
  'ssh-agent': 'usr/bin/ssh-agent',
  'ssh-add': 'usr/bin/ssh-add',
  'sshd-session': 'usr/lib/openssh/sshd-session',
  'sshd-auth': 'usr/lib/openssh/sshd-auth',
})

/**
 * What the tests' environment needs to find them: SSH_PROGRAMS, a folder. Nothing where they are installed, or cannot be
 * had.
 * @returns {Record<string, string>}
 */
export function ensureSsh() {
  const installed = ['sshd', 'ssh-agent', 'ssh-add'].every((name) => findProgram([name], ['/usr/sbin']) !== null)
  if (process.env.SSH_PROGRAMS || installed || !hasApt()) return {}
  try {
    const folder = join(cacheFolder(), 'ssh')
    const tree = unpackPackages(['openssh-server', 'openssh-client'], folder)
    const own = join(folder, 'bin')
    mkdirSync(own, { recursive: true })
    for (const [name, target] of Object.entries(programs)) {
      // What the machine has is not unpacked again.
      if (existsSync(join(tree, target))) writeLauncher(join(own, name), '..', target, tree)
    }
    const { output } = ask(join(own, 'sshd'), ['-?'])
    if (/OpenSSH/.test(output)) return { SSH_PROGRAMS: own }
    say(`${join(own, 'sshd')} does not work: ${tail(output, 1)}`)
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
  }
  return {}
}
