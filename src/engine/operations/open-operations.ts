import { join } from 'node:path'
import type { QueueRef } from '../../domain/queue.ts'
import type { Journal } from '../journal/journal.ts'
import type { Connection } from '../redis/connection.ts'
import type { Searches } from '../search/searches.ts'
import type { Trash } from '../trash/trash.ts'
import { type BulkRuns, createBulkRuns } from './bulk-runs.ts'
import { sweepFrozenSets } from './frozen-set.ts'
import { jobsKind } from './jobs-work.ts'
import { createOperations, type Operations } from './operations.ts'
import type { QueueFacts } from './plan-warnings.ts'
import { createPlans } from './plans.ts'
import { undoKind } from './undo-work.ts'

export interface OpenOperationsOptions {
  readonly dataFolder: string
  /** Where reports go; by default the Downloads folder. */
  readonly downloads?: string
  readonly journal: Journal
  readonly trash: Trash
  readonly searches: Pick<Searches, 'set'>
  /** An open connection; throws NOT_OPEN. */
  connection(id: string): Connection
  /** What is known of a queue beside its jobs, for the warnings of a plan; null where nothing is. */
  facts(connectionId: string, queue: QueueRef): QueueFacts | null
}

/** Everything that changes jobs, and what carries it on. */
export interface OpenOperations {
  readonly operations: Operations
  readonly runs: BulkRuns
  /** Goes on with what an earlier start left unfinished: when all kinds of runs are defined. */
  start(): Promise<void>
  /** Stops the runs where they are. Before the connections, the trash and the journal are closed. */
  close(): Promise<void>
}

/** Puts plans, runs and single actions together. Their files are in `operations` of the data folder. */
export function openOperations(options: OpenOperationsOptions): OpenOperations {
  const { dataFolder, journal, trash, searches, connection, facts } = options
  const folder = join(dataFolder, 'operations', 'sets')
  const runs = createBulkRuns({ ...options, folder: join(dataFolder, 'operations', 'runs') })
  runs.define('jobs', jobsKind({ folder, connection }))
  runs.define('undo', undoKind({ journal, trash }))
  const plans = createPlans({ folder, searches, trash, runs, connection, facts })
  return {
    runs,
    operations: createOperations({ connection, journal, trash, runs, plans }),
    async start() {
      await runs.start()
      const kept = new Set(runs.unfinished())
      await sweepFrozenSets(folder, (id) => kept.has(id))
    },
    async close() {
      await runs.close()
      await plans.close()
    },
  }
}
