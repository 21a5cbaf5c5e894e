import type { OperationRun } from '../../../domain/operation.ts'
import { client, orpc } from '../../api/client.ts'
import { queryClient } from '../../api/query-client.ts'
import { undoEntries } from '../../components/undo-entries.ts'
import { useOperationRuns } from '../../state/operation-runs.ts'
import { toast } from '../../ui/toast.tsx'
import { endedWords, isFleeting, isWhole } from './run-words.model.ts'

/** What a run of these left can be put back, mostly; the engine has the last word. */
const undoable: readonly OperationRun['action'][] = ['retry', 'edit', 'remove', 'purge', 'move']

/** Who asked for an Undo waits so long for its answer, and tells it. */
const undoAnswersMs = 5000
const isToldByUndo = ({ action, startedAt, endedAt }: OperationRun) =>
  action === 'undo' && (endedAt ?? 0) - startedAt < undoAnswersMs

/**
 * After a run: lists, journal and trash are read anew. Whoever could not watch it end, because it was too short, its
 * panel is folded or the window hidden, reads a toast. One that was over before it could be seen is put away.
 */
export function tellEnded(run: OperationRun): void {
  for (const queryKey of [orpc.journal.key(), orpc.trash.key(), ['jobs'], orpc.queues.key()]) {
    void queryClient.invalidateQueries({ queryKey })
  }
  const fleeting = isFleeting(run)
  const hidden = useOperationRuns.getState().folded || document.visibilityState === 'hidden'
  if (!isToldByUndo(run) && (fleeting || hidden)) {
    const words = run.problem === null ? endedWords(run) : `${endedWords(run)} ${run.problem}`
    const undo =
      run.done > 0 && run.journalIds.length > 0 && undoable.includes(run.action)
        ? { label: 'Undo', run: () => void undoEntries(run.journalIds) }
        : undefined
    if (run.problem !== null || run.done === 0) toast.error(words, undo)
    else if (isWhole(run)) toast.good(words, undo)
    else toast.info(words, undo)
  }
  // Another window may have put it away already: that is as good.
  if (fleeting) void client.operations.putAway({ id: run.id }).catch(() => {})
}
