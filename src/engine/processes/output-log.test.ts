import { PassThrough } from 'node:stream'
import { finished } from 'node:stream/promises'
import { describe, expect, it } from 'vitest'
import { OutputLog } from './output-log.ts'

const all = { search: '', after: 0 }
const texts = (log: OutputLog) => log.read(all).lines.map(({ text }) => text)

/** What the log has after a process wrote these chunks and ended. */
async function written(log: OutputLog, ...chunks: (string | Buffer)[]): Promise<string[]> {
  const stream = new PassThrough()
  log.attach(7, 'out', stream)
  for (const chunk of chunks) stream.write(chunk)
  stream.end()
  await finished(stream)
  return texts(log)
}

describe('OutputLog', () => {
  it('splits text into lines with a number, a process and where they came from', () => {
    const log = new OutputLog()
    log.add(7, 'err', 'one\ntwo\n')
    log.add(null, 'sluice', 'three')
    expect(log.read(all)).toEqual({
      lines: [
        { seq: 1, at: expect.any(Number), pid: 7, from: 'err', text: 'one' },
        { seq: 2, at: expect.any(Number), pid: 7, from: 'err', text: 'two' },
        { seq: 3, at: expect.any(Number), pid: null, from: 'sluice', text: 'three' },
      ],
      dropped: 0,
    })
    expect(log.last).toBe(3)
  })

  it('keeps an empty line, and makes none of an end of line', () => {
    const log = new OutputLog()
    log.add(7, 'out', 'one\n\ntwo\n')
    expect(texts(log)).toEqual(['one', '', 'two'])
  })

  it('joins lines and characters that came in parts', async () => {
    const euro = Buffer.from('€')
    const chunks = ['on', 'e\r', '\ntwo ', euro.subarray(0, 1), euro.subarray(1), '\nlast']
    expect(await written(new OutputLog(), ...chunks)).toEqual(['one', 'two €', 'last'])
  })

  it('shows a line as a terminal leaves it', async () => {
    expect(await written(new OutputLog(), '10 %\r20 %\r30 %\r\n', '\u001b[32mdone\u001b[0m\n')).toEqual([
      '30 %',
      'done',
    ])
  })

  it('cuts a long line and says by how much, also one that comes in many chunks', async () => {
    const log = new OutputLog()
    log.add(7, 'out', 'x'.repeat(4000))
    log.add(7, 'out', 'x'.repeat(4007))
    const [whole, cut, streamed] = await written(log, ...Array.from({ length: 100 }, () => 'y'.repeat(1000)), '\n')
    expect(whole).toBe('x'.repeat(4000))
    expect(cut).toBe(`${'x'.repeat(4000)} … (7 more characters)`)
    expect(streamed).toBe(`${'y'.repeat(4000)} … (96000 more characters)`)
  })

  it('keeps the newest lines of a flood and counts the others', async () => {
    const log = new OutputLog({ lines: 100 })
    const numbers = Array.from({ length: 100_000 }, (_, index) => `${index}\n`).join('')
    const kept = await written(log, numbers.slice(0, 250_000), numbers.slice(250_000))
    expect(kept).toEqual(Array.from({ length: 100 }, (_, index) => String(99_900 + index)))
    expect(log.read(all).dropped).toBe(99_900)
  })

  it('keeps no more characters than it may, but always the newest line', () => {
    const log = new OutputLog({ characters: 1000 })
    for (let n = 0; n < 10; n++) log.add(7, 'out', String(n).repeat(400))
    expect(texts(log)).toEqual(['8'.repeat(400), '9'.repeat(400)])
    log.add(7, 'out', 'z'.repeat(3000))
    expect(texts(log)).toEqual(['z'.repeat(3000)])
    expect(log.read(all).dropped).toBe(10)
  })

  it('answers what came later, and what has a word in it in any case', () => {
    const log = new OutputLog()
    log.add(7, 'out', 'Error: one\nfine\nan ERROR\nfine')
    const seqs = (question: { search: string; after: number }) => log.read(question).lines.map(({ seq }) => seq)
    expect(seqs({ search: 'error', after: 0 })).toEqual([1, 3])
    expect(seqs({ search: '', after: 2 })).toEqual([3, 4])
    expect(seqs({ search: 'error', after: 3 })).toEqual([])
  })

  it('answers with the newest thousand', () => {
    const log = new OutputLog()
    for (let n = 0; n < 1500; n++) log.add(7, 'out', `${n}`)
    const { lines, dropped } = log.read(all)
    expect([lines.length, lines[0]?.text, lines.at(-1)?.text, dropped]).toEqual([1000, '500', '1499', 0])
  })

  it('tells of additions', () => {
    let told = 0
    const log = new OutputLog({ onAdd: () => told++ })
    log.add(7, 'out', 'one\ntwo')
    expect(told).toBe(1)
  })
})
