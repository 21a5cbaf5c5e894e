import type { Newline } from './row-parser.ts'

const delimiters = [',', ';', '\t', '|'] as const

/** How a file is written, from its beginning: the delimiter that its first line has most of, and what ends a line. */
export function sniff(head: Buffer, quote: string): { delimiter: string; newline: Newline } {
  const newline = head.includes('\r\n') ? 'both' : head.includes(13) && !head.includes(10) ? 'cr' : 'lf'
  const counts = new Map<string, number>()
  let quoted = false
  for (const byte of head) {
    const character = String.fromCharCode(byte)
    if (character === quote) quoted = !quoted
    else if (quoted) continue
    else if (byte === 10 || byte === 13) {
      if (counts.size > 0) break // before it there were empty lines alone
    } else counts.set(character, (counts.get(character) ?? 0) + 1)
  }
  const most = [...delimiters].sort((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0))
  return { delimiter: most[0] ?? ',', newline }
}
