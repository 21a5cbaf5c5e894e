import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Where a program of OpenSSH is: in the folder that scripts/get-ssh.mjs names, or installed; null when it is nowhere. */
export function sshProgram(name: string): string | null {
  const own = process.env.SSH_PROGRAMS ? [process.env.SSH_PROGRAMS] : []
  for (const folder of [...own, ...(process.env.PATH ?? '').split(delimiter), '/usr/sbin']) {
    const path = join(folder, name)
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {
      // not in this folder: the next one may have it
    }
  }
  return null
}

/** Why tests with a real sshd cannot run here; null when they can. */
export const sshdMissing: string | null =
  process.platform !== 'linux'
    ? 'sshd is started on Linux only'
    : sshProgram('sshd') === null || sshProgram('ssh-agent') === null || sshProgram('ssh-add') === null
      ? 'no sshd or ssh-agent here'
      : null
