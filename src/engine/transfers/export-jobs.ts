import { setImmediate } from 'node:timers/promises'
import { SluiceError } from '../../domain/errors.ts'
import { type Redactor, redactorOf } from '../../domain/redaction/redact.ts'
import type { RedactionRule } from '../../domain/redaction.ts'
import { systemOf } from '../../systems/registry.ts'
import { createExportFile } from '../exports/export-file.ts'
import type { SelectedPlace } from '../operations/selected.ts'
import type { Connection } from '../redis/connection.ts'
import { csvHeader, csvLine, type JobRecord, jsonLine, recordOf } from './job-record.ts'

export interface Export {
  readonly connection: Pick<Connection, 'reader'>
  readonly places: readonly SelectedPlace[]
  readonly format: 'ndjson' | 'csv'
  readonly redaction: readonly RedactionRule[]
  readonly dataFolder: string
  /** Where the file goes; the person's Downloads folder where it is left out. */
  readonly downloads?: string
}

export interface ExportProgress {
  readonly path: string
  /** Jobs that are in the file: those that left before they were read are not. */
  readonly jobs: number
  readonly total: number
  readonly bytes: number
  readonly done: boolean
}

/** How often it is told how far it is, ms. */
const toldEveryMs = 250
/** Jobs of a selection that are read at the same time: payloads may be large. */
const together = 8

/**
 * Writes jobs to a file, one after the other, in constant memory. A state as a whole is walked (about 1 round trip a MB);
 * jobs that are named one by one cost a round trip each. Not read to its end, or failed, it leaves no file. Throws
 * INVALID_INPUT for a rule that means nothing, DISK_FAILED.
 */
export async function* exportJobs(question: Export, signal?: AbortSignal): AsyncGenerator<ExportProgress, void, void> {
  const { places, format, redaction, dataFolder, downloads } = question
  const redactor = redaction.length === 0 ? null : redactorOf(redaction)
  if (redactor !== null && 'problem' in redactor) throw new SluiceError('INVALID_INPUT', redactor.problem)
  const file = await createExportFile({
    ...{ dataFolder, name: 'sluice-jobs', extension: format },
    ...(downloads !== undefined && { downloads }),
  })
  const total = places.reduce((sum, { count }) => sum + count, 0)
  let jobs = 0
  let toldAt = 0
  const progress = (done: boolean): ExportProgress => ({
    ...{ path: file.path, jobs, bytes: file.bytes, done },
    total: Math.max(total, jobs),
  })
  try {
    yield progress(false)
    if (format === 'csv') await file.write(csvHeader)
    for (const place of places) {
      for await (const records of recordsOf(question, place, redactor)) {
        if (signal?.aborted) return
        for (const record of records) {
          await file.write(format === 'csv' ? csvLine(record) : jsonLine(record))
          jobs++
        }
        if (Date.now() - toldAt >= toldEveryMs) {
          toldAt = Date.now()
          yield progress(false)
        }
        await setImmediate() // others have their turn between two replies
      }
    }
    if (signal?.aborted) return
    await file.finish()
    yield progress(true)
  } finally {
    await file.discard() // does nothing to a file that is finished
  }
}

async function* recordsOf(
  { connection: { reader } }: Export,
  { queue, state, frozen, refs }: SelectedPlace,
  redactor: Redactor | null,
): AsyncGenerator<JobRecord[], void, void> {
  const system = systemOf(queue.system)
  if (frozen !== null) {
    for await (const { jobs } of system.scan(reader, queue, state, { chunk: 500, payloads: true })) {
      yield jobs.map((job) => recordOf(queue, job.summary(), job.payload(), job.error(), redactor))
    }
    return
  }
  for await (const group of refs(together)) {
    const details = await Promise.all(group.map((ref) => system.job(reader, queue, state, ref, true)))
    yield details.flatMap((detail) => {
      if (detail === null) return []
      const bytes = Buffer.from(detail.payload.text, detail.payload.encoding)
      return [recordOf(queue, detail, bytes, detail.error, redactor)]
    })
  }
}
