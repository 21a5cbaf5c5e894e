/** How text is laid out: JSON indented, or exactly as it is stored. */
export type Layout = 'pretty' | 'raw'

/** A row on the screen: a piece of the text. `number` is null where it goes on with the line above. */
export interface Line {
  readonly start: number
  readonly end: number
  readonly depth: number
  readonly number: number | null
  /** It begins inside a JSON string. */
  readonly inString: boolean
}

/** Characters read between two pauses: a few ms even where the machine is busy. */
const stride = 40_000
const deepest = 255
const quote = 34
const backslash = 92
const newline = 10

/**
 * Where each row of a text begins and ends. Rows are never longer than the columns there are, so that every row has the
 * same height and only those in sight have to exist. 13 bytes a row, however long the text is.
 */
export class LineIndex {
  #starts = new Uint32Array(1024)
  #ends = new Uint32Array(1024)
  #numbers = new Uint32Array(1024)
  #depths = new Uint8Array(1024)
  #strings = new Uint8Array(1024)
  count = 0
  /** Lines, of which long ones take several rows. */
  lines = 0

  add(start: number, end: number, depth: number, inString: boolean, goesOn: boolean): void {
    if (this.count === this.#starts.length) this.#grow()
    if (!goesOn) this.lines++
    this.#starts[this.count] = start
    this.#ends[this.count] = end
    this.#depths[this.count] = Math.min(deepest, depth)
    this.#strings[this.count] = inString ? 1 : 0
    this.#numbers[this.count] = goesOn ? 0 : this.lines
    this.count++
  }

  at(row: number): Line {
    return {
      start: this.#starts[row] ?? 0,
      end: this.#ends[row] ?? 0,
      depth: this.#depths[row] ?? 0,
      number: this.#numbers[row] || null,
      inString: this.#strings[row] === 1,
    }
  }

  #grow(): void {
    const longer = <T extends Uint32Array | Uint8Array>(from: T, to: T): T => {
      to.set(from)
      return to
    }
    const size = this.count * 2
    this.#starts = longer(this.#starts, new Uint32Array(size))
    this.#ends = longer(this.#ends, new Uint32Array(size))
    this.#numbers = longer(this.#numbers, new Uint32Array(size))
    this.#depths = longer(this.#depths, new Uint8Array(size))
    this.#strings = longer(this.#strings, new Uint8Array(size))
  }
}

/** Columns that a row has at this depth: never so few that nothing fits. */
export function columnsAt(columns: number, depth: number): number {
  return Math.max(16, columns - 2 * depth)
}

/** Fills an index with the rows of a text; pauses (yields) often, so that a long text freezes nothing. */
export function* indexLines(text: string, layout: Layout, columns: number, index: LineIndex): Generator<void, void> {
  yield* layout === 'pretty' ? prettyRows(text, columns, index) : rawRows(text, columns, index)
}

/** Index after at most `columns` characters, with no character split in two. Wide characters take two columns. */
function cutAt(text: string, start: number, end: number, columns: number): number {
  let at = start
  let left = columns
  while (at < end && left > 0) {
    const code = text.charCodeAt(at)
    left -= code >= 0x1100 && code < 0xe000 ? 2 : code === 9 ? 4 : 1
    // A surrogate pair is one wide character.
    at += code >= 0xd800 && code < 0xdc00 ? 2 : 1
  }
  return Math.min(Math.max(at, start + 1), end)
}

function* rawRows(text: string, columns: number, index: LineIndex): Generator<void, void> {
  let pause = stride
  let from = 0
  while (from <= text.length) {
    const next = text.indexOf('\n', from)
    const end = next < 0 ? text.length : next
    let start = from
    do {
      const cut = cutAt(text, start, end, columns)
      index.add(start, Math.max(cut, start), 0, false, start !== from)
      start = cut
      if (start > pause) {
        pause = start + stride
        yield
      }
    } while (start < end)
    if (next < 0) return
    from = end + 1
  }
}

const isBlank = (code: number) => code === 32 || code === newline || code === 13 || code === 9
const isOpening = (code: number) => code === 123 || code === 91
const isClosing = (code: number) => code === 125 || code === 93

function afterString(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === backslash) at++
    else if (code === quote) return at + 1
  }
  return text.length
}

/** The same lines as prettyJson makes, found in the stored text instead of being written out. */
function* prettyRows(text: string, columns: number, index: LineIndex): Generator<void, void> {
  let depth = 0
  let rowStart = -1
  let rowEnd = 0
  let width = 0
  let goesOn = false
  let startsInString = false
  let pause = stride

  const endRow = () => {
    if (rowStart >= 0) index.add(rowStart, rowEnd, depth, startsInString, goesOn)
    rowStart = -1
    width = 0
    goesOn = false
    startsInString = false
  }
  const place = (start: number, end: number, isString: boolean) => {
    const room = columnsAt(columns, depth)
    let from = start
    if (rowStart < 0) rowStart = from
    while (width + (end - from) > room || (isString && cutAt(text, from, end, room - width) < end)) {
      const cut = cutAt(text, from, end, Math.max(1, room - width))
      if (cut >= end) break
      rowEnd = cut
      endRow()
      rowStart = cut
      goesOn = true
      startsInString = isString
      from = cut
    }
    rowEnd = end
    width += end - from
  }

  for (let at = 0; at < text.length; at++) {
    if (at > pause) {
      pause = at + stride
      yield
    }
    const code = text.charCodeAt(at)
    if (isBlank(code)) continue
    if (code === quote) {
      const end = afterString(text, at)
      while (at < end) {
        const part = Math.min(end, at + stride)
        place(at, part, true)
        at = part
        if (at < end) yield
      }
      at--
    } else if (isOpening(code)) {
      let close = at + 1
      while (close < text.length && isBlank(text.charCodeAt(close))) close++
      if (text.charCodeAt(close) === code + 2) {
        place(at, close + 1, false)
        at = close
      } else {
        place(at, at + 1, false)
        endRow()
        depth++
      }
    } else if (isClosing(code)) {
      endRow()
      depth = Math.max(0, depth - 1)
      place(at, at + 1, false)
    } else if (code === 44) {
      place(at, at + 1, false)
      endRow()
    } else if (code === 58) {
      place(at, at + 1, false)
      width++
    } else {
      let end = at + 1
      while (end < text.length) {
        const next = text.charCodeAt(end)
        if (isBlank(next) || next === quote || next === 44 || next === 58 || isOpening(next) || isClosing(next)) break
        end++
      }
      place(at, end, false)
      at = end - 1
    }
  }
  endRow()
  if (index.count === 0) index.add(0, 0, 0, false, false)
}
