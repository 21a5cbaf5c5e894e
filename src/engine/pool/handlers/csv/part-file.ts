import { createWriteStream, type WriteStream } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { problemOf } from './csv-source.ts'

/** Text is gathered up to so many characters before it goes to the disk. */
const gatherLength = 256 * 1024

/**
 * A file that appears under its name only when it is whole: until then it is `<name>.<id>.part`. It is made at its first
 * text. Errors of the disk reject `flush` and `keep`.
 */
export class PartFile {
  readonly #part: string
  #stream: WriteStream | null = null
  #failed: Error | null = null
  #text = ''

  constructor(
    readonly path: string,
    id: string,
  ) {
    this.#part = `${path}.${id}.part`
  }

  /** Gathers text; `flush` writes it. */
  add(text: string): void {
    this.#text += text
  }

  /** Writes what was gathered, when it is much; resolves when the disk has room for more. */
  async flush(all = false): Promise<void> {
    if (this.#failed) throw this.#failed
    if (this.#text.length < (all ? 1 : gatherLength)) return
    const stream = await this.#open()
    const text = this.#text
    this.#text = ''
    await new Promise<void>((resolve, reject) => {
      stream.write(text, (error) => (error ? reject(problemOf(error, this.path)) : resolve()))
    })
  }

  /** Gives it its name. An empty one is made too. */
  async keep(): Promise<void> {
    await this.flush(true)
    const stream = await this.#open()
    await new Promise<void>((resolve, reject) => {
      stream.once('error', (error) => reject(problemOf(error, this.path)))
      stream.end(resolve)
    })
    await rename(this.#part, this.path).catch((error: NodeJS.ErrnoException) => {
      throw problemOf(error, this.path)
    })
  }

  /** Leaves nothing behind. */
  async discard(): Promise<void> {
    const stream = this.#stream
    if (stream === null) return
    if (!stream.closed) {
      await new Promise<void>((resolve) => {
        stream.once('close', () => resolve())
        stream.destroy()
      })
    }
    await rm(this.#part, { force: true })
  }

  async #open(): Promise<WriteStream> {
    if (this.#stream !== null) return this.#stream
    await mkdir(dirname(this.path), { recursive: true }).catch((error: NodeJS.ErrnoException) => {
      throw problemOf(error, dirname(this.path))
    })
    const stream = createWriteStream(this.#part)
    stream.on('error', (error) => {
      this.#failed = problemOf(error, this.path)
    })
    this.#stream = stream
    return stream
  }
}
