import type { FileHandle } from 'node:fs/promises'

export type RowFormat = 'ndjson' | 'csv'

/** A row of a file: where it stands, in bytes, and on which line (from 1) it begins. */
export interface Row {
  readonly line: number
  readonly start: number
  readonly end: number
}

const block = 65_536
const newline = 0x0a
const quote = 0x22

/** Where the rows of a file are, in one pass and constant memory; a quoted cell of CSV may hold ends of lines. */
export async function* rowsOf(file: FileHandle, format: RowFormat): AsyncGenerator<Row, void, void> {
  const buffer = Buffer.alloc(block)
  let at = 0
  let start = 0
  let line = 1
  let firstLine = 1
  let quoted = false
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, block, at)
    if (bytesRead === 0) break
    for (let i = 0; i < bytesRead; i++) {
      const byte = buffer[i]
      if (byte === quote && format === 'csv') quoted = !quoted // a doubled one is left and entered again
      if (byte !== newline) continue
      line++
      if (quoted) continue
      yield { line: firstLine, start, end: at + i }
      start = at + i + 1
      firstLine = line
    }
    at += bytesRead
  }
  if (at > start) yield { line: firstLine, start, end: at }
}

/** The bytes of a row. */
export async function readRow(file: FileHandle, { start, end }: Pick<Row, 'start' | 'end'>): Promise<Buffer> {
  const bytes = Buffer.alloc(end - start)
  let done = 0
  while (done < bytes.length) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, start + done)
    if (bytesRead === 0) break
    done += bytesRead
  }
  return bytes.subarray(0, done)
}

/** The cells of a row of CSV (RFC 4180). */
export function cellsOf(row: string): string[] {
  const cells: string[] = []
  const text = row.endsWith('\r') ? row.slice(0, -1) : row
  let at = 0
  for (;;) {
    if (text[at] === '"') {
      let cell = ''
      let from = at + 1
      for (;;) {
        const end = text.indexOf('"', from)
        if (end < 0) {
          cells.push(cell + text.slice(from)) // not closed: the rest is the cell
          return cells
        }
        cell += text.slice(from, end)
        if (text[end + 1] !== '"') {
          at = end + 1
          break
        }
        cell += '"'
        from = end + 2
      }
      const comma = text.indexOf(',', at)
      cells.push(cell + text.slice(at, comma < 0 ? text.length : comma))
      if (comma < 0) return cells
      at = comma + 1
      continue
    }
    const comma = text.indexOf(',', at)
    cells.push(text.slice(at, comma < 0 ? text.length : comma))
    if (comma < 0) return cells
    at = comma + 1
  }
}
