import { accessSync, constants } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'

const names =
  process.platform === 'win32' ? ['redis-server.exe', 'valkey-server.exe'] : ['redis-server', 'valkey-server']

/** The folder in which set-up keeps what it fetched, shared by all checkouts of one user. */
export function cacheFolder(): string {
  if (process.env.SLUICE_CACHE) return process.env.SLUICE_CACHE
  if (process.platform === 'win32') return join(process.env.LOCALAPPDATA ?? homedir(), 'sluice', 'cache')
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'sluice')
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sluice')
}

/** Path of a redis-server or valkey-server: from the PATH, else what set-up unpacked into the cache; null when there is none. */
export function findServer(): string | null {
  const folders = [...(process.env.PATH ?? '').split(delimiter), join(cacheFolder(), 'redis', 'usr', 'bin')]
  for (const folder of folders) {
    for (const name of names) {
      const path = join(folder, name)
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
