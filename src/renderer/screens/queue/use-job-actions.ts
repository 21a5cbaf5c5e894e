import { useMutation } from '@tanstack/react-query'
import type { AttemptsChoice } from '../../../domain/job.ts'
import type { Outcome } from '../../../domain/operation.ts'
import type { QueueRef } from '../../../domain/queue.ts'
import { orpc } from '../../api/client.ts'
import { reportOutcome } from '../../components/report-outcome.ts'
import type { JobSource } from './use-job-pages.ts'

export interface JobActions {
  /** One of them is under way: none may begin. */
  readonly busy: boolean
  retry(refs: readonly string[], attempts?: AttemptsChoice): Promise<void>
  retryAll(attempts?: AttemptsChoice): Promise<void>
  remove(refs: readonly string[]): Promise<void>
  move(refs: readonly string[], to: QueueRef): Promise<void>
  promote(refs: readonly string[]): Promise<void>
  reschedule(refs: readonly string[], at: number): Promise<void>
  duplicate(refs: readonly string[]): Promise<void>
}

/**
 * What can be done with jobs of a state. Each says in a toast what became of it, with Undo where there is one, and calls
 * `onChanged` whatever the outcome: after an error nobody knows what the list holds now. The promises never reject.
 */
export function useJobActions({ connectionId, queue, state }: JobSource, onChanged: () => void): JobActions {
  const place = { connectionId, queue, state }
  const said = (did: string, onUndone?: () => void) => ({
    onSettled: onChanged,
    onSuccess: (outcome: Outcome) => reportOutcome(outcome, { did, onUndone }),
  })
  const retry = useMutation(orpc.queues.retry.mutationOptions(said('Retried')))
  const retryAll = useMutation(orpc.queues.retryAll.mutationOptions(said('Retried')))
  const remove = useMutation(orpc.queues.remove.mutationOptions(said('Removed', onChanged)))
  const move = useMutation(orpc.queues.move.mutationOptions(said('Moved')))
  const promote = useMutation(orpc.queues.promote.mutationOptions(said('Promoted')))
  const reschedule = useMutation(orpc.queues.reschedule.mutationOptions(said('Rescheduled')))
  const duplicate = useMutation(orpc.queues.duplicate.mutationOptions(said('Duplicated')))
  const quiet = async (work: Promise<unknown>) => {
    await work.catch(() => {}) // the mutation cache has said it in a toast
  }
  return {
    busy: [retry, retryAll, remove, move, promote, reschedule, duplicate].some(({ isPending }) => isPending),
    retry: (refs, attempts = 'keep') => quiet(retry.mutateAsync({ ...place, refs: [...refs], attempts })),
    retryAll: (attempts = 'keep') => quiet(retryAll.mutateAsync({ ...place, attempts })),
    remove: (refs) => quiet(remove.mutateAsync({ ...place, refs: [...refs] })),
    move: (refs, to) => quiet(move.mutateAsync({ ...place, refs: [...refs], to })),
    promote: (refs) => quiet(promote.mutateAsync({ ...place, refs: [...refs] })),
    reschedule: (refs, at) => quiet(reschedule.mutateAsync({ ...place, refs: [...refs], at })),
    duplicate: (refs) => quiet(duplicate.mutateAsync({ ...place, refs: [...refs] })),
  }
}
