import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { QueueRef, SystemInfo } from '../../../domain/queue.ts'
import { orpc } from '../../api/client.ts'
import { reportOutcome } from '../../components/report-outcome.ts'
import { Field, Input } from '../../ui/input.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { jsonProblem } from './json-problem.model.ts'
import { PayloadDialog } from './payload-dialog.tsx'
import { refreshJobs } from './use-job-pages.ts'

interface AddDialogProps {
  connectionId: string
  queue: QueueRef
  adds: SystemInfo['adds']
  onClose(): void
}

/** Puts a new job at the end of the queue. */
export function AddDialog({ connectionId, queue, adds, onClose }: AddDialogProps) {
  const queries = useQueryClient()
  const [name, setName] = useState('')
  const [options, setOptions] = useState('')
  const optionsProblem = options.trim() === '' ? null : jsonProblem(options)
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
      description="Its payload is stored exactly as it stands here; a free worker takes the job when it is its turn."
      text={adds.payload}
      confirmLabel="Add the job"
      busy={add.isPending || optionsProblem !== null}
      error={add.error}
      onConfirm={(payload) =>
        add.mutate({
          connectionId,
          queue,
          job: { payload, name: name === '' ? null : name, options: options.trim() === '' ? null : options },
        })
      }
      onClose={onClose}
    >
      {(adds.name || adds.options !== null) && (
        <div className="mb-1 flex gap-3">
          {adds.name && (
            <Field label="Name" hint="What its worker calls such jobs" className="w-56 shrink-0">
              <Input dir="auto" maxLength={500} value={name} onChange={(event) => setName(event.target.value)} />
            </Field>
          )}
          {adds.options !== null && (
            <Field
              label="Options"
              hint={`As the library takes them, such as ${adds.options}`}
              error={optionsProblem}
              className="flex-1"
            >
              <Input mono dir="ltr" value={options} onChange={(event) => setOptions(event.target.value)} />
            </Field>
          )}
        </div>
      )}
    </PayloadDialog>
  )
}
