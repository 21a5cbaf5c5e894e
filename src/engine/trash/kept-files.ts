import { createHash } from 'node:crypto'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { SluiceError } from '../../domain/errors.ts'
import { diskError } from '../profiles/atomic-file.ts'
import { decodeParts, framesOf, type KeyPart } from './key-parts.ts'
import { aboutSealedFile, createSealedFile, openSealedFile } from './sealed-file.ts'

/** What a file says of itself. */
const aboutSchema = z.object({ entry: z.string(), connectionId: z.string(), expiresAt: z.number() })
export type KeptAbout = z.infer<typeof aboutSchema>

/** The trash entries that are kept in files of a folder, by the id of their journal entries. */
export interface KeptFiles {
  /** What each file says it is; not verified. */
  list(): Promise<KeptAbout[]>
  /** Bytes of a file; null when there is none. */
  size(entry: string): Promise<number | null>
  /**
   * Writes parts to a file, reads it back and compares; the file is there for good when it resolves, and not at all when
   * it rejects. `sure` is asked just before: it throws when the parts are not what they should be. Throws DISK_FAILED.
   */
  write(about: KeptAbout, key: Buffer, parts: AsyncIterable<KeyPart>, sure: () => Promise<void>): Promise<void>
  /** The parts of a file. Throws NOT_FOUND, and DISK_FAILED where it is not as it was written. */
  read(entry: string, key: Buffer): AsyncGenerator<KeyPart, void, void>
  /** Reads all of a file. Throws as `read`. */
  verify(entry: string, key: Buffer): Promise<void>
  remove(entry: string): Promise<void>
}

const extension = '.trash'

/** Opens a folder; what a crash left half-written is removed. */
export async function openKeptFiles(folder: string): Promise<KeptFiles> {
  const pathOf = (entry: string) => join(folder, `${encodeURIComponent(entry)}${extension}`)
  const names = async () => readdir(folder).catch(() => [])
  for (const name of await names()) {
    if (name.endsWith('.part')) await rm(join(folder, name), { force: true })
  }

  /** The frames of a file behind its head, which must be of this entry: a file may have been given another's name. */
  async function* framesIn(path: string, entry: string, key: Buffer): AsyncGenerator<Buffer, void, void> {
    let isHead = true
    for await (const frame of openSealedFile(path, key)) {
      if (!isHead) yield frame
      else if (aboutSchema.safeParse(JSON.parse(frame.toString())).data?.entry !== entry) {
        throw new SluiceError('DISK_FAILED', `${path} holds another entry of the trash than its name says.`)
      }
      isHead = false
    }
  }

  async function digestOf(frames: AsyncIterable<Buffer>): Promise<string> {
    const hash = createHash('sha256')
    for await (const frame of frames) hash.update(frame)
    return hash.digest('hex')
  }

  return {
    async list() {
      const found = (await names()).filter((name) => name.endsWith(extension))
      const abouts = await Promise.all(found.map((name) => aboutSealedFile(join(folder, name))))
      return abouts.flatMap((about) => aboutSchema.safeParse(about).data ?? [])
    },
    async size(entry) {
      return stat(pathOf(entry)).then(
        ({ size }) => size,
        () => null,
      )
    },
    async write(about, key, parts, sure) {
      const file = await createSealedFile(pathOf(about.entry), key, about)
      try {
        const hash = createHash('sha256')
        for await (const frame of framesOf(parts)) {
          hash.update(frame)
          await file.write(frame)
        }
        await file.finish()
        if ((await digestOf(framesIn(file.part, about.entry, key))) !== hash.digest('hex')) {
          throw new SluiceError('DISK_FAILED', `${file.part} does not hold what was written to it.`)
        }
        await sure()
        await file.keep()
      } catch (error) {
        await file.discard()
        throw error
      }
    },
    async *read(entry, key) {
      for await (const frame of framesIn(pathOf(entry), entry, key)) yield* decodeParts(frame)
    },
    async verify(entry, key) {
      for await (const _ of framesIn(pathOf(entry), entry, key)) {
        // all of it is checked on the way
      }
    },
    async remove(entry) {
      await rm(pathOf(entry), { force: true }).catch((error) => {
        throw diskError('written', pathOf(entry), error)
      })
    },
  }
}
