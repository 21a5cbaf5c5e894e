import type { Outcome } from '../../domain/operation.ts'
import { client, orpc } from '../api/client.ts'
import { errorSentence } from '../api/error-text.ts'
import { queryClient } from '../api/query-client.ts'
import { toast } from '../ui/toast.tsx'
import { outcomeWords, wholeOutcome } from './outcome-words.model.ts'

interface Report {
  /** In the past tense: "Removed". */
  readonly did: string
  readonly noun?: string
  /** It may be that the journal can take it back: then that is offered. `onUndone` is called after it was. */
  readonly undo?: { readonly connectionId: string; readonly onUndone: () => void }
}

/** Says in a toast what became of an action; with Undo where it can be taken back. */
export function reportOutcome(outcome: Outcome, { did, noun, undo }: Report): void {
  const words = outcomeWords(did, outcome, noun)
  const { journalId, done } = outcome
  const say = (action?: { label: string; run(): void }) => {
    if (done === 0) toast.error(words)
    else if (wholeOutcome(outcome)) toast.good(words, action)
    else toast.info(words, action)
  }
  if (undo === undefined || journalId === null || done === 0) {
    say()
    return
  }
  const offer = { label: 'Undo', run: () => void undoEntry(journalId, undo.onUndone) }
  canUndo(undo.connectionId, journalId).then(
    (can) => say(can ? offer : undefined),
    () => say(offer), // the journal will say why not
  )
}

/** Whether the newest entries have one of this id that can be undone: a system may not be able to take this one back. */
async function canUndo(connectionId: string, id: string): Promise<boolean> {
  const { entries } = await client.journal.list({ connectionId, limit: 20 })
  return entries.find((entry) => entry.id === id)?.undo === true
}

async function undoEntry(id: string, onUndone: () => void): Promise<void> {
  try {
    const outcome = await client.journal.undo({ id })
    if (outcome.done > 0) toast.good(outcomeWords('Put back', outcome))
    else toast.error(outcomeWords('Put back', outcome))
    onUndone()
  } catch (error) {
    toast.error(errorSentence(error))
  } finally {
    void queryClient.invalidateQueries({ queryKey: orpc.journal.key() })
    void queryClient.invalidateQueries({ queryKey: orpc.trash.key() })
  }
}
