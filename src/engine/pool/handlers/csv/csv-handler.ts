import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import type { HandledContext, HandledJob } from '../../../processes/runner/target.ts'
import { columnsOf, type FileColumns } from './columns-of.ts'
import { type CsvJob, readCsvJob } from './csv-job.ts'
import { CsvProblem } from './csv-problem.ts'
import { openSource } from './csv-source.ts'
import { ErrorReport } from './error-report.ts'
import { PartFile } from './part-file.ts'
import { RowCheck } from './row-check.ts'
import { RowParser } from './row-parser.ts'
import { sniff } from './sniff.ts'

/** What an import came to. */
export interface CsvResult {
  /** Rows after the header, empty lines aside: those that were imported, and the bad ones. */
  readonly rows: number
  readonly imported: number
  readonly bad: number
  /** The CSV file of the bad rows; null where there are none. */
  readonly report: string | null
  /** The NDJSON file of the others; null where they were only tested. */
  readonly output: string | null
  readonly columns: readonly string[]
  readonly bytes: number
  readonly ms: number
}

const progressEveryMs = 200
const mostRowBytes = 1024 * 1024

/**
 * Imports a CSV file: tests each row, writes the good ones as NDJSON and the bad ones, with line and reason, into a
 * report. Both files appear when the import is complete; a try that ends before leaves nothing behind, so that it can
 * run again. Memory does not grow with the file. Loaded by a handler process, like a handler of the operator's.
 */
export async function handle(job: HandledJob, context: HandledContext): Promise<CsvResult> {
  const began = performance.now()
  const wanted = readCsvJob(job.data, job.id)
  const source = await openSource(wanted.input, wanted.encoding)
  const id = randomUUID().slice(0, 8)
  const output = wanted.validateOnly ? null : new PartFile(wanted.target, id)
  const report = new ErrorReport(new PartFile(wanted.report, id))
  const rows = new Import(wanted, output, report)
  let toldAt = 0

  const tell = (read: number) => {
    const percent = source.bytes === 0 ? 100 : Math.min(100, (100 * read) / source.bytes)
    context.progress({ percent, done: rows.imported + report.count, failed: report.count })
  }
  try {
    for await (const { chunk, read } of source.chunks()) {
      context.signal.throwIfAborted()
      await rows.take(chunk)
      await Promise.all([output?.flush(), report.flush()])
      if (performance.now() - toldAt < progressEveryMs) continue
      toldAt = performance.now()
      tell(read)
    }
    await rows.end()
    context.signal.throwIfAborted()
    await output?.keep()
    if (report.count > 0) await report.keep()
    else await rm(wanted.report, { force: true }) // of an import before this one
  } catch (error) {
    rows.destroy()
    await Promise.all([output?.discard(), report.discard()])
    throw error
  }
  tell(source.bytes)
  const { imported } = rows
  context.log(
    `${imported} rows ${output === null ? 'are well' : `written to ${wanted.target}`}, ${report.count} bad${report.count > 0 ? `: see ${wanted.report}` : ''}`,
  )
  return {
    rows: imported + report.count,
    imported,
    bad: report.count,
    report: report.count > 0 ? wanted.report : null,
    output: output === null ? null : wanted.target,
    columns: rows.columns,
    bytes: source.bytes,
    ms: Math.round(performance.now() - began),
  }
}

/** The rows of one file on their way from its bytes to the two files. */
class Import {
  imported = 0
  #parser: RowParser | null = null
  #columns: FileColumns | null = null
  #check: RowCheck | null = null
  #head: Buffer = Buffer.alloc(0)

  constructor(
    private readonly job: CsvJob,
    private readonly output: PartFile | null,
    private readonly report: ErrorReport,
  ) {}

  get columns(): readonly string[] {
    return this.#columns?.columns.map(({ name }) => name) ?? []
  }

  async take(chunk: Buffer): Promise<void> {
    if (this.#parser !== null) return this.#parser.write(chunk)
    // How the file is written shows in its first line, which may be longer than a chunk.
    this.#head = Buffer.concat([this.#head, chunk])
    if (!this.#head.includes(10) && this.#head.length < mostRowBytes) return
    await this.#begin()
  }

  async end(): Promise<void> {
    if (this.#parser === null) await this.#begin()
    await this.#parser?.end()
    if (this.#columns === null) throw new CsvProblem('There is not a single row.')
  }

  destroy(): void {
    this.#parser?.destroy()
  }

  async #begin(): Promise<void> {
    const { delimiter, newline } = sniff(this.#head, this.job.quote)
    this.#parser = new RowParser({
      delimiter: this.job.delimiter ?? delimiter,
      quote: this.job.quote,
      newline,
      mostBytes: mostRowBytes,
      onRow: (row, line) => this.#row(row, line),
      onBroken: (line, reason, text) => {
        if (this.#columns === null) throw new CsvProblem(`The first row cannot be read. ${reason}`)
        this.report.add(line, reason, text)
      },
    })
    const head = this.#head
    this.#head = Buffer.alloc(0)
    await this.#parser.write(head)
  }

  #row(row: string[], line: number): void {
    if (this.#check === null) {
      this.#columns = columnsOf(row, this.job)
      this.#check = new RowCheck(row.length, this.#columns.columns, this.job.required, this.job.types)
      if (this.job.hasHeader) return
    }
    const checked = this.#check.check(row)
    if ('reason' in checked) {
      this.report.add(line, checked.reason, row.join(' | '))
      return
    }
    this.imported++
    this.output?.add(checked.line)
  }
}
