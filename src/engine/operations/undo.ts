import { SluiceError } from '../../domain/errors.ts'
import type { Outcome } from '../../domain/operation.ts'
import { queueKey } from '../../domain/queue.ts'
import { systemOf } from '../../systems/registry.ts'
import type { Journal } from '../journal/journal.ts'
import type { JournalRecord } from '../journal/journal-line.ts'
import { undoOf } from '../journal/sentence.ts'
import type { Connection } from '../redis/connection.ts'
import { within } from '../within.ts'
import type { BulkRuns } from './bulk-runs.ts'
import type { UndoSpec } from './undo-work.ts'

export interface UndoOptions {
  readonly journal: Journal
  readonly runs: BulkRuns
  /** Throws NOT_OPEN. */
  connection(id: string): Connection
}

/** An Undo that takes longer goes on in the background. */
const waitMs = 5000

/** Undoes the journal entry of an id, or all entries of the run of that id, newest first; see Operations.undo. */
export function createUndo({ journal, runs, connection }: UndoOptions): (id: string) => Promise<Outcome> {
  /** Entries by the run that is undoing them. */
  const undoing = new Map<string, string>()

  async function recordsOf(id: string): Promise<JournalRecord[]> {
    const record = journal.record(id)
    if (record !== null) return [record]
    const { run } = await runs.report(id, 0, 1)
    const records = run.journalIds.map((each) => journal.record(each)).filter((each) => each !== null)
    return records.reverse().filter((each) => each.ended === null || each.ended.error !== null || each.ended.done > 0)
  }

  function check({ begun }: JournalRecord): void {
    const running = runs.unfinished()
    if (begun.run !== undefined && running.includes(begun.run)) {
      throw new SluiceError('CHANGED', 'That action still runs: cancel it first.')
    }
    if (running.includes(undoing.get(begun.id) ?? '')) {
      throw new SluiceError('CHANGED', 'This is being undone at the moment.')
    }
  }

  return async (id) => {
    const records = await recordsOf(id)
    const [first] = records
    if (first === undefined) throw new SluiceError('UNSUPPORTED', 'Nothing of it can be undone.')
    for (const record of records) {
      check(record)
      const able = undoOf(record, Date.now())
      const { queue, trash } = record.begun
      if (able !== true) throw new SluiceError('UNSUPPORTED', able)
      if (queue === null || trash === null || !systemOf(queue.system).write?.restore)
        throw new SluiceError('UNSUPPORTED')
    }
    const { connectionId, queue, stateLabel } = first.begun
    connection(connectionId).writer() // throws READ_ONLY
    const spec: UndoSpec = { journalIds: records.map(({ begun }) => begun.id) }
    const queues = new Set(records.map(({ begun }) => begun.queue && queueKey(begun.queue)))
    const runId = crypto.randomUUID()
    for (const journalId of spec.journalIds) undoing.set(journalId, runId)
    await runs.begin(
      {
        ...{ kind: 'undo', spec, action: 'undo', connectionId, reason: null, pace: null, canary: null, trash: 'redis' },
        ...{ queue: queues.size === 1 ? queue : null, stateLabel, steerable: true },
        places: records.flatMap(({ begun }) =>
          begun.queue === null ? [] : [{ queue: begun.queue, state: begun.state }],
        ),
        total: records.reduce((sum, { ended }) => sum + (ended?.done ?? 0), 0) || null,
      },
      runId,
    )
    await within(waitMs, runs.ended(runId))
    const { run, others } = await runs.report(runId, 0, 1000)
    if (run.endedAt !== null && run.problem !== null) throw new SluiceError('INTERNAL', run.problem)
    const { done, missing, journalIds, total } = run
    const left = run.cancelled && total !== null ? Math.max(0, total - done - missing - run.refused) : 0
    const refused = others.filter(({ what }) => what === 'refused').map(({ ref, reason }) => ({ ref, reason }))
    return { done, missing, refused, ...(left > 0 && { left }), journalId: journalIds[0] ?? null }
  }
}
