import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { SluiceError } from '../../domain/errors.ts'
import { parseJson } from '../parse-json.ts'
import { diskError, syncFolder } from '../profiles/atomic-file.ts'

/**
 * A file of frames, each encrypted with AES-256-GCM:
 *
 *   "SLUICE1\n"  length of the head (4 bytes)  head (JSON: salt, and what the file is about)
 *   frame ...    length (4 bytes)  encrypted bytes  tag (16 bytes)
 *   last frame   the same, its text is the number of frames before it
 *
 * The key of a file is made of the given key and the salt, so that no two files share one; the nonce is the number of the
 * frame. What is authenticated with each frame is the head and whether it is the last. So a bit that changed shows, and
 * so do frames that were swapped, left out or taken from another file, a head that is not theirs, and an end cut off.
 */
const magic = Buffer.from('SLUICE1\n')
const tagBytes = 16
const nonceBytes = 12
const mostHeadBytes = 65_536

/** A file that is being written; it has its name when it is finished. */
export interface SealedFile {
  /** Adds a frame. Throws DISK_FAILED. */
  write(frame: Buffer): Promise<void>
  /** Waits until the disk has all of it; it has another name until `keep`. Throws DISK_FAILED. */
  finish(): Promise<void>
  /** Gives it its name, for good. Throws DISK_FAILED. */
  keep(): Promise<void>
  /** Removes it. */
  discard(): Promise<void>
  /** Where it is until `keep`. */
  readonly part: string
}

/** Begins a file in place of what is there by that name. `about` can be read without the key. Throws DISK_FAILED. */
export async function createSealedFile(path: string, key: Buffer, about: object): Promise<SealedFile> {
  const part = `${path}.part`
  const salt = randomBytes(32)
  const head = Buffer.from(JSON.stringify({ ...about, salt: salt.toString('hex') }))
  const seal = sealer(key, salt, head)
  let frames = 0
  const file = await onDisk('written', part, async () => {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await rm(part, { force: true })
    const opened = await open(part, 'wx', 0o600)
    await opened.appendFile(Buffer.concat([magic, lengthOf(head), head]))
    return opened
  })
  const write = (frame: Buffer, last: boolean) =>
    onDisk('written', part, async () => {
      const sealed = seal(frame, frames++, last)
      await file.appendFile(Buffer.concat([lengthOf(sealed), sealed]))
    })

  return {
    part,
    write: (frame) => write(frame, false),
    async finish() {
      await write(Buffer.from(String(frames)), true)
      await onDisk('written', part, async () => {
        await file.sync()
        await file.close()
      })
    },
    keep: () =>
      onDisk('written', path, async () => {
        await rename(part, path)
        await syncFolder(dirname(path))
      }),
    async discard() {
      await file.close().catch(() => {})
      await rm(part, { force: true }).catch(() => {})
    },
  }
}

/** What a file says it is about, unverified; undefined when it cannot be read. */
export async function aboutSealedFile(path: string): Promise<unknown> {
  try {
    const file = await open(path, 'r')
    const head = await headOf(file, path).finally(() => file.close())
    return parseJson(head.toString())
  } catch {
    return undefined
  }
}

/**
 * The frames of a file, in order, each as soon as it is known to be whole; what the file is about comes first. Throws
 * NOT_FOUND, and DISK_FAILED for a file that is not exactly as it was written, or was written with another key.
 */
export async function* openSealedFile(path: string, key: Buffer): AsyncGenerator<Buffer, void, void> {
  const file = await onDisk('read', path, () => open(path, 'r'))
  try {
    const { size } = await file.stat()
    const head = await headOf(file, path)
    const { salt } = parseJson(head.toString()) as { salt?: unknown }
    if (typeof salt !== 'string') throw damaged(path)
    const unseal = unsealer(key, Buffer.from(salt, 'hex'), head)
    yield head
    let at = magic.length + 4 + head.length
    for (let frames = 0; ; frames++) {
      const length = (await bytesOf(file, path, 4, at)).readUInt32BE()
      if (length < tagBytes || at + 4 + length > size) throw damaged(path)
      const sealed = await bytesOf(file, path, length, at + 4)
      at += 4 + length
      const isLast = at === size
      const frame = unseal(sealed, frames, isLast)
      if (frame === null) throw damaged(path)
      if (!isLast) yield frame
      else if (frame.toString() === String(frames)) return
      else throw damaged(path)
    }
  } finally {
    await file.close()
  }
}

function lengthOf(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return length
}

/** The cipher of a file: one call for each frame. */
function sealer(key: Buffer, salt: Buffer, head: Buffer) {
  const secret = fileKey(key, salt)
  return (frame: Buffer, number: number, last: boolean): Buffer => {
    const cipher = createCipheriv('aes-256-gcm', secret, nonceOf(number))
    cipher.setAAD(boundTo(head, last))
    return Buffer.concat([cipher.update(frame), cipher.final(), cipher.getAuthTag()])
  }
}

/** Its way back: null for a frame that is not what was sealed with that number. */
function unsealer(key: Buffer, salt: Buffer, head: Buffer) {
  const secret = fileKey(key, salt)
  return (sealed: Buffer, number: number, last: boolean): Buffer | null => {
    const decipher = createDecipheriv('aes-256-gcm', secret, nonceOf(number), { authTagLength: tagBytes })
    decipher.setAAD(boundTo(head, last))
    decipher.setAuthTag(sealed.subarray(-tagBytes))
    try {
      return Buffer.concat([decipher.update(sealed.subarray(0, -tagBytes)), decipher.final()])
    } catch {
      return null
    }
  }
}

const fileKey = (key: Buffer, salt: Buffer) => Buffer.from(hkdfSync('sha256', key, salt, 'sluice trash file', 32))

function nonceOf(number: number): Buffer {
  const nonce = Buffer.alloc(nonceBytes)
  nonce.writeBigUInt64BE(BigInt(number), nonceBytes - 8)
  return nonce
}

const boundTo = (head: Buffer, last: boolean) =>
  Buffer.concat([createHash('sha256').update(head).digest(), Buffer.from([last ? 1 : 0])])

async function headOf(file: FileHandle, path: string): Promise<Buffer> {
  const start = await bytesOf(file, path, magic.length + 4, 0)
  const length = start.readUInt32BE(magic.length)
  if (!start.subarray(0, magic.length).equals(magic) || length > mostHeadBytes) throw damaged(path)
  const head = await bytesOf(file, path, length, magic.length + 4)
  if (parseJson(head.toString()) === undefined) throw damaged(path)
  return head
}

async function bytesOf(file: FileHandle, path: string, length: number, at: number): Promise<Buffer> {
  return onDisk('read', path, async () => {
    const buffer = Buffer.alloc(length)
    for (let done = 0; done < length; ) {
      const { bytesRead } = await file.read(buffer, done, length - done, at + done)
      if (bytesRead === 0) throw damaged(path)
      done += bytesRead
    }
    return buffer
  })
}

function damaged(path: string): SluiceError {
  return new SluiceError(
    'DISK_FAILED',
    `${path} is not as it was written (or its key is another one), so nothing of it is used.`,
  )
}

async function onDisk<T>(verb: 'read' | 'written', path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof SluiceError) throw error
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && verb === 'read') {
      throw new SluiceError('NOT_FOUND', `${path} is no longer there.`)
    }
    throw diskError(verb, path, error)
  }
}
