import { join } from 'node:path'
import { SluiceError } from '../../domain/errors.ts'
import type { OperationRun } from '../../domain/operation.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { RedactionRule } from '../../domain/redaction.ts'
import type { Selection } from '../../domain/selection.ts'
import { systemOf } from '../../systems/registry.ts'
import type { BulkRuns } from '../operations/bulk-runs.ts'
import { selectedOf } from '../operations/selected.ts'
import type { Connection } from '../redis/connection.ts'
import type { Searches } from '../search/searches.ts'
import { type ExportProgress, exportJobs } from './export-jobs.ts'
import { countRows, type ImportPlan, type ImportSpec, importKind, planImport } from './import-jobs.ts'
import { openRedactionStore, tryRedaction } from './redaction-store.ts'
import type { RowFormat } from './rows.ts'
import { openUploads } from './uploads.ts'

export interface ExportQuestion {
  readonly connectionId: string
  readonly selection: Selection
  readonly format: RowFormat
  readonly redaction: readonly RedactionRule[]
}

export interface ImportQuestion {
  readonly connectionId: string
  readonly queue: QueueRef
  /** The uploaded file. */
  readonly id: string
  readonly format: RowFormat
}

/** Jobs that leave for a file, and come back from one. */
export interface Transfers {
  /** Writes jobs to a file, and tells how far it is; ended early, it leaves none. Throws NOT_OPEN, NOT_FOUND, DISK_FAILED. */
  export(question: ExportQuestion, signal?: AbortSignal): AsyncGenerator<ExportProgress, void, void>
  upload(id: string | null, text: string): Promise<{ id: string; bytes: number }>
  planImport(question: ImportQuestion): Promise<ImportPlan>
  /** Begins to add the rows of a file. Throws READ_ONLY, UNSUPPORTED, NOT_FOUND, INVALID_INPUT. */
  import(question: ImportQuestion & { readonly reason: string | null }): Promise<OperationRun>
  redaction(): RedactionRule[]
  saveRedaction(rules: readonly RedactionRule[]): Promise<RedactionRule[]>
  tryRedaction(
    rules: readonly RedactionRule[],
    payload: string,
  ): { payload: string; replaced: number; problems: string[] }
  /** Sentences for the person about what happened at start. */
  readonly notices: readonly string[]
}

export interface TransfersOptions {
  readonly dataFolder: string
  /** Where exports go; by default the Downloads folder. */
  readonly downloads?: string
  /** Throws NOT_OPEN. */
  connection(id: string): Connection
  readonly searches: Pick<Searches, 'set'>
  /** Imports are among its runs; this says how they are made, so it is called before `runs.start`. */
  readonly runs: Pick<BulkRuns, 'define' | 'begin'>
}

/** Throws DISK_FAILED when the redaction rules are there and cannot be read. */
export async function createTransfers(options: TransfersOptions): Promise<Transfers> {
  const { dataFolder, downloads, connection, searches, runs } = options
  const uploads = openUploads(join(dataFolder, 'uploads'))
  const rules = await openRedactionStore(dataFolder)
  runs.define('import', importKind(uploads))

  async function inFile<T>(
    id: string,
    work: (file: Awaited<ReturnType<typeof uploads.open>>) => Promise<T>,
  ): Promise<T> {
    const file = await uploads.open(id)
    try {
      return await work(file)
    } finally {
      await file.close()
    }
  }

  return {
    async *export({ connectionId, selection, format, redaction }, signal) {
      const from = connection(connectionId)
      const places = await selectedOf(from, selection, searches)
      const where = { dataFolder, ...(downloads !== undefined && { downloads }) }
      yield* exportJobs({ connection: from, places, format, redaction, ...where }, signal)
    },
    upload: (id, text) => uploads.add(id, text),
    planImport: ({ connectionId, queue, id, format }) => {
      connection(connectionId)
      return inFile(id, (file) => planImport(file, format, queue, Date.now()))
    },
    async import({ connectionId, queue, id, format, reason }) {
      const system = systemOf(queue.system)
      connection(connectionId).writer()
      if (system.write?.add === undefined) {
        throw new SluiceError('UNSUPPORTED', `${system.label} queues take no new jobs here.`)
      }
      const spec: ImportSpec = {
        ...{ uploadId: id, format, queue, at: Date.now() },
        rows: await inFile(id, (file) => countRows(file, format)),
      }
      return runs.begin({
        ...{ kind: 'import', spec, action: 'import', connectionId, queue, stateLabel: '', total: spec.rows, reason },
        ...{ places: [{ queue, state: '' }], pace: null, canary: null, trash: 'redis', steerable: true },
      })
    },
    redaction: rules.rules,
    saveRedaction: rules.save,
    tryRedaction,
    notices: rules.notices,
  }
}
