import { describe, expect, it } from 'vitest'
import { csvCell, csvRow, textOfCsvCell } from './csv-cell.ts'

/** As a reader of CSV takes a cell apart. */
const unquoted = (cell: string) => (cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell)

describe('csvCell', () => {
  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '＝1', "'=1", "''@x"])(
    'lets %j be no formula, and gives it back',
    (text) => {
      const cell = unquoted(csvCell(text))
      expect(cell).toBe(`'${text}`)
      expect(textOfCsvCell(cell)).toBe(text)
    },
  )

  it.each(['', 'plain', "it's", "'quoted'", 'a,b', 'say "x"', 'two\nlines', ' =1', '1-2'])(
    'leaves %j as it is',
    (text) => {
      const cell = unquoted(csvCell(text))
      expect(cell).toBe(text)
      expect(textOfCsvCell(cell)).toBe(text)
    },
  )

  it('writes numbers as numbers, and nothing for null', () => {
    expect(csvRow([-1.5, null, true, 'a,"b"', '=x'])).toBe('-1.5,,true,"a,""b""",\'=x\r\n')
  })
})
