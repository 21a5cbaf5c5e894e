import { type FileHandle, open, rm } from 'node:fs/promises'
import { SluiceError } from '../../domain/errors.ts'
import type { Reply } from '../../systems/handles.ts'
import { bytesOf, replyOf } from './reply-bytes.ts'

/**
 * The answers that the chunk in hand got so far, in a file, so that its step can be done again and gets the same ones: the
 * script that was in flight then is the first to be asked again. An answer is written before the next script is sent; the
 * last one is known by its receipt.
 */
export interface ReplayLog {
  /** Begins a chunk. What an earlier start of the app wrote down of this very chunk is replayed. */
  begin(chunk: number): Promise<void>
  /** Replays what the chunk in hand got so far. */
  rewind(): void
  /** The next answer of the try before; null when there is none. */
  next(): { readonly reply: Reply } | null
  push(reply: Reply): void
  /** Writes down what is not in the file yet. Throws DISK_FAILED. */
  flush(): Promise<void>
  close(discard: boolean): Promise<void>
}

/** From this size on the file begins anew with the next chunk. */
const largest = 8 * 1024 * 1024
const headLength = 8

/** Opens the log of a run, making it where it is not there. Throws DISK_FAILED. */
export async function openReplayLog(path: string): Promise<ReplayLog> {
  const file = await onDisk(() => open(path, 'a+', 0o600))
  const earlier = recordsIn(await onDisk(() => file.readFile()))
  let size = (await onDisk(() => file.stat())).size
  let chunk = -1
  let answers: Reply[] = []
  let at = 0
  let written = 0

  return {
    async begin(next) {
      chunk = next
      answers = earlier.filter((record) => record.chunk === next).map(({ bytes }) => replyOf(bytes))
      at = 0
      written = answers.length
      if (size > largest && written === 0) {
        await onDisk(() => file.truncate(0))
        size = 0
      }
    },
    rewind() {
      at = 0
    },
    next() {
      const reply = answers[at]
      if (reply === undefined) return null
      at++
      return { reply }
    },
    push(reply) {
      answers.push(reply)
      at = answers.length
    },
    async flush() {
      if (written === answers.length) return
      const bytes = Buffer.concat(answers.slice(written).flatMap((reply) => record(chunk, bytesOf(reply))))
      await onDisk(() => appendTo(file, bytes))
      written = answers.length
      size += bytes.length
    },
    async close(discard) {
      await file.close()
      if (discard) await rm(path, { force: true })
    },
  }
}

/** Forgets half a record that a full disk left behind: what follows it could not be read. */
async function appendTo(file: FileHandle, bytes: Buffer): Promise<void> {
  const { size } = await file.stat()
  try {
    await file.appendFile(bytes)
  } catch (error) {
    await file.truncate(size).catch(() => {})
    throw error
  }
}

function record(chunk: number, bytes: Buffer): Buffer[] {
  const head = Buffer.alloc(headLength)
  head.writeUInt32BE(bytes.length, 0)
  head.writeUInt32BE(chunk, 4)
  return [head, bytes]
}

/** What a file holds; a torn last record is left out: nothing was sent after it. */
function recordsIn(bytes: Buffer): { chunk: number; bytes: Buffer }[] {
  const records: { chunk: number; bytes: Buffer }[] = []
  for (let at = 0; at + headLength <= bytes.length; ) {
    const end = at + headLength + bytes.readUInt32BE(at)
    if (end > bytes.length) break
    records.push({ chunk: bytes.readUInt32BE(at + 4), bytes: bytes.subarray(at + headLength, end) })
    at = end
  }
  return records
}

async function onDisk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw new SluiceError('DISK_FAILED', `What an action did cannot be written down: ${(error as Error).message}`)
  }
}
