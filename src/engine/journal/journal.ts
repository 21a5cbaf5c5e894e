import { randomUUID } from 'node:crypto'
import { type FileHandle, mkdir, open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { SluiceError } from '../../domain/errors.ts'
import type { JournalEntry } from '../../domain/operation.ts'
import { type Begun, type Ended, type JournalRecord, type Line, lineSchema, trashTtlMs } from './journal-line.ts'
import { sentenceOf, undoOf } from './sentence.ts'

/** See journal-line.ts for the file. */
export interface Journal {
  /** Writes the intention down and returns its id; throws DISK_FAILED when the file cannot be written: then nothing may be done. */
  begin(what: Omit<Begun, 'type' | 'id' | 'at'>): Promise<string>
  end(id: string, outcome: { done: number; missing: number; refused: number; error: string | null }): Promise<void>
  undone(id: string): Promise<void>
  record(id: string): JournalRecord | null
  /** Newest first. */
  list(limit: number): JournalEntry[]
  /** A sentence for each line of the file that could not be read. */
  damage(): string[]
  close(): Promise<void>
}

/** Opens the journal in `file`, making it when it is not there. Lines that cannot be read are kept and told, never dropped. */
export async function openJournal(file: string): Promise<Journal> {
  await mkdir(dirname(file), { recursive: true })
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw new SluiceError('DISK_FAILED', `The journal cannot be read: ${error.message}`)
  })
  const records = new Map<string, { begun: Begun; ended: Ended | null; undoneAt: number | null }>()
  const damage: string[] = []
  for (const [i, line] of text.split('\n').entries()) {
    if (line === '') continue
    const parsed = parseLine(line)
    if (parsed === null) damage.push(`Line ${i + 1} of the journal cannot be read.`)
    else apply(parsed)
  }
  const handle: FileHandle = await open(file, 'a', 0o600)
  let writing: Promise<unknown> = Promise.resolve()
  // A line that a crash tore must not take the next one with it.
  let torn = text !== '' && !text.endsWith('\n')

  function apply(line: Line): void {
    if (line.type === 'begin') records.set(line.id, { begun: line, ended: null, undoneAt: null })
    const record = records.get(line.id)
    if (record === undefined) return
    if (line.type === 'end') record.ended = line
    if (line.type === 'undone') record.undoneAt = line.at
  }

  async function append(line: Line): Promise<void> {
    const before = writing
    const mine = before.then(async () => {
      try {
        await handle.appendFile(`${torn ? '\n' : ''}${JSON.stringify(line)}\n`)
        torn = false
        await handle.sync()
      } catch (error) {
        torn = true // a full disk may have taken half of the line
        throw new SluiceError('DISK_FAILED', `The journal cannot be written: ${(error as Error).message}`)
      }
      apply(line)
    })
    writing = mine.catch(() => {})
    await mine
  }

  return {
    async begin(what) {
      const id = randomUUID()
      await append({ type: 'begin', id, at: Date.now(), ...what })
      return id
    },
    end: (id, outcome) => append({ type: 'end', id, ...outcome }),
    undone: (id) => append({ type: 'undone', id, at: Date.now() }),
    record: (id) => records.get(id) ?? null,
    list(limit) {
      return [...records.values()].slice(-limit).reverse().map(entryOf)
    },
    damage: () => [...damage],
    async close() {
      await writing
      await handle.close()
    },
  }
}

function parseLine(line: string): Line | null {
  try {
    return lineSchema.parse(JSON.parse(line))
  } catch {
    return null // told as damage
  }
}

function entryOf(record: JournalRecord): JournalEntry {
  const { begun, ended, undoneAt } = record
  return {
    id: begun.id,
    at: begun.at,
    connectionId: begun.connectionId,
    profileName: begun.profileName,
    environment: begun.environment,
    action: begun.action,
    queue: begun.queue,
    summary: sentenceOf(begun, ended),
    done: ended?.done ?? 0,
    missing: ended?.missing ?? 0,
    refused: ended?.refused ?? 0,
    undo: undoOf(record, Date.now()),
    undoneAt,
    expiresAt: begun.trash === null ? null : begun.at + trashTtlMs,
  }
}
