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
  retry(ref: string, attempts?: AttemptsChoice): Promise<void>
  remove(ref: string): Promise<void>
  move(ref: string, to: QueueRef): Promise<void>
  promote(ref: string): Promise<void>
  reschedule(ref: string, at: number): Promise<void>
  duplicate(ref: string): Promise<void>
}

/**
 * What can be done with one job of a state, at once; with many it is a plan. Each says in a toast what became of it, with
 * Undo where there is one, and calls `onChanged` whatever the outcome: after an error nobody knows what the list holds
 * now. The promises never reject.
 */
export function useJobActions({ connectionId, queue, state }: JobSource, onChanged: () => void): JobActions {
  const place = { connectionId, queue, state }
  const said = (did: string) => ({
    onSettled: onChanged,
    onSuccess: (outcome: Outcome) => reportOutcome(outcome, { did, undo: { connectionId, onUndone: onChanged } }),
  })
  const retry = useMutation(orpc.queues.retry.mutationOptions(said('Retried')))
  const remove = useMutation(orpc.queues.remove.mutationOptions(said('Removed')))
  const move = useMutation(orpc.queues.move.mutationOptions(said('Moved')))
  const promote = useMutation(orpc.queues.promote.mutationOptions(said('Promoted')))
  const reschedule = useMutation(orpc.queues.reschedule.mutationOptions(said('Rescheduled')))
  const duplicate = useMutation(orpc.queues.duplicate.mutationOptions(said('Duplicated')))
  const quiet = async (work: Promise<unknown>) => {
    await work.catch(() => {}) // the mutation cache has said it in a toast
  }
  return {
    busy: [retry, remove, move, promote, reschedule, duplicate].some(({ isPending }) => isPending),
    retry: (ref, attempts = 'keep') => quiet(retry.mutateAsync({ ...place, refs: [ref], attempts })),
    remove: (ref) => quiet(remove.mutateAsync({ ...place, refs: [ref] })),
    move: (ref, to) => quiet(move.mutateAsync({ ...place, refs: [ref], to })),
    promote: (ref) => quiet(promote.mutateAsync({ ...place, refs: [ref] })),
    reschedule: (ref, at) => quiet(reschedule.mutateAsync({ ...place, refs: [ref], at })),
    duplicate: (ref) => quiet(duplicate.mutateAsync({ ...place, refs: [ref] })),
  }
}
