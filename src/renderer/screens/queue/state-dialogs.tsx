import type { AttemptsChoice } from '../../../domain/job.ts'
import type { StateInfo } from '../../../domain/queue.ts'
import type { Connection } from '../../state/connections.ts'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { formatCounted } from '../../ui/format.ts'
import { RedisText } from '../../ui/redis-text.tsx'
import { MoveDialog } from './move-dialog.tsx'
import { PurgeDialog } from './purge-dialog.tsx'
import { RescheduleDialog } from './reschedule-dialog.tsx'
import type { JobActions } from './use-job-actions.ts'
import type { JobSource } from './use-job-pages.ts'

/** A question about jobs of the state that is shown. */
export type StateDialog =
  | { readonly type: 'purge' }
  | { readonly type: 'retry-all'; readonly attempts: AttemptsChoice }
  | { readonly type: 'retry'; readonly refs: readonly string[]; readonly attempts: AttemptsChoice }
  | { readonly type: 'move'; readonly refs: readonly string[] }
  | { readonly type: 'reschedule'; readonly refs: readonly string[] }
  | { readonly type: 'remove' | 'promote' | 'duplicate'; readonly refs: readonly string[] }

interface StateDialogsProps {
  dialog: StateDialog | null
  connection: Connection
  source: JobSource
  info: StateInfo
  /** Jobs in the state now. */
  live: number | null
  actions: JobActions
  /** The state changed. */
  onDone(): void
  /** An action on chosen jobs is under way. */
  onActed(work: Promise<void>, refs: readonly string[]): void
  onClose(): void
}

export function StateDialogs({
  dialog,
  connection,
  source,
  info,
  live,
  actions,
  onDone,
  onActed,
  onClose,
}: StateDialogsProps) {
  if (dialog === null) return null
  const place = (
    <>
      {info.label} of <RedisText text={source.queue.name} />
    </>
  )
  if (dialog.type === 'purge') {
    const production = connection.profile.environment === 'production'
    return (
      <PurgeDialog
        live={live}
        source={source}
        stateLabel={info.label}
        production={production}
        onDone={onDone}
        onClose={onClose}
      />
    )
  }
  if (dialog.type === 'move') {
    return (
      <MoveDialog
        connectionId={source.connectionId}
        from={source.queue}
        count={dialog.refs.length}
        busy={actions.busy}
        onClose={onClose}
        onMove={(to) => {
          onClose()
          onActed(actions.move(dialog.refs, to), dialog.refs)
        }}
      />
    )
  }
  if (dialog.type === 'reschedule') {
    return (
      <RescheduleDialog
        count={dialog.refs.length}
        busy={actions.busy}
        onClose={onClose}
        onReschedule={(at) => {
          onClose()
          onActed(actions.reschedule(dialog.refs, at), dialog.refs)
        }}
      />
    )
  }
  if (dialog.type === 'retry-all') {
    return (
      <ConfirmDialog
        open
        title={<>Retry all of {place}?</>}
        confirmLabel="Retry all"
        onCancel={onClose}
        onConfirm={() => {
          onClose()
          void actions.retryAll(dialog.attempts)
        }}
      >
        {live === null ? 'All jobs' : `About ${formatCounted(live, 'job')}`} that {live === 1 ? 'is' : 'are'} here now{' '}
        {live === 1 ? 'goes' : 'go'} back to work. What arrives later is not touched. Jobs that ran cannot be taken
        back. {attemptsWords(dialog.attempts, info)}
      </ConfirmDialog>
    )
  }
  const jobs = formatCounted(dialog.refs.length, 'job')
  const { verb, words, run } = questionOf(dialog, info, actions)
  return (
    <ConfirmDialog
      open
      destructive={dialog.type === 'remove'}
      title={
        <>
          {verb} {jobs}?
        </>
      }
      confirmLabel={`${verb} ${jobs}`}
      onCancel={onClose}
      onConfirm={() => {
        onClose()
        onActed(run(), dialog.refs)
      }}
    >
      From {place}. {words}
    </ConfirmDialog>
  )
}

type Question = Extract<StateDialog, { type: 'retry' | 'remove' | 'promote' | 'duplicate' }>

function questionOf(question: Question, info: StateInfo, actions: JobActions) {
  const { refs } = question
  if (question.type === 'retry') {
    return {
      verb: 'Retry',
      words: `They go back to work at once; jobs that ran cannot be taken back. ${attemptsWords(question.attempts, info)}`,
      run: () => actions.retry(refs, question.attempts),
    }
  }
  if (question.type === 'promote') {
    return { verb: 'Run', words: 'They do not wait for their time any longer.', run: () => actions.promote(refs) }
  }
  if (question.type === 'duplicate') {
    const words = 'A copy of each is added as a new job, with an id of its own; the jobs themselves stay.'
    return { verb: 'Duplicate', words, run: () => actions.duplicate(refs) }
  }
  return {
    verb: 'Remove',
    words: 'They are kept in the trash for 7 days: Undo puts them back.',
    run: () => actions.remove(refs),
  }
}

/** What a retry means for jobs that used up their attempts. */
function attemptsWords(attempts: AttemptsChoice, info: StateInfo): string {
  if (info.kind !== 'failed') return ''
  return attempts === 'reset'
    ? 'Each begins to count its attempts anew, and has all of them again.'
    : 'Attempts are kept: a job that used up all of them has exactly one more run.'
}
