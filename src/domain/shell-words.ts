import { SluiceError } from './errors.ts'

/** One word of a command line. `filledIn`: the shell would put something in its place that is not known here. */
export interface ShellWord {
  readonly text: string
  readonly filledIn: boolean
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', e: '\x1b', a: '\x07', '0': '\0' }

/**
 * Splits a command line as a POSIX shell does: quotes, backslashes, `$'…'`, lines continued with a backslash. Nothing is
 * evaluated: a word with a variable or a command in it is only marked. Ends before `|`, `;`, `&`, `<`, `>`, a comment and
 * the end of the first command's line; `rest` says whether something followed. Throws BAD_URL for a quote left open.
 */
export function shellWords(line: string): { words: ShellWord[]; rest: boolean } {
  const words: ShellWord[] = []
  let word: { text: string; filledIn: boolean } | null = null
  let at = 0
  const text = line.trim().replace(/\\\r?\n/g, '')
  const grow = (more: string, filledIn = false) => {
    word = { text: (word?.text ?? '') + more, filledIn: (word?.filledIn ?? false) || filledIn }
  }
  const end = () => {
    if (word) words.push(word)
    word = null
  }
  const open = () => new SluiceError('BAD_URL', 'A quotation mark of the command line is not closed.')

  while (at < text.length) {
    const char = text[at] as string
    if (char === '\n' || /[|;&<>]/.test(char) || (char === '#' && word === null)) break
    if (/\s/.test(char)) {
      end()
      at++
    } else if (char === "'" || text.startsWith("$'", at)) {
      const ansi = char === '$'
      const [whole, inner] = (ansi ? /^\$'((?:[^'\\]|\\.)*)'/s : /^'([^']*)'/).exec(text.slice(at)) ?? []
      if (whole === undefined || inner === undefined) throw open()
      grow(ansi ? unescaped(inner) : inner)
      at += whole.length
    } else if (char === '"') {
      const [whole, inner] = /^"((?:[^"\\]|\\.)*)"/s.exec(text.slice(at)) ?? []
      if (whole === undefined || inner === undefined) throw open()
      grow(inner.replace(/\\([$`"\\])/g, '$1'), /(^|[^\\])(\\\\)*(\$[\w({@*#?!-]|`)/.test(inner))
      at += whole.length
    } else if (char === '\\') {
      grow(text[at + 1] ?? '')
      at += 2
    } else {
      grow(char, char === '`' || /^\$[\w({@*#?!-]/.test(text.slice(at, at + 2)))
      at++
    }
  }
  end()
  return { words, rest: at < text.length }
}

function unescaped(text: string): string {
  return text.replace(/\\(x[\da-f]{1,2}|u[\da-f]{1,4}|.)/gis, (_, code: string) =>
    /^[xu]./i.test(code) ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : (escapes[code] ?? code),
  )
}

/** A word for a shell, so that it means exactly this text; control characters do not stay what they are. */
export function shellQuoted(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to write otherwise
  const control = /[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g
  if (!control.test(text)) return `'${text.replaceAll("'", `'\\''`)}'`
  const written = text
    .replace(/[\\']/g, '\\$&')
    .replace(control, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return `$'${written}'`
}
