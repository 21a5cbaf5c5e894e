import { createHash } from 'node:crypto'

/** What comes before the first line. */
export const chainStart = ''

/**
 * Lines of JSON that each carry a hash of themselves and of the line before: one that is changed, taken out or put in
 * shows at the next. It shows accidents and edits by hand; somebody who makes all hashes anew leaves no sign but the
 * one that journal-file.ts keeps beside the file.
 */
export function sealed(before: string, object: object): { line: string; hash: string } {
  const body = JSON.stringify(object)
  const hash = hashOf(before, body)
  return { line: `${body.slice(0, -1)},"hash":"${hash}"}`, hash }
}

const seal = /,"hash":"([0-9a-f]{64})"\}$/

/** The hash that a line carries, and whether it follows from the line before; null for a line that carries none. */
export function opened(before: string, line: string): { hash: string; follows: boolean } | null {
  const hash = seal.exec(line)?.[1]
  if (hash === undefined) return null
  return { hash, follows: hashOf(before, line.replace(seal, '}')) === hash }
}

function hashOf(before: string, body: string): string {
  return createHash('sha256').update(before).update('\n').update(body).digest('hex')
}
