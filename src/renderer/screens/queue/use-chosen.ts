import type { AttemptsChoice } from '../../../domain/job.ts'
import { type Action, actions as allActions, type StateInfo } from '../../../domain/queue.ts'
import { errorSentence } from '../../api/error-text.ts'
import { whyNot } from '../../components/action-guard.model.ts'
import type { Connection } from '../../state/connections.ts'
import { toast } from '../../ui/toast.tsx'
import { copyJobs } from './copy-jobs.ts'
import { isEmpty, type Selection } from './selection.model.ts'
import type { StateDialog } from './state-dialogs.tsx'
import type { JobActions } from './use-job-actions.ts'
import type { JobSource } from './use-job-pages.ts'

/** More jobs than this are asked about first, everywhere; in production more than one. */
const askFrom = 20

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
}

/** What can be done with the jobs that are meant now: the selected ones, else the open one. */
export function useChosen(options: ChosenOptions) {
  const { source, connection, info, selection, openRef, actions, onDialog, onOpenLeft } = options
  const { all } = selection
  const refs = isEmpty(selection) ? (openRef === null ? [] : [openRef]) : [...selection.refs]
  const asks = refs.length > askFrom || (refs.length > 1 && connection.profile.environment === 'production')
  const reasons = Object.fromEntries(
    allActions.map((action) => [action, whyNot(connection, info, action)]),
  ) as unknown as Reasons
  /** Keys have no tooltip: they say in a toast why nothing happens. */
  const allowed = (reason: string | null) => {
    if (reason !== null) toast.info(reason)
    return reason === null && !actions.busy
  }
  const follow = async (work: Promise<void>, acted: readonly string[]) => {
    await work
    if (openRef !== null && acted.includes(openRef)) await onOpenLeft()
  }
  const each = (action: 'promote' | 'duplicate') => {
    if (all || refs.length === 0 || !allowed(reasons[action])) return
    if (asks) onDialog({ type: action, refs })
    else void follow(actions[action](refs), refs)
  }
  return {
    any: all || refs.length > 0,
    reasons,
    /** After work on these jobs the list goes on from where it was. */
    follow,
    retry: (attempts: AttemptsChoice = 'keep') => {
      if (!allowed(reasons.retry)) return
      if (all) onDialog({ type: 'retry-all', attempts })
      else if (asks) onDialog({ type: 'retry', refs, attempts })
      else if (refs.length > 0) void follow(actions.retry(refs, attempts), refs)
    },
    remove: () => {
      if (!allowed(all ? reasons.purge : reasons.remove)) return
      if (all) onDialog({ type: 'purge' })
      else if (asks) onDialog({ type: 'remove', refs })
      else if (refs.length > 0) void follow(actions.remove(refs), refs)
    },
    move: () => {
      if (!all && refs.length > 0 && allowed(reasons.move)) onDialog({ type: 'move', refs })
    },
    promote: () => each('promote'),
    duplicate: () => each('duplicate'),
    reschedule: () => {
      if (!all && refs.length > 0 && allowed(reasons.reschedule)) onDialog({ type: 'reschedule', refs })
    },
    copy: () => {
      if (all || refs.length === 0) return
      copyJobs(source, refs).then(toast.good, (error: unknown) => toast.error(errorSentence(error)))
    },
  }
}

export type Chosen = ReturnType<typeof useChosen>
