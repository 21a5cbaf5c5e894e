import { join } from 'node:path'
import type { QueueRef } from '../domain/queue.ts'
import type { Connections } from './connections/connections.ts'
import type { Journal } from './journal/journal.ts'
import { openOperations } from './operations/open-operations.ts'
import type { Operations } from './operations/operations.ts'
import type { QueueFacts } from './operations/plan-warnings.ts'
import type { SecretStore } from './profiles/secret-store.ts'
import { openSavedFilters, type SavedFilters } from './search/saved-filters.ts'
import { createSearches, type Searches } from './search/searches.ts'
import { createTransfers, type Transfers } from './transfers/transfers.ts'
import { openTrash, type Trash } from './trash/trash.ts'

export interface OperatorToolsOptions {
  readonly dataFolder: string
  readonly secrets: SecretStore
  readonly journal: Journal
  readonly connections: Pick<Connections, 'get'>
  queues(connectionId: string): readonly QueueRef[] | Promise<readonly QueueRef[]>
  facts(connectionId: string, queue: QueueRef): QueueFacts | null
}

/** What an operator finds jobs with and acts on them with. */
export interface OperatorTools {
  readonly searches: Searches
  readonly filters: SavedFilters
  readonly operations: Operations
  readonly trash: Trash
  readonly transfers: Transfers
  /** Goes on with the actions that the end of the app cut off, each as soon as its connection may write. */
  start(): Promise<void>
  /** Stops all where it is. */
  close(): Promise<void>
  /** Sentences for the person about what happened at start. */
  readonly notices: readonly string[]
}

export async function createOperatorTools(options: OperatorToolsOptions): Promise<OperatorTools> {
  const { dataFolder, secrets, journal, connections, queues, facts } = options
  const connection = (id: string) => connections.get(id)
  const searches = createSearches({ folder: join(dataFolder, 'searches'), connection, queues })
  const filters = await openSavedFilters({ folder: dataFolder })
  const trash = await openTrash({ dataFolder, secrets, journal, connection })
  const acting = openOperations({ dataFolder, journal, trash, searches, connection, facts })
  const transfers = await createTransfers({ dataFolder, connection, searches, runs: acting.runs })

  return {
    searches,
    filters,
    operations: acting.operations,
    trash,
    transfers,
    start: () => acting.start(),
    async close() {
      await acting.close()
      await searches.close()
      await trash.close()
    },
    notices: [...filters.notices, ...transfers.notices],
  }
}
