import type { FileHandle } from 'node:fs/promises'
import { z } from 'zod'
import { SluiceError } from '../../domain/errors.ts'
import type { NewJob } from '../../domain/job.ts'
import { type QueueRef, queueRefSchema } from '../../domain/queue.ts'
import type { Writer } from '../../systems/handles.ts'
import { systemOf } from '../../systems/registry.ts'
import type { QueueSystem } from '../../systems/system.ts'
import type { BulkKind } from '../operations/bulk-runs.ts'
import { addedOrRefused } from './add-job.ts'
import { type InRow, type RowReader, rowReaderOf } from './job-in-row.ts'
import { type Row, type RowFormat, readRow, rowsOf } from './rows.ts'
import type { Uploads } from './uploads.ts'

/** What importing a file would do. */
export interface ImportPlan {
  /** Rows that are not empty, those that cannot be added included. */
  readonly rows: number
  /** Of the payloads that would be added. */
  readonly bytes: number
  /** The first rows that cannot be, with their lines; `problemCount` is how many there are. */
  readonly problems: { line: number; problem: string }[]
  readonly problemCount: number
  readonly sample: { name: string | null; payload: string }[]
}

/** What a run of an import is written down as. */
export const importSpecSchema = z.object({
  uploadId: z.string(),
  format: z.enum(['ndjson', 'csv']),
  queue: queueRefSchema,
  rows: z.number(),
  at: z.number(),
})
export type ImportSpec = z.infer<typeof importSpecSchema>

const mostProblems = 100
const mostSamples = 10
/** Characters of a payload in the sample. */
const sampleCharacters = 16_384
/** Rows larger than this hold no job that could be added. */
const mostRowBytes = 128 * 1024 * 1024
/** Rows that are added before the run writes down how far it is. */
const rowsAChunk = 50

/** Reads a file whole, in constant memory, and says what could be added. Throws INVALID_INPUT for a CSV without payloads. */
export async function planImport(
  file: FileHandle,
  format: RowFormat,
  queue: QueueRef,
  now: number,
): Promise<ImportPlan> {
  const system = systemOf(queue.system)
  const plan = {
    rows: 0,
    bytes: 0,
    problems: [] as ImportPlan['problems'],
    problemCount: 0,
    sample: [] as ImportPlan['sample'],
  }
  const reader = await readerOf(file, format, system, now)
  for await (const row of dataRows(file, format)) {
    const found = await jobIn(file, row, reader)
    if (found === null) continue
    const problem = 'problem' in found ? found.problem : await whyNot(system, queue, found.job)
    plan.rows++
    if (problem === null && 'job' in found) {
      plan.bytes += Buffer.byteLength(found.job.payload)
      const { name, payload } = found.job
      if (plan.sample.length < mostSamples) plan.sample.push({ name, payload: payload.slice(0, sampleCharacters) })
    } else if (problem !== null) {
      plan.problemCount++
      if (plan.problems.length < mostProblems) plan.problems.push({ line: row.line, problem })
    }
  }
  return plan
}

/** How many rows a file has that are not empty. */
export async function countRows(file: FileHandle, format: RowFormat): Promise<number> {
  let rows = 0
  for await (const { start, end } of dataRows(file, format)) if (end - start > 1) rows++
  return rows
}

/** The work of an import: rows by their places in the file, each added once; what cannot be is refused with its line. */
export function importKind(uploads: Uploads): BulkKind {
  return async (given) => {
    const spec = importSpecSchema.parse(given)
    const system = systemOf(spec.queue.system)
    const file = await uploads.open(spec.uploadId)
    const reader = await readerOf(file, spec.format, system, spec.at)
    return {
      places: [
        {
          ...{ queue: spec.queue, state: '', stateLabel: '', count: spec.rows, undoable: false },
          detail: 'from a file',
          how: {
            type: 'chunks',
            most: rowsAChunk,
            items: (size, skip) => itemsOf(file, spec.format, size, skip),
            async step(items, { writer }) {
              const outcome = { done: 0, missing: 0, refused: [] as { ref: string; reason: string }[] }
              for (const item of items) {
                const row = rowOf(item)
                const refusal = await addRow(writer, system, spec.queue, row && (await jobIn(file, row, reader)))
                if (refusal === null) outcome.done++
                else outcome.refused.push({ ref: `line ${row?.line ?? '?'}`, reason: refusal })
              }
              return outcome
            },
          },
        },
      ],
      async close(over) {
        await file.close()
        if (over) await uploads.remove(spec.uploadId)
      },
    }
  }
}

async function addRow(writer: Writer, system: QueueSystem, queue: QueueRef, found: InRow): Promise<string | null> {
  if (found === null) return 'It is empty.'
  return 'problem' in found ? found.problem : addedOrRefused(system, writer, queue, found.job)
}

async function* itemsOf(
  file: FileHandle,
  format: RowFormat,
  size: number,
  skip: number,
): AsyncGenerator<string[], void, void> {
  let group: string[] = []
  let passed = 0
  for await (const { line, start, end } of dataRows(file, format)) {
    if (end - start <= 1 || passed++ < skip) continue
    group.push(`${line}:${start}:${end}`)
    if (group.length < size) continue
    yield group
    group = []
  }
  if (group.length > 0) yield group
}

function rowOf(item: string): Row | null {
  const [line, start, end] = item.split(':').map(Number)
  return line === undefined || start === undefined || end === undefined ? null : { line, start, end }
}

async function* dataRows(file: FileHandle, format: RowFormat): AsyncGenerator<Row, void, void> {
  let header = format === 'csv'
  for await (const row of rowsOf(file, format)) {
    if (!header) yield row
    header = false
  }
}

async function readerOf(file: FileHandle, format: RowFormat, system: QueueSystem, now: number): Promise<RowReader> {
  const first = format === 'csv' ? (await rowsOf(file, format).next()).value : undefined
  const header = first && first.end - first.start <= 1_000_000 ? await readRow(file, first) : null
  const reader = rowReaderOf(system, format, header, now)
  if ('problem' in reader) throw new SluiceError('INVALID_INPUT', reader.problem)
  return reader
}

async function jobIn(file: FileHandle, row: Row, reader: RowReader): Promise<InRow> {
  if (row.end - row.start > mostRowBytes) return { problem: 'It is larger than any job may be.' }
  return reader(await readRow(file, row))
}

class NothingSent extends Error {}
const nowhere = async (): Promise<never> => {
  throw new NothingSent()
}
/** A Writer that sends nothing: what a system refuses before it writes, it refuses here too. */
const dryWriter: Writer = { run: nowhere, call: nowhere, pipeline: nowhere }

async function whyNot(system: QueueSystem, queue: QueueRef, job: NewJob): Promise<string | null> {
  try {
    return await addedOrRefused(system, dryWriter, queue, job)
  } catch (error) {
    if (error instanceof NothingSent) return null
    throw error
  }
}
