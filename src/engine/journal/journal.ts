import { randomUUID } from 'node:crypto'
import { mkdir, readdir } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { SluiceError } from '../../domain/errors.ts'
import type { JournalEntry } from '../../domain/operation.ts'
import { type JournalFile, openJournalFile } from './journal-file.ts'
import { type Begun, type Ended, type JournalRecord, type Line, trashTtlMs } from './journal-line.ts'
import { sentenceOf, undoOf } from './sentence.ts'

/** Which entries are meant: of one profile, with a text in what they tell (any case). */
export interface JournalFilter {
  readonly connectionId?: string | null
  readonly search?: string
}

/** See journal-line.ts for the lines, chain.ts for how they hang together. One file for each profile. */
export interface Journal {
  /** Writes the intention down and returns its id; throws DISK_FAILED when the file cannot be written: then nothing may be done. */
  begin(what: Omit<Begun, 'type' | 'id' | 'at' | 'who'>): Promise<string>
  end(id: string, outcome: Omit<Ended, 'type' | 'id'>): Promise<void>
  undone(id: string): Promise<void>
  record(id: string): JournalRecord | null
  /** Newest first. */
  list(limit: number, filter?: JournalFilter): JournalEntry[]
  /** A sentence for each sign that the files are not as they were written. */
  damage(): string[]
  close(): Promise<void>
}

interface Kept extends JournalRecord {
  ended: Ended | null
  undoneAt: number | null
  readonly file: JournalFile
}

const extension = '.ndjson'

/** Opens the journals in a folder, making it when it is not there. Damage is told, and nothing dropped for it. */
export async function openJournal(folder: string): Promise<Journal> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const files = new Map<string, Promise<JournalFile>>()
  const damage: string[] = []
  const records = new Map<string, Kept>()
  const who = userInfo().username
  let closed = false

  function apply(file: JournalFile, line: Line): void {
    if (line.type === 'begin') records.set(line.id, { begun: line, ended: null, undoneAt: null, file })
    const record = records.get(line.id)
    if (record === undefined) return
    if (line.type === 'end') record.ended = line
    if (line.type === 'undone') record.undoneAt = line.at
  }

  /** The file of a profile; one that could not be opened is tried again the next time. */
  function fileOf(connectionId: string, name: string): Promise<JournalFile> {
    if (closed) return Promise.reject(new SluiceError('DISK_FAILED', 'The journal is closed.'))
    const known = files.get(connectionId)
    if (known !== undefined) return known
    const opening = openJournalFile(join(folder, encodeURIComponent(connectionId) + extension), name)
    files.set(connectionId, opening)
    opening.catch(() => files.delete(connectionId))
    return opening
  }

  async function append(file: JournalFile, line: Line): Promise<void> {
    await file.append(line)
    apply(file, line)
  }

  function kept(id: string): Kept {
    const record = records.get(id)
    if (record === undefined) throw new Error(`The journal has no entry ${id}.`)
    return record
  }

  for (const entry of (await readdir(folder)).filter((each) => each.endsWith(extension)).sort()) {
    const connectionId = decodeURIComponent(entry.slice(0, -extension.length))
    const file = await fileOf(connectionId, connectionId)
    for (const line of file.lines) apply(file, line)
    damage.push(...file.damage)
  }

  return {
    async begin(what) {
      const id = randomUUID()
      const file = await fileOf(what.connectionId, what.profileName)
      await append(file, { type: 'begin', id, at: Date.now(), who, ...what })
      return id
    },
    end: async (id, outcome) => append(kept(id).file, { type: 'end', id, ...outcome }),
    undone: async (id) => append(kept(id).file, { type: 'undone', id, at: Date.now() }),
    record: (id) => records.get(id) ?? null,
    list(limit, { connectionId = null, search = '' } = {}) {
      const wanted = search.toLowerCase()
      const entries: JournalEntry[] = []
      const newest = [...records.values()].sort((a, b) => a.begun.at - b.begun.at).reverse()
      for (const record of newest) {
        if (entries.length === limit) break
        if (connectionId !== null && record.begun.connectionId !== connectionId) continue
        const entry = entryOf(record)
        if (wanted === '' || textOf(entry).includes(wanted)) entries.push(entry)
      }
      return entries
    },
    damage: () => [...damage],
    async close() {
      closed = true
      for (const opening of files.values()) await (await opening).close()
    },
  }
}

const textOf = ({ summary, profileName, who, reason }: JournalEntry) =>
  [summary, profileName, who, reason ?? ''].join('\n').toLowerCase()

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
    who: begun.who,
    reason: begun.reason,
    summary: sentenceOf(begun, ended),
    before: begun.before,
    after: ended?.after ?? null,
    done: ended?.done ?? 0,
    missing: ended?.missing ?? 0,
    refused: ended?.refused ?? 0,
    undo: undoOf(record, Date.now()),
    undoneAt,
    expiresAt: begun.trash === null ? null : begun.at + trashTtlMs,
  }
}
