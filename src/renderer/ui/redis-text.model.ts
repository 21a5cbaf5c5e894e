/** A piece of stored text: shown as it is, or a character that would not be seen, by its name. */
export type TextPiece = { readonly text: string } | { readonly hidden: string; readonly name: string }

// What changes how its neighbours look, or is not seen itself: controls, zero-width, bidi marks, line separators.
const hiddenCharacters =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the purpose
  /\u034f|[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu

const names: Record<string, string> = {
  '\u0000': 'NUL',
  '\t': 'TAB',
  '\n': 'LF',
  '\r': 'CR',
  '\u001b': 'ESC',
  '\u007f': 'DEL',
  '\u00ad': 'SHY',
  '\u061c': 'ALM',
  '\u200b': 'ZWSP',
  '\u200e': 'LRM',
  '\u200f': 'RLM',
  '\u2028': 'LSEP',
  '\u2029': 'PSEP',
  '\u202a': 'LRE',
  '\u202b': 'RLE',
  '\u202c': 'PDF',
  '\u202d': 'LRO',
  '\u202e': 'RLO',
  '\u2060': 'WJ',
  '\u2066': 'LRI',
  '\u2067': 'RLI',
  '\u2068': 'FSI',
  '\u2069': 'PDI',
  '\ufeff': 'BOM',
}

/**
 * Text in pieces, with what could deceive the eye by name. Joiners (U+200C, U+200D) stay: Persian and emoji need them.
 * With `lines`, line breaks and tabs stay too.
 */
export function textPieces(text: string, lines = false): TextPiece[] {
  const pieces: TextPiece[] = []
  let from = 0
  for (const match of text.matchAll(hiddenCharacters)) {
    const character = match[0]
    if (lines && (character === '\n' || character === '\t')) continue
    if (match.index > from) pieces.push({ text: text.slice(from, match.index) })
    pieces.push({ hidden: character, name: names[character] ?? codeName(character) })
    from = match.index + character.length
  }
  if (from < text.length) pieces.push({ text: text.slice(from) })
  return pieces
}

/**
 * Text in parts, every second of which is what was looked for, in any case: `['', 'ab', 'c']` for `AB` in `abc`. As it
 * was where lower case has another length, for places could not be told then.
 */
export function markedParts(text: string, search: string): string[] {
  const [whole, wanted] = [text.toLowerCase(), search.toLowerCase()]
  if (wanted === '' || whole.length !== text.length || wanted.length !== search.length) return [text]
  const parts: string[] = []
  let from = 0
  for (let at = whole.indexOf(wanted); at >= 0; at = whole.indexOf(wanted, from)) {
    parts.push(text.slice(from, at), text.slice(at, at + wanted.length))
    from = at + wanted.length
  }
  return [...parts, text.slice(from)]
}

function codeName(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
}

/** The same as plain text, for titles and labels: `a⟨RLO⟩b`. */
export function plainVisible(text: string): string {
  return textPieces(text)
    .map((piece) => ('text' in piece ? piece.text : `⟨${piece.name}⟩`))
    .join('')
}
