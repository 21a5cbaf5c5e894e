import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import type { CsvInput } from './csv-job.ts'
import { CsvProblem } from './csv-problem.ts'

/** Bytes at a time. */
const chunkBytes = 256 * 1024

/** The text of an import as UTF-8, in chunks, and how many bytes there were to read in all. */
export interface CsvSource {
  readonly bytes: number
  /** Each chunk with how many bytes of the input are read by now. Throws a CsvProblem for what is no text. */
  chunks(): AsyncGenerator<{ readonly chunk: Buffer; readonly read: number }>
}

/** Opens what a job wants to import. Throws a CsvProblem for a missing file, a folder, or an encoding nobody knows. */
export async function openSource(input: CsvInput, encoding: string | null): Promise<CsvSource> {
  if ('text' in input) {
    const bytes = Buffer.from(input.text, input.encoding)
    const label = encoding ?? markOf(bytes)
    return { bytes: bytes.length, chunks: () => decoded(pieces(bytes), label) }
  }
  const { file } = input
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    throw problemOf(error, file)
  })
  try {
    const found = await handle.stat()
    if (found.isDirectory()) throw new CsvProblem(`${file} is a folder.`)
    if (!found.isFile()) throw new CsvProblem(`${file} is no file.`) // a pipe or a device may never end
    const head = Buffer.alloc(4)
    const { bytesRead } = await handle.read(head, 0, 4, 0)
    const label = encoding ?? markOf(head.subarray(0, bytesRead))
    decoderOf(label)
    return { bytes: found.size, chunks: () => decoded(createReadStream(file, { highWaterMark: chunkBytes }), label) }
  } finally {
    await handle.close()
  }
}

/** What a file system's error means for an import; others (a disk that fails) are worth another try. */
export function problemOf(error: NodeJS.ErrnoException, file: string): Error {
  if (error.code === 'ENOENT') return new CsvProblem(`There is no file ${file} on this computer.`)
  if (error.code === 'EACCES' || error.code === 'EPERM')
    return new CsvProblem(`This computer does not let us use ${file}.`)
  if (error.code === 'EISDIR') return new CsvProblem(`${file} is a folder.`)
  if (error.code === 'ENOTDIR') return new CsvProblem(`${file} leads through something that is no folder.`)
  if (error.code === 'ENOSPC') return new Error(`There is no room left on the disk for ${file}.`)
  return error
}

function* pieces(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes)
}

/** The encoding that a byte order mark tells; UTF-8 without one. */
function markOf(head: Buffer): string {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le'
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be'
  return 'utf-8'
}

function decoderOf(label: string): TextDecoder {
  try {
    return new TextDecoder(label, { fatal: true })
  } catch {
    throw new CsvProblem(`Nobody knows the encoding ${label}.`)
  }
}

async function* decoded(chunks: AsyncIterable<Buffer> | Iterable<Buffer>, label: string) {
  const decoder = decoderOf(label)
  let read = 0
  const textOf = (bytes: Buffer | null) => {
    try {
      return bytes === null ? decoder.decode() : decoder.decode(bytes, { stream: true })
    } catch {
      throw new CsvProblem(
        `This is no text in ${decoder.encoding}: say its encoding in the job (windows-1252, utf-16le, ...).`,
      )
    }
  }
  for await (const bytes of chunks) {
    const text = textOf(bytes)
    read += bytes.length
    if (text.includes('\0')) throw new CsvProblem('This is binary data, not text.')
    if (text !== '') yield { chunk: Buffer.from(text), read }
  }
  const last = textOf(null)
  if (last !== '') yield { chunk: Buffer.from(last), read }
}
