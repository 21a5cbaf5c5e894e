/** Characters of a piece: small enough for one message, large enough that a gigabyte is not a million of them. */
export const pieceLength = 1024 * 1024

/**
 * The text of a file in pieces, so that it is never in memory as a whole. A byte order mark at its start is taken off.
 * Throws a TypeError where the file is not UTF-8.
 */
export async function* filePieces(file: Blob, length = pieceLength): AsyncGenerator<string> {
  const reader = file.stream().getReader()
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let text = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      text += done ? decoder.decode() : decoder.decode(value, { stream: true })
      while (text.length >= length) {
        const end = wholeCharacters(text, length)
        yield text.slice(0, end)
        text = text.slice(end)
      }
      if (done) break
    }
    if (text !== '') yield text
  } finally {
    reader.cancel().catch(() => undefined) // it may be over already
  }
}

/** Where to cut so that no character of two halves is cut in two. */
function wholeCharacters(text: string, at: number): number {
  const last = text.charCodeAt(at - 1)
  return at > 1 && last >= 0xd800 && last <= 0xdbff ? at - 1 : at
}

/** What a file seems to be, by its name and its first characters. */
export function formatOf(name: string, start: string): 'ndjson' | 'csv' {
  if (/\.(ndjson|jsonl|json)$/i.test(name)) return 'ndjson'
  if (/\.(csv|tsv)$/i.test(name)) return 'csv'
  return /^\s*[{[]/.test(start) ? 'ndjson' : 'csv'
}
