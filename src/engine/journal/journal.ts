import { randomUUID } from 'node:crypto'
import { mkdir, readdir } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { SluiceError } from '../../domain/errors.ts'
import type { JournalEntry } from '../../domain/operation.ts'
import { exportJournal } from './export-journal.ts'
import { type JournalFile, openJournalFile } from './journal-file.ts'
import { type Begun, type Ended, type JournalRecord, type Line, trashEndOf } from './journal-line.ts'
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
  /** An action that an earlier start of the app began is carried on. */
  goOn(id: string): void
  end(id: string, outcome: Omit<Ended, 'type' | 'id'>): Promise<void>
  undone(id: string): Promise<void>
  /** What an entry left in the trash is in a file of this computer from now on. */
  kept(id: string): Promise<void>
  /** It is in Redis again. */
  brought(id: string): Promise<void>
  /** The Undo of an entry was ended. */
  emptied(id: string): Promise<void>
  record(id: string): JournalRecord | null
  /** All of a profile that left something in the trash, oldest first. */
  withTrash(connectionId: string): JournalRecord[]
  /** Newest first. */
  list(limit: number, filter?: JournalFilter): JournalEntry[]
  /**
   * Writes all entries that a filter finds to a new file for the person: NDJSON, the lines as they stand in the journal,
   * so that somebody else can verify them, or CSV. Throws DISK_FAILED.
   */
  export(filter: JournalFilter, format: 'ndjson' | 'csv'): Promise<{ path: string; entries: number }>
  /** A sentence for each sign that the files are not as they were written. */
  damage(): string[]
  close(): Promise<void>
}

interface Kept extends JournalRecord {
  ended: Ended | null
  undoneAt: number | null
  keptAt: number | null
  emptiedAt: number | null
  underWay: boolean
  readonly file: JournalFile
}

const extension = '.ndjson'

/** Where exports go: see export-file.ts. */
export interface JournalOptions {
  readonly dataFolder?: string
  readonly downloads?: string
}

/** Opens the journals in a folder, making it when it is not there. Damage is told, and nothing dropped for it. */
export async function openJournal(folder: string, options: JournalOptions = {}): Promise<Journal> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const files = new Map<string, Promise<JournalFile>>()
  const damage: string[] = []
  const records = new Map<string, Kept>()
  const who = userInfo().username
  let closed = false

  function apply(file: JournalFile, line: Line): void {
    if (line.type === 'begin') {
      records.set(line.id, {
        begun: line,
        ended: null,
        undoneAt: null,
        keptAt: null,
        emptiedAt: null,
        underWay: false,
        file,
      })
    }
    const record = records.get(line.id)
    if (record === undefined) return
    if (line.type === 'end') {
      record.ended = line
      record.underWay = false
    }
    if (line.type === 'undone') record.undoneAt = line.at
    if (line.type === 'kept') record.keptAt = line.at
    if (line.type === 'brought') record.keptAt = null
    if (line.type === 'emptied') record.emptiedAt = line.at
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

  function known(id: string): Kept {
    const record = records.get(id)
    if (record === undefined) throw new Error(`The journal has no entry ${id}.`)
    return record
  }

  const mark = async (id: string, type: 'undone' | 'kept' | 'brought' | 'emptied') =>
    append(known(id).file, { type, id, at: Date.now() })

  function list(limit: number, { connectionId = null, search = '' }: JournalFilter = {}): JournalEntry[] {
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
      known(id).underWay = true
      return id
    },
    goOn(id) {
      const record = known(id)
      record.underWay = record.ended === null
    },
    end: async (id, outcome) => append(known(id).file, { type: 'end', id, ...outcome }),
    undone: (id) => mark(id, 'undone'),
    kept: (id) => mark(id, 'kept'),
    brought: (id) => mark(id, 'brought'),
    emptied: (id) => mark(id, 'emptied'),
    record: (id) => records.get(id) ?? null,
    withTrash: (connectionId) =>
      [...records.values()].filter(({ begun }) => begun.trash !== null && begun.connectionId === connectionId),
    list,
    async export(filter, format) {
      const sources = [...files].filter(([id]) => (filter.connectionId ?? id) === id)
      return exportJournal({
        format,
        entries: list(Number.POSITIVE_INFINITY, filter),
        whole: (filter.search ?? '') === '',
        files: await Promise.all(sources.map(async ([connectionId, file]) => ({ connectionId, file: await file }))),
        damage,
        dataFolder: options.dataFolder ?? dirname(folder),
        ...(options.downloads !== undefined && { downloads: options.downloads }),
      })
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
    summary: sentenceOf(record),
    before: begun.before,
    after: ended?.after ?? null,
    done: ended?.done ?? 0,
    missing: ended?.missing ?? 0,
    refused: ended?.refused ?? 0,
    undo: record.underWay ? 'It is under way: cancel it first.' : undoOf(record, Date.now()),
    undoneAt,
    expiresAt: trashEndOf(begun),
  }
}
