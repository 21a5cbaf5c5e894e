import type { OperationRun, Report } from '../../domain/operation.ts'
import type { Place } from '../../domain/selection.ts'
import { createExportFile } from '../exports/export-file.ts'
import type { BulkQuestion } from './bulk-work.ts'
import type { Other, RunLine } from './run-file.ts'

type Row = Report['others'][number]

/** A page of the jobs of a run that were refused or no longer there, in their order. */
export function reportOf(run: OperationRun, lines: readonly RunLine[], offset: number, limit: number): Report {
  const others: Row[] = []
  let total = 0
  for (const row of rowsOf(lines)) {
    if (total >= offset && others.length < limit) others.push(row)
    total++
  }
  return { run, others, total }
}

/** Writes a whole report for the person: first what the run was, then a line a job. Throws DISK_FAILED, leaving nothing. */
export async function writeReport(
  run: OperationRun,
  lines: readonly RunLine[],
  where: { readonly dataFolder: string; readonly downloads?: string },
): Promise<{ path: string }> {
  const { dataFolder, downloads } = where
  const file = await createExportFile({
    ...{ dataFolder, name: 'sluice-report', extension: 'ndjson' },
    ...(downloads !== undefined && { downloads }),
  })
  try {
    await file.write(`${JSON.stringify({ type: 'run', ...run })}\n`)
    for (const row of rowsOf(lines)) await file.write(`${JSON.stringify({ type: 'job', ...row })}\n`)
    await file.finish()
  } catch (error) {
    await file.discard()
    throw error
  }
  return { path: file.path }
}

function* rowsOf(lines: readonly RunLine[]): Generator<Row, void, void> {
  const question = lines.find((line) => line.t === 'run')?.question
  for (const line of lines) {
    if (line.t !== 'did' && line.t !== 'ended') continue
    for (const other of line.others) yield { ...placeOf(question, line.place), ...other } satisfies Row & Other
  }
}

function placeOf(question: BulkQuestion | undefined, number: number): Place {
  const place = question?.places[number]
  return place ?? { queue: { system: 'plain-list', prefix: '', name: '' }, state: '' }
}
