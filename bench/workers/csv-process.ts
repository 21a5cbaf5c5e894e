/** One process of the bench: `csv-process.js WORK`, as JSON. Says what it found as JSON. */
import { createReadStream } from 'node:fs'
import { parse } from 'csv-parse'
import { handle } from '../../src/engine/pool/handlers/csv/csv-handler.ts'

export interface CsvWork {
  readonly work: 'import' | 'parse'
  readonly file: string
}

export interface CsvFigures {
  readonly rows: number
  readonly ms: number
  readonly peakBytes: number
}

const { work, file } = JSON.parse(process.argv[2] ?? '') as CsvWork
const began = performance.now()
const rows = work === 'import' ? await importAll() : await parseAll()
const figures: CsvFigures = {
  rows,
  ms: performance.now() - began,
  peakBytes: process.resourceUsage().maxRSS * 1024,
}
console.log(JSON.stringify(figures))

async function importAll(): Promise<number> {
  const data = { filePath: file, types: { amount: 'number', day: 'date' } }
  const job = { id: '1', type: null, to: null, data, raw: '', attempt: 1 }
  const context = { signal: new AbortController().signal, attempt: 1, progress: () => {}, log: () => {} }
  return (await handle(job, context)).imported
}

async function parseAll(): Promise<number> {
  let count = -1 // the header
  for await (const _ of createReadStream(file).pipe(parse())) count++
  return count
}
