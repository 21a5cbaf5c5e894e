import { describe, expect, it } from 'vitest'
import { RowParser } from './row-parser.ts'

async function parse(text: string, size: number, mostBytes = 100) {
  const rows: [number, ...string[]][] = []
  const broken: [number, string][] = []
  const parser = new RowParser({
    delimiter: ',',
    quote: '"',
    newline: 'lf',
    mostBytes,
    onRow: (row, line) => rows.push([line, ...row]),
    onBroken: (line, reason) => broken.push([line, reason]),
  })
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) await parser.write(bytes.subarray(at, at + size))
  await parser.end()
  return { rows, broken }
}

const text = [
  'a,b',
  '1,"x',
  'y"',
  '"2"z,1',
  '',
  '3,سارا',
  '4,"open',
  '5,5',
  `6,${'x'.repeat(300)}`,
  '7,7',
  '8,"to the end',
  '9,9',
].join('\n')

describe('rows', () => {
  it.each([1, 2, 3, 7, 50, 100_000])('are the same in chunks of %d bytes', async (size) => {
    expect(await parse(text, size)).toEqual({
      rows: [
        [1, 'a', 'b'],
        [2, '1', 'x\ny'],
        [6, '3', 'سارا'],
        [8, '5', '5'],
        [10, '7', '7'],
        [12, '9', '9'],
      ],
      broken: [
        [4, 'Text follows a closing quote.'],
        [7, 'A quote is opened and not closed.'],
        [9, 'The row is longer than 100 bytes.'],
        [11, 'A quote is opened and not closed.'],
      ],
    })
  })

  it('are given up where no quote is ever closed', async () => {
    const lines = `1,"${'x'.repeat(20)}\n${`2,${'y'.repeat(20)}\n`.repeat(5)}`.repeat(1100)
    await expect(parse(lines, 1000)).rejects.toMatchObject({ retryable: false })
  })
})
