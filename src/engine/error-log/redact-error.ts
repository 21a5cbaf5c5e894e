const longest = 500
const frames = 12

/**
 * An error as one or more lines that may be kept and shown: its name, its message without what it quotes, and where it
 * was thrown. Nothing else of it, because errors of clients carry the command that failed, password and payload included
 * (ioredis), and errors of parsers quote what they could not read.
 */
export function redactError(error: unknown): string {
  if (!(error instanceof Error)) return `Thrown: ${typeof error === 'string' ? redactText(error) : typeof error}`
  const places = (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, frames)
    .map((line) => withoutHome(line).slice(0, 300))
  const cause = error.cause === undefined ? [] : [`caused by ${redactError(error.cause)}`]
  return [`${nameOf(error)}: ${redactText(error.message)}`, ...places, ...cause].join('\n')
}

/** One line without what quotes, addresses and settings may give away. */
export function redactText(text: string): string {
  return text
    .slice(0, 4 * longest)
    .replace(/\/\/[^/\s@]*@/g, '//…@')
    .replace(/\b(pass(word|phrase)?|secret|token|auth|api[-_]?key|cookie)\b(\s*[:=]\s*|\s+)\S+/gi, '$1$3…')
    .replace(/(^|\W)["'`“](.*)$/s, (_all, before: string, rest: string) => `${before}"…"${afterQuotes(rest)}`)
    .replace(/\p{Cc}+/gu, ' ')
    .slice(0, longest)
}

/** What follows the last quotation mark; between it and the first one quotes may be nested. Nothing when one is not closed. */
function afterQuotes(text: string): string {
  if ((text.match(/["'`”]/g) ?? []).length % 2 === 0) return ''
  const last = text.search(/["'`”][^"'`”]*$/)
  return text.slice(last + 1)
}

function nameOf(error: Error): string {
  const code =
    'code' in error && typeof error.code === 'string' && /^\w{1,40}$/.test(error.code) ? ` ${error.code}` : ''
  return `${/^\w{1,40}$/.test(error.name) ? error.name : 'Error'}${code}`
}

/** The person's name is part of most paths of their home. */
const withoutHome = (line: string) => line.replace(/(\/home\/|\/Users\/|\\Users\\)[^/\\]+/g, '$1…')
