import { describe, expect, it } from 'vitest'
import { filePieces, formatOf } from './file-pieces.ts'

async function piecesOf(file: Blob, length: number): Promise<string[]> {
  const pieces: string[] = []
  for await (const piece of filePieces(file, length)) pieces.push(piece)
  return pieces
}

describe('filePieces', () => {
  it('cuts a text into pieces that make it again, no character in two', async () => {
    const text = 'a😀b'.repeat(40)
    const pieces = await piecesOf(new Blob([text]), 7)
    expect(pieces.join('')).toBe(text)
    expect(pieces.some((piece) => /\p{Surrogate}/u.test(piece))).toBe(false)
    expect(pieces.every((piece) => piece.length <= 7)).toBe(true)
  })

  it('has nothing of an empty file', async () => expect(await piecesOf(new Blob([]), 7)).toEqual([]))

  it('takes a byte order mark off', async () => expect(await piecesOf(new Blob(['\ufeff{}']), 7)).toEqual(['{}']))

  it('refuses what is not text', async () => {
    await expect(piecesOf(new Blob([Uint8Array.of(0x7b, 0xff, 0xfe)]), 7)).rejects.toThrow(TypeError)
  })
})

describe('formatOf', () => {
  it.each([
    ['jobs.ndjson', 'id,payload', 'ndjson'],
    ['jobs.CSV', '{"payload":1}', 'csv'],
    ['jobs', ' {"payload":1}', 'ndjson'],
    ['jobs.txt', 'id,payload', 'csv'],
  ])('%s that begins with %s is %s', (name, start, format) => expect(formatOf(name, start)).toBe(format))
})
