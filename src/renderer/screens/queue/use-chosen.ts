import type { AttemptsChoice } from '../../../domain/job.ts'
import type { BulkAction, PlanQuestion } from '../../../domain/operation.ts'
import { type Action, actions as allActions, type StateInfo } from '../../../domain/queue.ts'
import type { Selection as Jobs } from '../../../domain/selection.ts'
import { errorSentence } from '../../api/error-text.ts'
import { whyNot } from '../../components/action-guard.model.ts'
import { usePlan } from '../../components/plan/use-plan.ts'
import type { Connection } from '../../state/connections.ts'
import { toast } from '../../ui/toast.tsx'
import { copyJobs } from './copy-jobs.ts'
import { isEmpty, type Selection } from './selection.model.ts'
import type { StateDialog } from './state-dialogs.tsx'
import type { JobActions } from './use-job-actions.ts'
import type { JobSource } from './use-job-pages.ts'

export type Reasons = Readonly<Record<Action, string | null>>

interface ChosenOptions {
  source: JobSource
  connection: Connection
  info: StateInfo
  selection: Selection
  /** The job that is open: it is meant where none is selected. */
  openRef: string | null
  actions: JobActions
  onDialog(dialog: StateDialog): void
  /** The open job was acted on. */
  onOpenLeft(): Promise<void>
  /** A plan for the selected jobs was begun. */
  onStarted(): void
}

/**
 * What can be done with the jobs that are meant now: the selected ones, else the open one. One job is acted on at once;
 * for more there is a plan to look at first.
 */
export function useChosen(options: ChosenOptions) {
  const { source, connection, info, selection, openRef, actions, onDialog, onOpenLeft, onStarted } = options
  const { connectionId, queue, state } = source
  const plan = usePlan()
  const { all } = selection
  const refs = isEmpty(selection) ? (openRef === null ? [] : [openRef]) : [...selection.refs]
  const only = !all && refs.length === 1 ? refs[0] : undefined
  const any = all || refs.length > 0
  const reasons = Object.fromEntries(
    allActions.map((action) => [action, whyNot(connection, info, action)]),
  ) as unknown as Reasons
  const removeReason = all && reasons.purge === null ? null : reasons.remove
  /** Keys have no tooltip: they say in a toast why nothing happens. */
  const allowed = (reason: string | null) => {
    if (reason !== null) toast.info(reason)
    return reason === null && !actions.busy
  }
  const follow = async (work: Promise<void>, acted: string) => {
    await work
    if (openRef === acted) await onOpenLeft()
  }
  const jobs: Jobs = all
    ? { type: 'all', places: [{ queue, state }] }
    : { type: 'refs', places: [{ queue, state, refs: [...refs] }] }
  const ask = (action: BulkAction, more: Partial<PlanQuestion> = {}) =>
    plan(
      {
        connectionId,
        action,
        selection: jobs,
        attempts: 'keep',
        to: null,
        into: null,
        at: null,
        change: null,
        redaction: [],
        ...more,
      },
      onStarted,
    )
  /** One job at once, many by a plan. */
  const act = (action: BulkAction, reason: string | null, one: (ref: string) => Promise<void>, more = {}) => {
    if (!any || !allowed(reason)) return
    if (only === undefined) ask(action, more)
    else void follow(one(only), only)
  }
  return {
    any,
    /** The jobs that are meant, for a plan or an export. */
    jobs,
    reasons,
    removeReason,
    /** After work on a job the list goes on from where it was. */
    follow,
    retry: (attempts: AttemptsChoice = 'keep') =>
      act('retry', reasons.retry, (ref) => actions.retry(ref, attempts), { attempts }),
    remove: () => act('remove', removeReason, actions.remove),
    promote: () => act('promote', reasons.promote, actions.promote),
    duplicate: () => act('duplicate', reasons.duplicate, actions.duplicate),
    move: () => {
      if (!any || !allowed(reasons.move)) return
      if (only === undefined) ask('move')
      else onDialog({ type: 'move', ref: only })
    },
    reschedule: () => {
      if (!any || !allowed(reasons.reschedule)) return
      if (only === undefined) ask('reschedule')
      else onDialog({ type: 'reschedule', ref: only })
    },
    editMany: () => {
      if (any && allowed(reasons.edit)) ask('edit')
    },
    /** Copies into another connection, those that are meant or this one: nothing is written here, so no unlock is needed. */
    copyAway: (ref?: string) => {
      if (ref !== undefined) ask('copy', { selection: { type: 'refs', places: [{ queue, state, refs: [ref] }] } })
      else if (any) ask('copy')
    },
    copy: () => {
      if (all || refs.length === 0) return
      copyJobs(source, refs).then(toast.good, (error: unknown) => toast.error(errorSentence(error)))
    },
  }
}

export type Chosen = ReturnType<typeof useChosen>
