import { useMutation } from '@tanstack/react-query'
import type { QueueRef } from '../../../domain/queue.ts'
import { orpc } from '../../api/client.ts'
import { reportOutcome } from '../../components/report-outcome.ts'
import type { JobSource } from './use-job-pages.ts'

export interface JobActions {
  /** One of them is under way: none may begin. */
  readonly busy: boolean
  retry(refs: readonly string[]): Promise<void>
  retryAll(): Promise<void>
  remove(refs: readonly string[]): Promise<void>
  move(refs: readonly string[], to: QueueRef): Promise<void>
}

/**
 * What can be done with jobs of a state. Each says in a toast what became of it, with Undo where there is one, and calls
 * `onChanged` whatever the outcome: after an error nobody knows what the list holds now. The promises never reject.
 */
export function useJobActions({ connectionId, queue, state }: JobSource, onChanged: () => void): JobActions {
  const place = { connectionId, queue, state }
  const settled = { onSettled: onChanged }
  const retried = { ...settled, onSuccess: report('Retried') }
  const retry = useMutation(orpc.queues.retry.mutationOptions(retried))
  const retryAll = useMutation(orpc.queues.retryAll.mutationOptions(retried))
  const remove = useMutation(
    orpc.queues.remove.mutationOptions({ ...settled, onSuccess: report('Removed', onChanged) }),
  )
  const move = useMutation(orpc.queues.move.mutationOptions({ ...settled, onSuccess: report('Moved') }))
  const quiet = async (work: Promise<unknown>) => {
    await work.catch(() => {}) // the mutation cache has said it in a toast
  }
  return {
    busy: [retry, retryAll, remove, move].some(({ isPending }) => isPending),
    retry: (refs) => quiet(retry.mutateAsync({ ...place, refs: [...refs] })),
    retryAll: () => quiet(retryAll.mutateAsync(place)),
    remove: (refs) => quiet(remove.mutateAsync({ ...place, refs: [...refs] })),
    move: (refs, to) => quiet(move.mutateAsync({ ...place, refs: [...refs], to })),
  }
}

function report(did: string, onUndone?: () => void) {
  return (outcome: Parameters<typeof reportOutcome>[0]) => reportOutcome(outcome, { did, onUndone })
}
