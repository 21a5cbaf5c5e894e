import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomic } from '../profiles/atomic-file.ts'

/** Where the private server listens on loopback, and what it asks for. */
export interface ServerAccess {
  readonly port: number
  readonly password: string
}

/** Files in the server's folder: where it tells what it does, and the number of its process. */
export const logFileName = 'redis.log'
export const pidFileName = 'redis.pid'

/**
 * Writes the server's configuration and resolves to its path: loopback only, behind a password, every write on disk
 * within a second, and never a job thrown out to make room. The password stands in this file, which only this user can
 * read, because everybody can read the arguments of a process.
 */
export async function writeConfig(folder: string, { port, password }: ServerAccess): Promise<string> {
  const path = configPath(folder)
  const lines = [
    '# Written by Sluice at every start; changes are lost.',
    'bind 127.0.0.1',
    `port ${port}`,
    'protected-mode yes',
    `requirepass ${quoted(password)}`,
    'daemonize no',
    `dir ${quoted(folder)}`,
    `pidfile ${quoted(join(folder, pidFileName))}`,
    `logfile ${quoted(join(folder, logFileName))}`,
    'appendonly yes',
    'appendfsync everysec',
    'save ""',
    'maxmemory-policy noeviction',
    'notify-keyspace-events ""',
  ]
  await writeFileAtomic(path, `${lines.join('\n')}\n`)
  return path
}

/** How to reach the server that was last started on a folder; null when it ended as it should. */
export async function readConfig(folder: string): Promise<ServerAccess | null> {
  const text = await readFile(configPath(folder), 'utf8').catch(() => '')
  const port = Number(/^port (\d+)$/m.exec(text)?.[1])
  const password = /^requirepass "(.*)"$/m.exec(text)?.[1]
  return port && password ? { port, password } : null
}

/** Forgets how to reach the server, once it has ended. */
export async function removeConfig(folder: string): Promise<void> {
  await rm(configPath(folder), { force: true })
}

const configPath = (folder: string) => join(folder, 'redis.conf')

/** A value for redis.conf, where a backslash escapes within double quotes. */
function quoted(value: string): string {
  const escapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }
  return `"${value.replace(/["\\]/g, '\\$&').replace(/[\n\r\t]/g, (each) => escapes[each] ?? '')}"`
}
