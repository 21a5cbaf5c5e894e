import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { QueueRef } from '../../../domain/queue.ts'
import { orpc } from '../../api/client.ts'
import { reportOutcome } from '../../components/report-outcome.ts'
import { RedisText } from '../../ui/redis-text.tsx'
import { PayloadDialog } from './payload-dialog.tsx'
import { refreshJobs } from './use-job-pages.ts'

const template = '{\n  "type": ""\n}'

interface AddDialogProps {
  connectionId: string
  queue: QueueRef
  onClose(): void
}

/** Puts a new job at the end of the queue. */
export function AddDialog({ connectionId, queue, onClose }: AddDialogProps) {
  const queries = useQueryClient()
  const add = useMutation(
    orpc.queues.add.mutationOptions({
      meta: { quiet: true },
      onSuccess: (outcome) => {
        reportOutcome(outcome, { did: 'Added' })
        onClose()
        void refreshJobs(queries, connectionId, queue)
      },
    }),
  )
  return (
    <PayloadDialog
      title={
        <>
          Add a job to <RedisText text={queue.name} />
        </>
      }
      description="It goes to the end of the queue, exactly as it stands here; a free worker takes it at once."
      text={template}
      confirmLabel="Add the job"
      busy={add.isPending}
      error={add.error}
      onConfirm={(payload) => add.mutate({ connectionId, queue, payload })}
      onClose={onClose}
    />
  )
}
