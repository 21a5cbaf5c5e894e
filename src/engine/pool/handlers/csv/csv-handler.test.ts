import { once } from 'node:events'
import { createWriteStream, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ToldProgress } from '../../../processes/runner/target.ts'
import { handle } from './csv-handler.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-csv-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function write(name: string, content: string | Buffer): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

function run(data: unknown, options: { signal?: AbortSignal; onProgress?: (told: ToldProgress) => void } = {}) {
  const { signal = new AbortController().signal, onProgress = () => {} } = options
  return handle(
    { id: '7', type: 'process-csv', to: null, data, raw: '', attempt: 1 },
    { signal, attempt: 1, progress: onProgress, log: () => {} },
  )
}

const linesOf = (name: string) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n')
const files = () => readdirSync(folder).sort()

describe('an import', () => {
  it('writes the rows beside the file, and says what it did', async () => {
    const filePath = write('a.csv', 'id,name,note\n9007199254740993,سارا,"two\nlines"\n2,"O""Neil",\n')
    const result = await run({ filePath })
    expect(result).toMatchObject({
      rows: 2,
      imported: 2,
      bad: 0,
      report: null,
      output: join(folder, 'a.ndjson'),
      columns: ['id', 'name', 'note'],
      bytes: readFileSync(filePath).length,
    })
    expect(linesOf('a.ndjson')).toEqual([
      '{"id":"9007199254740993","name":"سارا","note":"two\\nlines"}',
      '{"id":"2","name":"O\\"Neil","note":""}',
    ])
    expect(files()).toEqual(['a.csv', 'a.ndjson'])
  })

  it.each([
    ['path', (path: string) => ({ path })],
    ['file', (path: string) => ({ file: path })],
    ['a file: URL', (path: string) => ({ filePath: `file://${path}` })],
    ['csv', (_: string, text: string) => ({ csv: text, folder, fileName: 'b.csv' })],
    ['content', (_: string, text: string) => ({ content: text, folder, fileName: '../../b.csv' })],
    [
      'base64',
      (_: string, text: string) => ({
        fileContent: Buffer.from(text).toString('base64'),
        contentEncoding: 'base64',
        folder,
        fileName: 'b.csv',
      }),
    ],
    [
      'a data: URL',
      (_: string, text: string) => ({
        content: `data:text/csv;base64,${Buffer.from(text).toString('base64')}`,
        folder,
        fileName: 'b.csv',
      }),
    ],
  ])('takes its input from %s', async (_, dataOf) => {
    const text = 'a,b\n1,2\n'
    const result = await run(dataOf(write('b.csv', text), text))
    expect(result).toMatchObject({ imported: 1, bytes: 8, output: join(folder, 'b.ndjson') })
    expect(linesOf('b.ndjson')).toEqual(['{"a":"1","b":"2"}'])
  })

  it.each([
    [';', 'a;b\n1,5;2\n'],
    ['tab', 'a\tb\n1,5\t2\n'],
    ['|', '"a"|b\n1,5|2\n'],
    ['CRLF', 'a;b\r\n1,5;2\r\n'],
    ['CR', 'a;b\r1,5;2'],
    ['LF and CRLF', 'a;b\n1,5;"2"\r\n'],
    ['empty lines', '\n\na;b\n\n1,5;2\n\n'],
  ])('finds out about %s', async (_, text) => {
    await run({ filePath: write('c.csv', text) })
    expect(linesOf('c.ndjson')).toEqual(['{"a":"1,5","b":"2"}'])
  })

  it.each([
    ['utf-8 with a mark', Buffer.from('\ufeffa,b\né,2\n'), null],
    ['utf-16le by its mark', Buffer.from('\ufeffa,b\né,2\n', 'utf16le'), null],
    ['windows-1252', Buffer.from('a,b\n\xe9,2\n', 'latin1'), 'windows-1252'],
  ])('reads %s', async (_, bytes, encoding) => {
    await run({ filePath: write('d.csv', bytes), ...(encoding === null ? {} : { encoding }) })
    expect(linesOf('d.ndjson')).toEqual(['{"a":"é","b":"2"}'])
  })

  it('collects bad rows with line and reason, and loses none of the others', async () => {
    const filePath = write(
      'e.csv',
      [
        'id,amount,day,mail,ok',
        '1,1500.50,2026-02-28,a@example.org,yes',
        '2,12.5.1,2026-01-01,a@example.org,no', // 3: amount
        '3,1,2026-02-29,a@example.org,no', // 4: day
        '4,1,2024-02-29T10:00:00Z,nobody,no', // 5: mail
        '5,1,2026-01-01,a@example.org,maybe', // 6: ok
        '6,1', // 7: fields
        '"7"x,1,2026-01-01,a@example.org,no', // 8: closing quote
        '8,"1,2026-01-01,a@example.org,no', // 9: open quote
        '9,1,2026-01-01,a@example.org,no',
        ',1,2026-01-01,a@example.org,no', // 11: required
        '11,,,,',
        '=1+1,x,2026-01-01,a@example.org,no', // 13: a formula
        '13,9007199254740993,2026-01-01,a@example.org,no',
      ].join('\n'),
    )
    const result = await run({
      filePath,
      required: ['id'],
      types: { amount: 'number', day: 'date', mail: 'email', ok: 'boolean' },
    })
    expect(result).toMatchObject({ rows: 13, imported: 4, bad: 9, report: join(folder, 'e.errors.csv') })
    expect(linesOf('e.ndjson')).toEqual([
      '{"id":"1","amount":1500.50,"day":"2026-02-28","mail":"a@example.org","ok":true}',
      '{"id":"9","amount":1,"day":"2026-01-01","mail":"a@example.org","ok":false}',
      '{"id":"11","amount":null,"day":null,"mail":null,"ok":null}',
      '{"id":"13","amount":9007199254740993,"day":"2026-01-01","mail":"a@example.org","ok":false}',
    ])
    expect(linesOf('e.errors.csv')).toEqual([
      'line,reason,row',
      '3,amount is no number: 12.5.1,"2 | 12.5.1 | 2026-01-01 | a@example.org | no"'.replaceAll('"', ''),
      '4,day is no date: 2026-02-29,3 | 1 | 2026-02-29 | a@example.org | no',
      '5,mail is no email: nobody,4 | 1 | 2024-02-29T10:00:00Z | nobody | no',
      '6,ok is no boolean: maybe,5 | 1 | 2026-01-01 | a@example.org | maybe',
      '7,It has 2 fields in place of 5.,6 | 1',
      '8,Text follows a closing quote.,"""7""x,1,2026-01-01,a@example.org,no"',
      '9,A quote is opened and not closed.,"8,""1,2026-01-01,a@example.org,no"',
      '11,id is empty., | 1 | 2026-01-01 | a@example.org | no',
      "13,amount is no number: x,'=1+1 | x | 2026-01-01 | a@example.org | no",
    ])
  })

  it('counts all bad rows and lists the first 10,000', async () => {
    const result = await run({ filePath: write('f.csv', `a,b\n${'1\n'.repeat(10_500)}`) })
    expect(result).toMatchObject({ rows: 10_500, imported: 0, bad: 10_500 })
    const report = linesOf('f.errors.csv')
    expect(report).toHaveLength(10_002)
    expect(report.at(-1)).toBe(',500 more bad rows are not listed.,')
  })

  it('only tests the rows when it is told so', async () => {
    const result = await run({ filePath: write('g.csv', 'a\n1\nx\n'), types: { a: 'integer' }, validateOnly: true })
    expect(result).toMatchObject({ imported: 1, bad: 1, output: null })
    expect(files()).toEqual(['g.csv', 'g.errors.csv'])
  })

  it('takes the columns that a job names, with and without a header', async () => {
    const path = write('h.csv', 'a,b,,b\n1,2,3,4\n')
    expect(await run({ path, columns: ['b_2', 'a'] })).toMatchObject({ columns: ['b_2', 'a'], imported: 1 })
    expect(linesOf('h.ndjson')).toEqual(['{"b_2":"4","a":"1"}'])
    expect(await run({ path })).toMatchObject({ columns: ['a', 'b', 'column_3', 'b_2'] })
    expect(await run({ path, hasHeader: false })).toMatchObject({ imported: 2 })
    expect(linesOf('h.ndjson')[0]).toBe('{"column_1":"a","column_2":"b","column_3":"","column_4":"b"}')
    await expect(run({ path, columns: ['c'] })).rejects.toMatchObject({ retryable: false })
    await expect(run({ path, hasHeader: false, columns: ['x'] })).rejects.toThrow('names 1 columns')
    await expect(run({ path, types: { z: 'date' } })).rejects.toThrow('There is no column z')
  })

  it('removes the report of an import before it when all rows are well', async () => {
    const path = write('i.csv', 'a\nx\n')
    await run({ path, types: { a: 'integer' } })
    expect(existsSync(join(folder, 'i.errors.csv'))).toBe(true)
    await run({ path })
    expect(files()).toEqual(['i.csv', 'i.ndjson'])
  })

  it('goes on after a line of 5 MB, and after many open quotes', async () => {
    const long = `1,${'x'.repeat(5_000_000)}\n`
    const open = `3,"${'y'.repeat(3_000_000)}\n`
    const result = await run({ filePath: write('j.csv', `a,b\n0,0\n${long}2,2\n${open}4,4\n5,"5\n6,6\n`) })
    expect(result).toMatchObject({ imported: 4, bad: 3 })
    expect(linesOf('j.ndjson').map((line) => JSON.parse(line).a)).toEqual(['0', '2', '4', '6'])
    expect(linesOf('j.errors.csv').map((line) => line.split(',').slice(0, 2).join(' '))).toEqual([
      'line reason',
      '3 The row is longer than 1048576 bytes.',
      '5 The row is longer than 1048576 bytes.',
      '7 A quote is opened and not closed.',
    ])
  })

  it('tells how far it is, in rows and per cent', async () => {
    const told: ToldProgress[] = []
    await run({ filePath: write('k.csv', `a\n${'1\n'.repeat(1000)}x,y\n`) }, { onProgress: (each) => told.push(each) })
    expect(told.at(-1)).toEqual({ percent: 100, done: 1001, failed: 1 })
  })

  it('stops when it is told to, and leaves nothing behind', async () => {
    const stop = new AbortController()
    const filePath = write('l.csv', `a\n${'1\n'.repeat(2_000_000)}`)
    const running = run({ filePath }, { signal: stop.signal, onProgress: () => stop.abort(new Error('enough')) })
    await expect(running).rejects.toThrow('enough')
    expect(files()).toEqual(['l.csv'])
  })

  it('reads 20 MB in little memory', async () => {
    const filePath = join(folder, 'big.csv')
    const stream = createWriteStream(filePath)
    stream.write('id,name,amount\n')
    const block = Array.from({ length: 1000 }, (_, i) => `${i},Name ${i},${i}.50\n`).join('')
    for (let written = 0; written < 20_000_000; written += block.length) {
      if (!stream.write(block)) await once(stream, 'drain')
    }
    stream.end()
    await once(stream, 'close')
    const before = process.memoryUsage().rss
    let most = 0
    const result = await run(
      { filePath, types: { amount: 'number' }, validateOnly: true },
      {
        onProgress: () => {
          most = Math.max(most, process.memoryUsage().rss - before)
        },
      },
    )
    expect(result.bad).toBe(0)
    expect(result.rows).toBeGreaterThan(900_000)
    expect(most).toBeLessThan(150_000_000)
  })
})

describe('what trying again would not help', () => {
  it.each([
    ['no data', null, 'no object'],
    ['no file', { userId: 1 }, 'names no file'],
    ['a file that is not there', { filePath: '/nowhere/x.csv' }, 'There is no file'],
    ['a path that depends', { filePath: 'x.csv' }, 'not a whole path'],
    ['a URL', { filePath: 'https://example.org/x.csv' }, 'not on this computer'],
    ['a target of another kind', { csv: 'a\n1', target: '/tmp/.profile' }, 'ends in .ndjson'],
    ['a delimiter of two', { csv: 'a', delimiter: '::' }, 'not one character'],
    ['a type that is none', { csv: 'a', types: { a: 'money' } }, 'is none of'],
    ['an encoding that is none', { csv: 'a', encoding: 'klingon' }, 'Nobody knows the encoding'],
    ['binary data', { csv: 'a,b\n\u0000\u0001' }, 'binary data'],
    ['nothing', { csv: '\n' }, 'not a single row'],
    ['a broken header', { csv: 'a,"b\n1,2' }, 'first row cannot be read'],
  ])('is told of %s', async (_, data, message) => {
    const wanted = data === null ? null : { folder, ...data }
    await expect(run(wanted)).rejects.toMatchObject({ message: expect.stringContaining(message), retryable: false })
    expect(files()).toEqual([])
  })

  it('is told of a folder, of text in another encoding, and of a wrong quote', async () => {
    await expect(run({ filePath: folder })).rejects.toMatchObject({
      message: `${folder} is a folder.`,
      retryable: false,
    })
    const latin = write('m.csv', Buffer.from('a\n\xe9\n', 'latin1'))
    await expect(run({ filePath: latin })).rejects.toMatchObject({
      message: expect.stringContaining('This is no text in utf-8'),
      retryable: false,
    })
    expect(files()).toEqual(['m.csv'])
  })
})
