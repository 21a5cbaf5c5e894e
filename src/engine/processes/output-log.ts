import type { Readable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import type { OutputLine } from '../../domain/job-record.ts'

export interface OutputLogOptions {
  /** The newest lines that are kept. */
  readonly lines?: number
  /** How many characters those may have together. */
  readonly characters?: number
  /** Called after each addition; often, so throttle what is expensive. */
  readonly onAdd?: () => void
}

/** What one line may have; the rest of it is counted and thrown away. */
const lineLimit = 4000
const answerLimit = 1000

/** What processes wrote of late, line by line, in bounded memory however much they write. */
export class OutputLog {
  /** The kept lines, oldest first; those before #first are gone already. */
  #lines: OutputLine[] = []
  #first = 0
  #characters = 0
  #seq = 0
  readonly #options: Required<OutputLogOptions>

  constructor({ lines = 5000, characters = 2_000_000, onAdd = () => {} }: OutputLogOptions = {}) {
    this.#options = { lines, characters, onAdd }
  }

  /** The number of the newest line; 0 before the first. */
  get last(): number {
    return this.#seq
  }

  /** Adds text as one line or more; a newline at its end adds no empty one. */
  add(pid: number | null, from: OutputLine['from'], text: string): void {
    const lines = (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n')
    for (const line of lines) this.#push(pid, from, shown(line), 0)
    this.#options.onAdd()
  }

  /**
   * Adds what a process writes from now on, decoded as UTF-8, until the stream ends; a last line without a newline
   * counts too. A line that does not end is not gathered beyond what one may have. `pid` may be asked for each line, for
   * a process that has none yet.
   */
  attach(pid: number | null | (() => number | null), from: 'out' | 'err', stream: Readable | null): void {
    if (stream === null) return
    let open = ''
    let more = 0
    const close = () => {
      this.#push(typeof pid === 'function' ? pid() : pid, from, shown(open), more)
      open = ''
      more = 0
    }
    stream.setEncoding('utf8') // which also keeps a character that two chunks share
    stream.on('data', (chunk: string) => {
      const parts = chunk.split('\n')
      for (const [index, part] of parts.entries()) {
        if (index > 0) close()
        const room = lineLimit + 1 - open.length // one more, so that it shows as too long, or is the CR of a CRLF
        open += part.slice(0, room)
        more += Math.max(0, part.length - room)
      }
      this.#options.onAdd()
    })
    const finish = () => {
      if (open === '') return
      close()
      this.#options.onAdd()
    }
    stream.once('end', finish)
    stream.once('close', finish) // a stream that was destroyed does not end
    stream.on('error', finish)
  }

  /** The newest lines after the one numbered `after` that have `search` in them (any case), oldest first; at most 1,000. */
  read({ search, after }: { search: string; after: number }): { lines: OutputLine[]; dropped: number } {
    const wanted = search.toLowerCase()
    const lines: OutputLine[] = []
    for (let at = this.#lines.length - 1; at >= this.#first && lines.length < answerLimit; at--) {
      const line = this.#lines[at] as OutputLine
      if (line.seq <= after) break
      if (wanted === '' || line.text.toLowerCase().includes(wanted)) lines.push(line)
    }
    return { lines: lines.reverse(), dropped: this.#seq - (this.#lines.length - this.#first) }
  }

  #push(pid: number | null, from: OutputLine['from'], text: string, more: number): void {
    const over = Math.max(0, text.length - lineLimit) + more
    const kept = over === 0 ? text : `${text.slice(0, lineLimit)} … (${over} more characters)`
    this.#lines.push({ seq: ++this.#seq, at: Date.now(), pid, from, text: kept })
    this.#characters += kept.length
    const { lines, characters } = this.#options
    while (
      this.#lines.length - this.#first > lines ||
      (this.#characters > characters && this.#lines.length - this.#first > 1)
    ) {
      this.#characters -= (this.#lines[this.#first++] as OutputLine).text.length
    }
    // Lines are let go in one move now and then, not each with a move of all others.
    if (this.#first > lines) {
      this.#lines = this.#lines.slice(this.#first)
      this.#first = 0
    }
  }
}

/** A line as a terminal would leave it: without colours, and what follows a carriage return over what was before it. */
function shown(line: string): string {
  const text = line.endsWith('\r') ? line.slice(0, -1) : line
  const last = text.slice(text.lastIndexOf('\r') + 1)
  return last.includes('\u001b') || last.includes('\u009b') ? stripVTControlCharacters(last) : last
}
