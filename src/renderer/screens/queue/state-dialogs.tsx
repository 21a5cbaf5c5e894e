import type { Selection } from '../../../domain/selection.ts'
import { ExportDialog } from '../../components/transfer/export-dialog.tsx'
import { MoveDialog } from './move-dialog.tsx'
import { RescheduleDialog } from './reschedule-dialog.tsx'
import type { JobActions } from './use-job-actions.ts'
import type { JobSource } from './use-job-pages.ts'

/** A question about jobs of the state that is shown, other than a plan. */
export type StateDialog =
  | { readonly type: 'move' | 'reschedule'; readonly ref: string }
  | {
      readonly type: 'export'
      readonly jobs: Selection
      readonly count: number
      /** A job to try the redaction on. */
      readonly sample: string | null
    }

interface StateDialogsProps {
  dialog: StateDialog | null
  source: JobSource
  actions: JobActions
  /** An action on a job is under way. */
  onActed(work: Promise<void>, ref: string): void
  onClose(): void
}

export function StateDialogs({ dialog, source, actions, onActed, onClose }: StateDialogsProps) {
  const { connectionId, queue, state } = source
  switch (dialog?.type) {
    case 'move':
      return (
        <MoveDialog
          connectionId={connectionId}
          from={queue}
          busy={actions.busy}
          onClose={onClose}
          onMove={(to) => {
            onClose()
            onActed(actions.move(dialog.ref, to), dialog.ref)
          }}
        />
      )
    case 'reschedule':
      return (
        <RescheduleDialog
          busy={actions.busy}
          onClose={onClose}
          onReschedule={(at) => {
            onClose()
            onActed(actions.reschedule(dialog.ref, at), dialog.ref)
          }}
        />
      )
    case 'export':
      return (
        <ExportDialog
          connectionId={connectionId}
          selection={dialog.jobs}
          count={dialog.count}
          sample={dialog.sample === null ? null : { queue, state, ref: dialog.sample }}
          onClose={onClose}
        />
      )
    case undefined:
      return null
  }
}
