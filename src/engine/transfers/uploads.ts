import { randomUUID } from 'node:crypto'
import { type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { SluiceError } from '../../domain/errors.ts'
import { diskError } from '../profiles/atomic-file.ts'
import { oneAtATime } from '../profiles/one-at-a-time.ts'

/** Files of jobs that a person gave, piece by piece, until they are imported. */
export interface Uploads {
  /** Adds a piece; null begins a file. Throws NOT_FOUND, INVALID_INPUT when it becomes too large, DISK_FAILED. */
  add(id: string | null, text: string): Promise<{ id: string; bytes: number }>
  /** Opens a file to be read; whoever does closes it. Throws NOT_FOUND, DISK_FAILED. */
  open(id: string): Promise<FileHandle>
  remove(id: string): Promise<void>
}

/** More than this nobody imports through a window. */
const mostBytes = 4 * 1024 ** 3
/** A file that nobody imported goes after this time. */
const keptForMs = 30 * 24 * 60 * 60 * 1000

/** Keeps uploads in a folder, which is made when it is needed; old ones go now. */
export function openUploads(folder: string): Uploads {
  const inTurn = oneAtATime()
  /** The first half of a character whose other half comes with the next piece. */
  const halves = new Map<string, string>()
  const pathOf = (id: string) => join(folder, `${id}.upload`)
  void sweep(folder)

  async function known(id: string): Promise<string> {
    if (!/^[0-9a-f-]{36}$/.test(id)) throw new SluiceError('NOT_FOUND', 'There is no such file.')
    const path = pathOf(id)
    const found = await stat(path).catch(() => null)
    if (found === null) throw new SluiceError('NOT_FOUND', 'That file is gone: give it once more.')
    return path
  }

  return {
    add: (given, piece) =>
      inTurn(async () => {
        const id = given ?? randomUUID()
        const path = given === null ? pathOf(id) : await known(given)
        const whole = (halves.get(id) ?? '') + piece
        const last = whole.charCodeAt(whole.length - 1)
        const half = last >= 0xd800 && last <= 0xdbff ? whole.slice(-1) : ''
        try {
          await mkdir(folder, { recursive: true, mode: 0o700 })
          const file = await open(path, given === null ? 'ax' : 'a', 0o600)
          try {
            const bytes = Buffer.from(half === '' ? whole : whole.slice(0, -1))
            const { size } = await file.stat()
            if (size + bytes.length > mostBytes) throw new SluiceError('INVALID_INPUT', 'A file may have at most 4 GB.')
            await file.appendFile(bytes)
            halves.delete(id)
            if (half !== '') halves.set(id, half)
            return { id, bytes: size + bytes.length }
          } finally {
            await file.close()
          }
        } catch (error) {
          throw error instanceof SluiceError ? error : diskError('written', path, error)
        }
      }),
    async open(id) {
      const path = await known(id)
      try {
        return await open(path, 'r')
      } catch (error) {
        throw diskError('read', path, error)
      }
    },
    async remove(id) {
      halves.delete(id)
      await rm(pathOf(id), { force: true }).catch(() => {}) // it goes later then
    },
  }
}

async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name)
    const found = await stat(path).catch(() => null)
    if (found !== null && found.mtimeMs < Date.now() - keptForMs) await rm(path, { force: true }).catch(() => {})
  }
}
