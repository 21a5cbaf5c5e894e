import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { diskError } from '../profiles/atomic-file.ts'

/** A file that is written for a person to take away. It has its name from the start, and its contents when it is whole. */
export interface ExportFile {
  /** Where it will be. */
  readonly path: string
  /** Bytes written so far. */
  readonly bytes: number
  /** Appends text or bytes. Throws DISK_FAILED: then `discard` it. */
  write(part: string | Buffer): Promise<void>
  /** Waits until the disk has all of it, and puts it in its place. Throws DISK_FAILED. */
  finish(): Promise<void>
  /** Leaves nothing behind. Does nothing after `finish`. */
  discard(): Promise<void>
}

export interface ExportQuestion {
  /** Where the `exports` folder is made when the person has no Downloads folder. */
  readonly dataFolder: string
  /** What it holds, "sluice-journal": the time is added, and a number where that name is taken. */
  readonly name: string
  readonly extension: string
  /** The Downloads folder. */
  readonly downloads?: string
}

/** Bytes that are written to the disk together. */
const blockBytes = 65_536

/** How many files of one second get a number of their own. */
const mostNumbers = 1000

/**
 * Begins a file in the Downloads folder, else in `exports` of the data folder: readable by this user alone, never over a
 * file that is there. Until it is finished its contents are in `<path>.part`. Throws DISK_FAILED.
 */
export async function createExportFile(question: ExportQuestion): Promise<ExportFile> {
  const { name, extension, dataFolder, downloads = join(homedir(), 'Downloads') } = question
  const time = new Date().toISOString().slice(0, 19).replace(/:/g, '-')
  const inDownloads = await reserve(downloads, `${name}-${time}`, extension).catch(() => null)
  const path = inDownloads ?? (await reserveIn(join(dataFolder, 'exports'), `${name}-${time}`, extension))
  const part = `${path}.part`
  let bytes = 0
  let waiting: Buffer[] = []
  let waitingBytes = 0
  let over = false
  let file: FileHandle
  try {
    file = await open(part, 'wx', 0o600)
  } catch (error) {
    await rm(path, { force: true }).catch(() => {})
    throw diskError('written', part, error)
  }

  async function flush(): Promise<void> {
    const block = Buffer.concat(waiting)
    waiting = []
    waitingBytes = 0
    await file.appendFile(block)
  }

  async function onDisk(work: () => Promise<unknown>): Promise<void> {
    try {
      await work()
    } catch (error) {
      throw diskError('written', path, error)
    }
  }

  return {
    path,
    get bytes() {
      return bytes
    },
    write: (data) =>
      onDisk(async () => {
        const buffer = typeof data === 'string' ? Buffer.from(data) : data
        waiting.push(buffer)
        waitingBytes += buffer.length
        bytes += buffer.length
        if (waitingBytes >= blockBytes) await flush()
      }),
    finish: () =>
      onDisk(async () => {
        await flush()
        await file.sync()
        await file.close()
        await rename(part, path) // over the empty file that holds the name
        over = true
      }),
    async discard() {
      if (over) return
      over = true
      await file.close().catch(() => {})
      await rm(part, { force: true }).catch(() => {})
      await rm(path, { force: true }).catch(() => {})
    },
  }
}

async function reserveIn(folder: string, name: string, extension: string): Promise<string> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    return await reserve(folder, name, extension)
  } catch (error) {
    throw diskError('written', join(folder, `${name}.${extension}`), error)
  }
}

/** Takes a name that is free, by making an empty file of it. Rejects when the folder is not there or may not be written. */
async function reserve(folder: string, name: string, extension: string): Promise<string> {
  if (!(await stat(folder)).isDirectory()) throw new Error(`${folder} is no folder`)
  for (let number = 1; ; number++) {
    const path = join(folder, `${name}${number === 1 ? '' : ` (${number})`}.${extension}`)
    try {
      const file = await open(path, 'wx', 0o600)
      await file.close()
      return path
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || number === mostNumbers) throw error
    }
  }
}
