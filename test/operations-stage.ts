import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PlanQuestion } from '../src/domain/operation.ts'
import { type Journal, openJournal } from '../src/engine/journal/journal.ts'
import type { BulkRuns } from '../src/engine/operations/bulk-runs.ts'
import { createFrozenSet, type FrozenSet } from '../src/engine/operations/frozen-set.ts'
import { openOperations } from '../src/engine/operations/open-operations.ts'
import type { Operations } from '../src/engine/operations/operations.ts'
import { memorySecretStore } from '../src/engine/profiles/secret-store.ts'
import type { Connection } from '../src/engine/redis/connection.ts'
import { openTrash, type Trash } from '../src/engine/trash/trash.ts'

/** The operations of an engine with all that they need, in a folder of their own, on connections of the test. */
export interface OperationsStage {
  readonly folder: string
  readonly journal: Journal
  readonly trash: Trash
  readonly runs: BulkRuns
  readonly operations: Operations
  /** Sets that a search might have found, by id. */
  readonly found: Map<string, FrozenSet>
  newSet(): Promise<FrozenSet>
  /** Ends as the app does; `keep` leaves the folder for another stage on it. */
  close(keep?: boolean): Promise<void>
}

export async function stageOperations(
  connection: (id: string) => Connection,
  folder = mkdtempSync(join(tmpdir(), 'sluice-operations-')),
): Promise<OperationsStage> {
  mkdirSync(folder, { recursive: true })
  const journal = await openJournal(join(folder, 'journal'))
  const trash = await openTrash({ dataFolder: folder, secrets: memorySecretStore(), journal, connection })
  const found = new Map<string, FrozenSet>()
  const searches = { set: (id: string) => found.get(id) as FrozenSet }
  const open = openOperations({
    ...{ dataFolder: folder, downloads: folder, journal, trash, searches, connection, facts: () => null },
  })
  const { operations, runs } = open
  await open.start()
  return {
    ...{ folder, journal, trash, runs, operations, found },
    async newSet() {
      const set = await createFrozenSet(join(folder, 'searches'))
      found.set(set.id, set)
      return set
    },
    async close(keep = false) {
      for (const set of found.values()) await set.close(true)
      await open.close()
      await trash.close()
      await journal.close()
      if (!keep) rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A question with what its action does not need left out. */
export function planQuestion(
  question: Pick<PlanQuestion, 'connectionId' | 'action' | 'selection'> & Partial<PlanQuestion>,
): PlanQuestion {
  return { attempts: 'keep', to: null, into: null, at: null, change: null, redaction: [], ...question }
}

/** How to run a plan at full speed. */
export const atFullSpeed = { typedCount: null, reason: null, pace: null, canary: null, trash: 'redis' as const }
