import type { StateInfo } from '../../../domain/queue.ts'
import type { Connection } from '../../state/connections.ts'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { formatCounted } from '../../ui/format.ts'
import { RedisText } from '../../ui/redis-text.tsx'
import { MoveDialog } from './move-dialog.tsx'
import { PurgeDialog } from './purge-dialog.tsx'
import type { JobActions } from './use-job-actions.ts'
import type { JobSource } from './use-job-pages.ts'

/** A question about jobs of the state that is shown. */
export type StateDialog =
  | { readonly type: 'purge' }
  | { readonly type: 'retry-all' }
  | { readonly type: 'retry' | 'remove' | 'move'; readonly refs: readonly string[] }

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
  if (dialog.type === 'retry-all') {
    return (
      <ConfirmDialog
        open
        title={<>Retry all of {place}?</>}
        confirmLabel="Retry all"
        onCancel={onClose}
        onConfirm={() => {
          onClose()
          void actions.retryAll()
        }}
      >
        {live === null ? 'All jobs' : `About ${formatCounted(live, 'job')}`} that {live === 1 ? 'is' : 'are'} here now{' '}
        {live === 1 ? 'goes' : 'go'} back to work. What arrives later is not touched. Jobs that ran cannot be taken
        back.
      </ConfirmDialog>
    )
  }
  const retry = dialog.type === 'retry'
  const jobs = formatCounted(dialog.refs.length, 'job')
  return (
    <ConfirmDialog
      open
      destructive={!retry}
      title={
        <>
          {retry ? 'Retry' : 'Remove'} {jobs}?
        </>
      }
      confirmLabel={`${retry ? 'Retry' : 'Remove'} ${jobs}`}
      onCancel={onClose}
      onConfirm={() => {
        onClose()
        onActed(retry ? actions.retry(dialog.refs) : actions.remove(dialog.refs), dialog.refs)
      }}
    >
      From {place}.{' '}
      {retry
        ? 'They go back to work at once; jobs that ran cannot be taken back.'
        : 'They are kept in the trash for 7 days: Undo puts them back.'}
    </ConfirmDialog>
  )
}
