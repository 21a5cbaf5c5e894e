import { type FileHandle, open, readFile, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { SluiceError } from '../../domain/errors.ts'
import { parseJson } from '../parse-json.ts'
import { chainStart, opened, sealed } from './chain.ts'
import { type Line, lineSchema } from './journal-line.ts'

/** The journal of one profile. */
export interface JournalFile {
  /** What could be read, oldest first. */
  readonly lines: readonly Line[]
  /** A sentence for each sign that the file is not as it was written. Nothing is dropped for it. */
  readonly damage: readonly string[]
  /** All lines as they stand in the file now, oldest first. Throws DISK_FAILED. */
  stored(): AsyncGenerator<StoredLine, void, void>
  /** Appends a line and waits until the disk has it; throws DISK_FAILED. */
  append(line: Line): Promise<void>
  close(): Promise<void>
}

/** A line as it stands in the file: `before` is what its hash follows from, `hash` null where it carries none. */
export interface StoredLine {
  readonly text: string
  readonly before: string
  readonly hash: string | null
  /** What it says; null where that cannot be read. */
  readonly line: Line | null
}

/** How far the file went when it was last closed, kept beside it: lines cut off its end would not show in a chain. */
const headSchema = z.object({ hash: z.string(), lines: z.number() })

/** Opens a file of sealed lines (chain.ts), making it when it is not there. Throws DISK_FAILED when it cannot be read. */
export async function openJournalFile(file: string, name: string): Promise<JournalFile> {
  const text = await textOf(file)
  const { lines, damage, hashes } = read(text, name)
  const head = headSchema.safeParse(parseJson(await textOf(headOf(file))))
  if (head.success && head.data.lines > 0 && !hashes.includes(head.data.hash)) {
    damage.push(`The journal of ${name} is not the one that was closed last, or its end is gone.`)
  }
  const handle = await open(file, 'a', 0o600)
  let last = hashes.at(-1) ?? chainStart
  let count = hashes.length
  let writing: Promise<unknown> = Promise.resolve()
  // A line that a crash tore must not take the next one with it.
  let torn = text !== '' && !text.endsWith('\n')

  return {
    lines,
    damage,
    async *stored() {
      await writing
      for (const [, line] of storedIn(await textOf(file))) yield line
    },
    async append(line) {
      const mine = writing.then(async () => {
        const next = sealed(last, line)
        await write(handle, `${torn ? '\n' : ''}${next.line}\n`).catch((error) => {
          torn = true // a full disk may have taken half of the line
          throw error
        })
        torn = false
        last = next.hash
        count++
      })
      writing = mine.catch(() => {})
      await mine
    },
    async close() {
      await writing
      await handle.close()
      await writeFile(headOf(file), JSON.stringify({ hash: last, lines: count }), { mode: 0o600 }).catch(() => {}) // the file itself is whole
    },
  }
}

const headOf = (file: string) => `${file}.head`

async function write(handle: FileHandle, text: string): Promise<void> {
  try {
    await handle.appendFile(text)
    await handle.sync()
  } catch (error) {
    throw new SluiceError('DISK_FAILED', `The journal cannot be written: ${(error as Error).message}`)
  }
}

async function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw new SluiceError('DISK_FAILED', `The journal cannot be read: ${error.message}`)
  })
}

function read(text: string, name: string) {
  const lines: Line[] = []
  const damage: string[] = []
  const hashes: string[] = []
  for (const [i, stored] of storedIn(text)) {
    const { line, hash, before } = stored
    if (hash === null || line === null) damage.push(`Line ${i + 1} of the journal of ${name} cannot be read.`)
    else if (opened(before, stored.text)?.follows === false) {
      damage.push(`Line ${i + 1} of the journal of ${name} was changed, or lines before it were taken out or added.`)
    }
    if (hash !== null) hashes.push(hash)
    if (line !== null) lines.push(line)
  }
  return { lines, damage, hashes }
}

/** The lines of a file, with their numbers from 0. */
function* storedIn(text: string): Generator<[number, StoredLine], void, void> {
  let before = chainStart
  for (const [i, line] of text.split('\n').entries()) {
    if (line === '') continue
    const hash = opened(before, line)?.hash ?? null
    const told = lineSchema.safeParse(parseJson(line))
    yield [i, { text: line, before, hash, line: told.success ? told.data : null }]
    before = hash ?? before
  }
}
