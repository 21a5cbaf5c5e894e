import type { PartFile } from './part-file.ts'

/** Rows that the report lists; beyond them bad rows are only counted. */
const mostListed = 10_000
const longestRow = 500

/** The bad rows of an import as a CSV file for a person: line, reason and the beginning of the row. */
export class ErrorReport {
  count = 0

  constructor(private readonly file: PartFile) {}

  add(line: number, reason: string, row: string): void {
    if (this.count === 0) this.file.add('line,reason,row\n')
    this.count++
    if (this.count <= mostListed) this.file.add(`${line},${cell(reason)},${cell(row.slice(0, longestRow))}\n`)
  }

  flush(): Promise<void> {
    return this.file.flush()
  }

  async keep(): Promise<void> {
    if (this.count > mostListed)
      this.file.add(`,${cell(`${this.count - mostListed} more bad rows are not listed.`)},\n`)
    await this.file.keep()
  }

  discard(): Promise<void> {
    return this.file.discard()
  }
}

/** What a spreadsheet would run as a formula gets an apostrophe, since these rows come from anywhere. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
