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
  /** The journal can take it back: offer that. Called after it was. */
  readonly onUndone?: () => void
}

/** Says in a toast what became of an action; with Undo where it can be taken back. */
export function reportOutcome(outcome: Outcome, { did, noun, onUndone }: Report): void {
  const words = outcomeWords(did, outcome, noun)
  const { journalId, done } = outcome
  const undo =
    onUndone === undefined || journalId === null || done === 0
      ? undefined
      : { label: 'Undo', run: () => void undoEntry(journalId, onUndone) }
  if (done === 0) toast.error(words)
  else if (wholeOutcome(outcome)) toast.good(words, undo)
  else toast.info(words, undo)
}

async function undoEntry(id: string, onUndone: () => void): Promise<void> {
  try {
    const outcome = await client.journal.undo({ id })
    toast.good(outcomeWords('Put back', outcome))
    onUndone()
  } catch (error) {
    toast.error(errorSentence(error))
  } finally {
    void queryClient.invalidateQueries({ queryKey: orpc.journal.key() })
  }
}
