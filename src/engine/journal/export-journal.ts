import { csvRow } from '../../domain/csv-cell.ts'
import type { JournalEntry } from '../../domain/operation.ts'
import { createExportFile, type ExportFile } from '../exports/export-file.ts'
import type { JournalFile } from './journal-file.ts'

export interface JournalExport {
  readonly format: 'ndjson' | 'csv'
  /** Newest first. */
  readonly entries: readonly JournalEntry[]
  /** Whether all of the files is meant: then lines that cannot be read are told too. */
  readonly whole: boolean
  readonly files: readonly { readonly connectionId: string; readonly file: JournalFile }[]
  /** What was found wrong with the files when they were opened. */
  readonly damage: readonly string[]
  readonly dataFolder: string
  readonly downloads?: string
}

/**
 * How somebody who has only the file can verify it; it stands in its first line. A gap is there where a filter left out
 * lines, so what was left out is known to be, and what is there is known to be as it was written.
 */
const howToVerify =
  'Keep a text "before". A line of type "journal" makes it empty, a line of type "gap" makes it the hash of that line. ' +
  'A line of type "unreadable" changes nothing. Each other line ends in ,"hash":"<hex>"}: put } in place of that end. ' +
  'Its hash is the SHA-256 of before, one line feed and the rest, all in UTF-8; it is "before" for the next line.'

/** Writes entries of the journal to a new file for the person. Throws DISK_FAILED, and leaves nothing then. */
export async function exportJournal(what: JournalExport): Promise<{ path: string; entries: number }> {
  const { format, entries, dataFolder, downloads } = what
  const file = await createExportFile({
    ...{ dataFolder, name: 'sluice-journal', extension: format },
    ...(downloads !== undefined && { downloads }),
  })
  try {
    if (format === 'csv') await writeRows(file, entries)
    else await writeLines(file, what)
    await file.finish()
  } catch (error) {
    await file.discard()
    throw error
  }
  return { path: file.path, entries: entries.length }
}

async function writeLines(to: ExportFile, { entries, files, whole, damage }: JournalExport): Promise<void> {
  const wanted = new Set(entries.map(({ id }) => id))
  const line = (object: object) => to.write(`${JSON.stringify(object)}\n`)
  await line({ type: 'export', at: Date.now(), entries: entries.length, verify: howToVerify, damage })
  for (const { connectionId, file } of files) {
    let before: string | null = null // until the first line of this file that is wanted
    let left = 0
    for await (const stored of file.stored()) {
      const isWanted = whole || (stored.line !== null && wanted.has(stored.line.id))
      if (!isWanted) {
        left++
        continue
      }
      if (before === null) {
        await line({ type: 'journal', connectionId })
        before = ''
      }
      if (stored.before !== before) await line({ type: 'gap', lines: left, hash: stored.before })
      left = 0
      before = stored.hash ?? stored.before
      if (stored.hash === null) await line({ type: 'unreadable', text: stored.text })
      else await to.write(`${stored.text}\n`)
    }
  }
}

const columns = [
  ...['id', 'at', 'who', 'profile', 'environment', 'action', 'system', 'queue', 'summary'],
  ...['done', 'missing', 'refused', 'before', 'after', 'reason', 'undone at'],
]

async function writeRows(to: ExportFile, entries: readonly JournalEntry[]): Promise<void> {
  await to.write(csvRow(columns))
  for (const entry of entries) {
    const { id, who, profileName, environment, action, queue, summary, reason } = entry
    await to.write(
      csvRow([
        ...[id, iso(entry.at), who, profileName, environment, action, queue?.system ?? null, queue?.name ?? null],
        ...[summary, entry.done, entry.missing, entry.refused, entry.before, entry.after, reason],
        iso(entry.undoneAt),
      ]),
    )
  }
}

const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString())
