import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { bundle } from '../pool/bundle.ts'
import type { Report } from '../report.ts'
import type { CsvFigures, CsvWork } from './csv-process.ts'

const megabyte = 1_000_000
const small = 100 * megabyte
const large = 1000 * megabyte

/**
 * The import of a CSV file of 1 GB in a process of its own, against csv-parse alone on the same file, and its memory
 * against that of a file a tenth as large. Takes some minutes and 2.5 GB of the temporary folder.
 */
export async function csv(report: Report): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-csv-'))
  try {
    const program = await bundle(join(import.meta.dirname, 'csv-process.ts'))
    const measure = (work: CsvWork['work'], file: string) => runProcess(program, { work, file })
    const [smallFile, largeFile] = [join(folder, 'small.csv'), join(folder, 'large.csv')]
    await generate(smallFile, small)
    await generate(largeFile, large)
    const first = await measure('import', smallFile)
    const whole = await measure('import', largeFile)
    const alone = await measure('parse', largeFile)
    report.add({
      case: 'csv 1 GB',
      metric: 'rows',
      value: rate(whole),
      unit: 'rows/s',
      peer: 'csv-parse alone',
      ratio: rate(whole) / rate(alone),
    })
    report.add({
      case: 'csv 1 GB',
      metric: 'peak memory',
      value: whole.peakBytes / megabyte,
      unit: 'MB',
      peer: '100 MB',
      ratio: whole.peakBytes / first.peakBytes,
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const rate = ({ rows, ms }: CsvFigures) => (1000 * rows) / ms

async function generate(file: string, bytes: number): Promise<void> {
  const stream = createWriteStream(file)
  stream.write('id,name,amount,day,note\n')
  let row = 0
  for (let written = 0; written < bytes; ) {
    let block = ''
    for (let i = 0; i < 5000; i++, row++) {
      block += `${row},Name ${row},${row}.50,2026-01-${10 + (row % 20)},"a ""quoted"" note, number ${row}"\n`
    }
    written += block.length
    if (!stream.write(block)) await once(stream, 'drain')
  }
  stream.end()
  await once(stream, 'close')
}

async function runProcess(program: string, work: CsvWork): Promise<CsvFigures> {
  const child = spawn(process.execPath, [program, JSON.stringify(work)], { stdio: ['ignore', 'pipe', 'inherit'] })
  return JSON.parse(await text(child.stdout)) as CsvFigures
}
