import { type CsvError, type Parser, parse } from 'csv-parse'
import { CsvProblem } from './csv-problem.ts'

/** `both`: rows end in LF or CRLF, as in files that were put together. */
export type Newline = 'lf' | 'both' | 'cr'

const delimitersOf: Readonly<Record<Newline, string[]>> = { lf: ['\n'], both: ['\r\n', '\n'], cr: ['\r'] }
const byteOf = (newline: Newline) => (newline === 'cr' ? 13 : 10)

export interface RowParserOptions {
  readonly delimiter: string
  readonly quote: string
  /** What ends a row. Two ways at a time halve the speed. */
  readonly newline: Newline
  /** What a row may take, in bytes. */
  readonly mostBytes: number
  /** A row and the line on which it begins, from 1. Empty lines are left out. */
  onRow(row: string[], line: number): void
  /** A row that cannot be read: why, and its first line. */
  onBroken(line: number, reason: string, text: string): void
}

/** So many quotes that lead far beyond their row mean that the file is read in a wrong way. */
const mostRunaways = 1000
const shownBytes = 500

/**
 * csv-parse over chunks of bytes, so that one broken row costs no other. By itself csv-parse ends at the first, or
 * (skip_records_with_error) goes on inside the open quote and drops good rows without a word. Here the bytes since the
 * last whole row are kept, and after an error a new parser begins at the line after the one on which that row began.
 * In memory there is never more than a chunk and a row.
 */
export class RowParser {
  #parser: Parser | null = null
  /** What the parser was given and has not made a row of. */
  #open: Buffer = Buffer.alloc(0)
  /** Bytes of this parser in whole rows, and how many of them were cut off #open. */
  #whole = 0
  #cut = 0
  /** Lines before this parser's first, and before its next row. */
  #linesBefore = 0
  #line = 0
  /** Within a row that is too long: up to the next line nothing is read. */
  #skipping = false
  #runaways = 0

  constructor(private readonly options: RowParserOptions) {}

  async write(chunk: Buffer): Promise<void> {
    let rest = chunk
    while (rest.length > 0) rest = await this.#feed(rest)
  }

  /** The file ends here: what is open is the last row. */
  async end(): Promise<void> {
    while (this.#parser !== null) {
      const error = await ended(this.#parser)
      this.#parser = null
      if (error === null) return
      await this.write(this.#leave(error))
    }
  }

  /** Stops in the middle. */
  destroy(): void {
    this.#parser?.destroy()
  }

  /** Gives bytes to the parser; returns those that have to be given again. */
  async #feed(chunk: Buffer): Promise<Buffer> {
    if (this.#skipping) {
      const at = chunk.indexOf(byteOf(this.options.newline))
      if (at < 0) return Buffer.alloc(0)
      this.#skipping = false
      return chunk.subarray(at + 1)
    }
    this.#parser ??= this.#begin()
    const parser = this.#parser
    this.#open = this.#open.length === 0 ? chunk : Buffer.concat([this.#open, chunk])
    const error = await written(parser, chunk)
    if (error !== null) return this.#leave(error)
    this.#open = this.#open.subarray(this.#whole - this.#cut)
    this.#cut = this.#whole
    return Buffer.alloc(0)
  }

  #begin(): Parser {
    const { delimiter, quote, newline, mostBytes, onRow } = this.options
    this.#linesBefore = this.#line
    this.#whole = 0
    this.#cut = 0
    const parser = parse({
      delimiter,
      quote,
      escape: quote,
      record_delimiter: delimitersOf[newline],
      relax_column_count: true, // counted by whoever knows the columns
      max_record_size: mostBytes,
    })
    // Each row as it comes, with the parser's own counts: its `on_record` makes three objects a row for the same.
    const push = parser.push.bind(parser)
    parser.push = (row: string[] | null) => {
      if (row === null) return push(null)
      const line = this.#line + 1
      this.#whole = parser.info.bytes
      this.#line = this.#linesBefore + parser.info.lines
      if (row.length > 1 || row[0] !== '') onRow(row, line)
      return true
    }
    parser.on('error', () => {}) // heard by whoever writes; one that comes later is of no interest
    parser.resume()
    return parser
  }

  /** Gives up the row that is open; returns what follows its first line. */
  #leave(error: CsvError): Buffer {
    const { newline, onBroken, mostBytes } = this.options
    const open = this.#open.subarray(this.#whole - this.#cut)
    const at = open.indexOf(byteOf(newline))
    const first = open.subarray(0, at < 0 ? open.length : at)
    const tooLong = error.code === 'CSV_MAX_RECORD_SIZE' && first.length >= mostBytes
    this.#parser?.destroy()
    this.#parser = null
    this.#open = Buffer.alloc(0)
    this.#line++
    onBroken(
      this.#line,
      tooLong ? `The row is longer than ${mostBytes} bytes.` : reasonOf(error),
      first.subarray(0, shownBytes).toString('utf8').trimEnd(),
    )
    if (!tooLong && isRunaway(error) && ++this.#runaways > mostRunaways) {
      throw new CsvProblem(
        `More than ${mostRunaways} rows open a quote that is never closed: is ${this.options.quote} the quote?`,
      )
    }
    this.#skipping = at < 0
    return at < 0 ? Buffer.alloc(0) : open.subarray(at + 1)
  }
}

const isRunaway = ({ code }: CsvError) => code === 'CSV_QUOTE_NOT_CLOSED' || code === 'CSV_MAX_RECORD_SIZE'

function reasonOf(error: CsvError): string {
  if (isRunaway(error)) return 'A quote is opened and not closed.'
  if (error.code === 'CSV_INVALID_CLOSING_QUOTE') return 'Text follows a closing quote.'
  if (error.code === 'INVALID_OPENING_QUOTE') return 'A quote stands in a field that does not begin with one.'
  return error.message
}

/** Resolves to the error that ended the parser, or null when it took the chunk. */
function written(parser: Parser, chunk: Buffer): Promise<CsvError | null> {
  return new Promise((resolve) => {
    parser.once('error', resolve)
    parser.write(chunk, (error) => {
      if (error) return // told by the event
      parser.off('error', resolve)
      resolve(null)
    })
  })
}

function ended(parser: Parser): Promise<CsvError | null> {
  return new Promise((resolve) => {
    parser.once('error', resolve)
    parser.once('end', () => resolve(null))
    parser.end()
  })
}
