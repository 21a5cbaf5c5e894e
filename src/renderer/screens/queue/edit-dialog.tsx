import { useMutation } from '@tanstack/react-query'
import type { JobDetail } from '../../../domain/job.ts'
import type { StateInfo } from '../../../domain/queue.ts'
import { orpc } from '../../api/client.ts'
import { reportOutcome } from '../../components/report-outcome.ts'
import { PayloadDialog } from './payload-dialog.tsx'
import type { JobSource } from './use-job-pages.ts'

interface EditDialogProps {
  source: JobSource
  job: JobDetail
  info: StateInfo
  onDone(): void
  onClose(): void
}

/** Changes the payload of a job and puts it back to work. */
export function EditDialog({ source, job, info, onDone, onClose }: EditDialogProps) {
  const waits = info.kind === 'waiting' || info.kind === 'delayed' || info.kind === 'paused'
  const edit = useMutation(
    orpc.queues.editAndRetry.mutationOptions({
      meta: { quiet: true },
      onSuccess: (outcome) => {
        reportOutcome(outcome, {
          did: waits ? 'Edited' : 'Edited and retried',
          undo: { connectionId: source.connectionId, onUndone: onDone },
        })
        onClose()
        onDone()
      },
    }),
  )
  return (
    <PayloadDialog
      title={waits ? 'Edit the payload' : 'Edit and retry'}
      description={
        waits
          ? 'The job keeps its place, with this payload in place of the stored one, exactly as it stands here.'
          : 'The job goes back to work with this payload in place of the stored one, exactly as it stands here.'
      }
      text={job.payload.text}
      stored={job.payload.text}
      confirmLabel={waits ? 'Save the payload' : 'Retry with this payload'}
      busy={edit.isPending}
      error={edit.error}
      onConfirm={(payload) => edit.mutate({ ...source, ref: job.ref, payload })}
      onClose={onClose}
    />
  )
}
