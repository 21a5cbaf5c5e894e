import { client, orpc } from '../api/client.ts'
import { errorSentence } from '../api/error-text.ts'
import { queryClient } from '../api/query-client.ts'
import { formatCount, formatCounted } from '../ui/format.ts'
import { toast } from '../ui/toast.tsx'

/**
 * Takes back what journal entries hold, one after the other, and says in a toast what came of it. An entry that cannot
 * be undone stops those after it no more than it would alone. Never rejects.
 */
export async function undoEntries(ids: readonly string[]): Promise<void> {
  let done = 0
  let missing = 0
  const refusals = new Set<string>()
  for (const id of ids) {
    try {
      const outcome = await client.journal.undo({ id })
      done += outcome.done
      missing += outcome.missing
      for (const { reason } of outcome.refused) refusals.add(reason)
    } catch (error) {
      refusals.add(errorSentence(error))
    }
  }
  void queryClient.invalidateQueries({ queryKey: orpc.journal.key() })
  void queryClient.invalidateQueries({ queryKey: orpc.trash.key() })
  void queryClient.invalidateQueries({ queryKey: ['jobs'] })
  const words = [
    ...(done > 0 || (missing === 0 && refusals.size === 0) ? [`Put back ${formatCounted(done, 'job')}.`] : []),
    ...(missing > 0 ? [`${formatCount(missing)} could not be: they were begun, or have gone.`] : []),
    ...refusals,
  ].join(' ')
  if (done === 0 && (missing > 0 || refusals.size > 0)) toast.error(words)
  else if (missing > 0 || refusals.size > 0) toast.info(words)
  else toast.good(words)
}
