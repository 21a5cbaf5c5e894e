import { SluiceError } from '../../domain/errors.ts'
import { systemOf } from '../../systems/registry.ts'
import type { Journal } from '../journal/journal.ts'
import { trashTtlOf } from '../journal/journal-line.ts'
import type { Trash } from '../trash/trash.ts'
import type { BulkKind, BulkPlace } from './bulk-work.ts'

/** Which journal entries are undone, in this order: plain JSON. */
export interface UndoSpec {
  readonly journalIds: readonly string[]
}

/** The runs that undo what journal entries tell of: each restores a trash entry. */
export function undoKind(options: { readonly journal: Journal; readonly trash: Trash }): BulkKind {
  return async (stored) => {
    const { journalIds } = stored as UndoSpec // written by operations.ts
    const releases: (() => void)[] = []
    return {
      places: journalIds.map((id) => undoOne(id, options, releases)),
      close: async () => {
        for (const release of releases) release()
      },
    }
  }
}

function undoOne(
  id: string,
  { journal, trash }: { readonly journal: Journal; readonly trash: Trash },
  releases: (() => void)[],
): BulkPlace {
  const record = journal.record(id)
  const queue = record?.begun.queue ?? null
  const key = record?.begun.trash ?? null
  if (record === null || queue === null || key === null)
    throw new SluiceError('NOT_FOUND', 'The journal has no such entry.')
  const { state, stateLabel, action } = record.begun
  const restore = systemOf(queue.system).write?.restore
  if (restore === undefined) throw new SluiceError('UNSUPPORTED')
  return {
    ...{ queue, state, stateLabel, count: record.ended?.done ?? 0, detail: '', undoable: false },
    how: {
      type: 'replayed',
      work: ({ writer, run }) => restore(writer, queue, state, { key, ttlMs: trashTtlOf(action) }, run),
    },
    async begin() {
      releases.push(trash.hold(id))
      await trash.bringBack(id)
    },
    /** What a cancel or a refusal left in the trash can be put back later. */
    async end({ refused }, complete) {
      if (complete && refused === 0 && journal.record(id)?.undoneAt === null) await journal.undone(id)
    },
  }
}
