/** What a piece of JSON text is, for its colour alone. */
export type TokenKind = 'key' | 'string' | 'number' | 'literal' | 'punctuation' | 'other'

export interface Token {
  readonly kind: TokenKind
  readonly text: string
}

const token = /"(?:[^"\\]|\\.)*"?|[{}[\],:]|[^\s{}[\],:"]+|\s+/gs

/**
 * One line of JSON in pieces, with the blanks between them as prettyJson sets them: none, but one after a colon. The
 * text of every piece is as stored. Works on anything, cut-off and broken text too.
 * @param inString the line begins inside a string
 */
export function lineTokens(line: string, inString: boolean): Token[] {
  const tokens: Token[] = []
  let rest = line
  if (inString) {
    const end = /^(?:[^"\\]|\\.)*"?/s.exec(line)?.[0] ?? ''
    tokens.push({ kind: 'string', text: end })
    rest = line.slice(end.length)
  }
  for (const [text] of rest.matchAll(token)) {
    if (text.trim() === '') continue
    if (text === ':') {
      const key = tokens.at(-1)
      if (key?.kind === 'string') tokens[tokens.length - 1] = { kind: 'key', text: key.text }
      tokens.push({ kind: 'punctuation', text: ': ' })
    } else tokens.push({ kind: kindOf(text), text })
  }
  return tokens
}

function kindOf(text: string): TokenKind {
  if (text.startsWith('"')) return 'string'
  if (/^[{}[\],]$/.test(text)) return 'punctuation'
  if (/^-?\d/.test(text)) return 'number'
  return text === 'true' || text === 'false' || text === 'null' ? 'literal' : 'other'
}
