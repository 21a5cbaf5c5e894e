/** Another text in place of a part of a text; `count` says how many values it takes out. */
export interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
  readonly count: number
}

/** The text with the edits made, which rise and do not overlap. Every other character stays. */
export function edited(text: string, edits: readonly Edit[]): string {
  let out = ''
  let from = 0
  for (const edit of edits) {
    out += text.slice(from, edit.start) + edit.text
    from = edit.end
  }
  return from === 0 ? text : out + text.slice(from)
}

/**
 * Edits of what a raw JSON text stands for, as edits of the raw text: escapes that no edit is about stay as they are.
 * The edits rise.
 */
export function inRaw(raw: string, edits: readonly Edit[]): Edit[] {
  if (edits.length === 0) return []
  let at = 1 // behind the quote
  let unit = 0
  const rawPlace = (wanted: number) => {
    while (unit < wanted) {
      at += raw[at] !== '\\' ? 1 : raw[at + 1] === 'u' ? 6 : 2
      unit++
    }
    return at
  }
  return edits.map(({ start, end, text, count }) => {
    const from = rawPlace(start)
    return { start: from, end: rawPlace(end), text: JSON.stringify(text).slice(1, -1), count }
  })
}
