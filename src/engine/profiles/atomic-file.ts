import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { SluiceError } from '../../domain/errors.ts'

/**
 * Writes a whole file so that a reader, a crash or a power cut sees the old contents or the new, never a part: a new
 * file beside it, flushed to disk, takes its name. Readable by this user alone (0600, its folder 0700). Throws
 * DISK_FAILED and leaves the old file as it was.
 */
export async function writeFileAtomic(path: string, contents: string | Buffer): Promise<void> {
  const folder = dirname(path)
  const fresh = `${path}.${randomUUID()}.new`
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const file = await open(fresh, 'wx', 0o600)
    try {
      await file.writeFile(contents)
      await file.sync()
    } finally {
      await file.close()
    }
    await replace(fresh, path)
    await syncFolder(folder)
  } catch (error) {
    await rm(fresh, { force: true }).catch(() => {})
    throw diskError('written', path, error)
  }
}

/** Removes a file so that it stays away; nothing happens where it is gone already. Throws DISK_FAILED. */
export async function removeFile(path: string): Promise<void> {
  try {
    await rm(path, { force: true })
    await syncFolder(dirname(path))
  } catch (error) {
    throw diskError('removed', path, error)
  }
}

/** Removes what a process that was killed left of `writeFileAtomic`: to be called before anyone writes that file. */
export async function removeUnfinished(path: string): Promise<void> {
  const [folder, start] = [dirname(path), `${basename(path)}.`]
  const names = await readdir(folder).catch(() => [])
  const unfinished = names.filter(
    (name) => name.startsWith(start) && /^[\da-f-]{36}\.new$/.test(name.slice(start.length)),
  )
  await Promise.all(unfinished.map((name) => rm(join(folder, name), { force: true }).catch(() => {})))
}

/** What went wrong with a file, as a DISK_FAILED with a sentence. */
export function diskError(verb: 'read' | 'written' | 'removed', path: string, error: unknown): SluiceError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return new SluiceError('DISK_FAILED', `${path} could not be ${verb}: ${reasons[code] ?? (code || 'unknown reason')}.`)
}

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the disk is read-only',
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'there is a folder of that name',
}

/** On Windows a virus scanner that looks at the old file makes the renaming fail for a moment. */
async function replace(fresh: string, path: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await rename(fresh, path)
    } catch (error) {
      const busy =
        error instanceof Error && 'code' in error && ['EPERM', 'EACCES', 'EBUSY'].includes(String(error.code))
      if (process.platform !== 'win32' || !busy || attempt === 10) throw error
      await pause(20 * attempt)
    }
  }
}

/** Makes the new name of a file last. Windows has no such call, and some network disks refuse it: the file itself is safe then. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  await handle.sync().catch(() => {})
  await handle.close()
}
