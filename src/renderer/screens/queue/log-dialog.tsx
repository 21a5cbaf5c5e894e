import { useMutation } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { orpc } from '../../api/client.ts'
import { errorSentence } from '../../api/error-text.ts'
import { reportOutcome } from '../../components/report-outcome.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field, Input } from '../../ui/input.tsx'
import type { JobSource } from './use-job-pages.ts'

interface LogDialogProps {
  source: JobSource
  jobRef: string
  onDone(): void
  onClose(): void
}

/** Writes a line to the job's own log, where its workers write theirs. */
export function LogDialog({ source, jobRef, onDone, onClose }: LogDialogProps) {
  const [line, setLine] = useState('')
  const input = useRef<HTMLInputElement>(null)
  const log = useMutation(
    orpc.queues.log.mutationOptions({
      meta: { quiet: true },
      onSuccess: (outcome) => {
        reportOutcome(outcome, { did: 'Wrote to the log of' })
        onClose()
        onDone()
      },
    }),
  )
  const submit = () => line.trim() !== '' && !log.isPending && log.mutate({ ...source, ref: jobRef, line })
  return (
    <Dialog
      open
      width="narrow"
      title="Write to the job’s log"
      description="The line stays with the job, for everyone who looks at it: who did what, and why."
      initialFocus={input}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" disabled={line.trim() === ''} busy={log.isPending} onClick={submit}>
            Write the line
          </Button>
        </>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <Field label="Line" error={log.error === null ? null : errorSentence(log.error)}>
          <Input
            ref={input}
            dir="auto"
            maxLength={10_000}
            value={line}
            onChange={(event) => setLine(event.target.value)}
          />
        </Field>
      </form>
    </Dialog>
  )
}
