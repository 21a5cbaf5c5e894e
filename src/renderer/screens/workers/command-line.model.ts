/**
 * The words of a command line as a shell would read them, as far as it goes without one: spaces part them, quotes and
 * backslashes keep them together. Nothing is expanded. null while a quote is open.
 */
export function splitWords(line: string): string[] | null {
  const words: string[] = []
  let word: string | null = null
  let quote: '"' | "'" | null = null
  for (let at = 0; at < line.length; at++) {
    const letter = line[at] as string
    const next = line[at + 1]
    if (quote === "'") {
      if (letter === "'") quote = null
      else word += letter
    } else if (letter === '\\' && next !== undefined && (quote === null || next === '"' || next === '\\')) {
      word = (word ?? '') + next
      at++
    } else if (quote === '"') {
      if (letter === '"') quote = null
      else word += letter
    } else if (letter === '"' || letter === "'") {
      quote = letter
      word ??= ''
    } else if (/\s/.test(letter)) {
      if (word !== null) words.push(word)
      word = null
    } else word = (word ?? '') + letter
  }
  if (quote !== null) return null
  return word === null ? words : [...words, word]
}

/** The line that `splitWords` takes apart into these words. */
export function joinWords(words: readonly string[]): string {
  return words.map((word) => (/^[^\s'"\\]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ')
}
