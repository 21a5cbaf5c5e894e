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
  /** Appends a line and waits until the disk has it; throws DISK_FAILED. */
  append(line: Line): Promise<void>
  close(): Promise<void>
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
  for (const [i, line] of text.split('\n').entries()) {
    if (line === '') continue
    const chained = opened(hashes.at(-1) ?? chainStart, line)
    const told = lineSchema.safeParse(parseJson(line))
    if (chained === null || !told.success) damage.push(`Line ${i + 1} of the journal of ${name} cannot be read.`)
    else if (!chained.follows) {
      damage.push(`Line ${i + 1} of the journal of ${name} was changed, or lines before it were taken out or added.`)
    }
    if (chained !== null) hashes.push(chained.hash)
    if (told.success) lines.push(told.data)
  }
  return { lines, damage, hashes }
}
