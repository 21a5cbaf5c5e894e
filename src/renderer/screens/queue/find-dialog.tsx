import { useMutation } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import type { QueueRef } from '../../../domain/queue.ts'
import { errorSentence } from '../../api/error-text.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field, Input } from '../../ui/input.tsx'
import { openJobById } from './open-job-by-id.ts'

interface FindDialogProps {
  connectionId: string
  queue: QueueRef
  onClose(): void
}

/** Opens a job by its id, whatever state it is in. */
export function FindDialog({ connectionId, queue, onClose }: FindDialogProps) {
  const [id, setId] = useState('')
  const input = useRef<HTMLInputElement>(null)
  const find = useMutation({
    mutationFn: (wanted: string) => openJobById(connectionId, queue, wanted),
    meta: { quiet: true },
    onSuccess: onClose,
  })
  const submit = () => id.trim() !== '' && !find.isPending && find.mutate(id.trim())
  return (
    <Dialog
      open
      width="narrow"
      title="Find a job by its id"
      description="It is looked for in all states of this queue, at once."
      initialFocus={input}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" disabled={id.trim() === ''} busy={find.isPending} onClick={submit}>
            Open the job
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
        <Field label="Id" error={find.error === null ? null : errorSentence(find.error)}>
          <Input ref={input} mono maxLength={1000} value={id} onChange={(event) => setId(event.target.value)} />
        </Field>
      </form>
    </Dialog>
  )
}
