import { useMutation } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { orpc } from '../../api/client.ts'
import { errorSentence } from '../../api/error-text.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { focusFirstProblem } from '../../ui/focus-problem.ts'
import { Field, Input, TextArea } from '../../ui/input.tsx'
import { Notice } from '../../ui/notice.tsx'
import { newRequestProblems, toNewRequest } from './new-request.model.ts'
import { type NewRequestForm, startingRequest } from './request-actions.model.ts'

interface NewRequestDialogProps {
  connectionId: string
  /** Called with its hash. */
  onMade(hash: string): void
  onClose(): void
}

/** Begins a request as a service would. */
export function NewRequestDialog({ connectionId, onMade, onClose }: NewRequestDialogProps) {
  const [form, setForm] = useState<NewRequestForm>(startingRequest)
  const [tried, setTried] = useState(false)
  const first = useRef<HTMLInputElement>(null)
  const create = useMutation(
    orpc.requests.create.mutationOptions({ meta: { quiet: true }, onSuccess: ({ hash }) => onMade(hash) }),
  )
  const problems = newRequestProblems(form)
  const problem = (field: keyof NewRequestForm) => (tried ? problems[field] : undefined)
  const text = (field: keyof NewRequestForm) => ({
    value: form[field],
    'aria-invalid': problem(field) !== undefined,
    onChange: (event: { target: { value: string } }) => {
      const { value } = event.target
      setForm((before) => ({ ...before, [field]: value }))
    },
  })
  const submit = () => {
    setTried(true)
    if (Object.keys(problems).length > 0) return focusFirstProblem()
    if (!create.isPending) create.mutate({ connectionId, request: toNewRequest(form) })
  }
  return (
    <Dialog
      open
      title="New request"
      description="It is written to Redis as its service would, with a hash of its own, and lives for half an hour after its last update."
      initialFocus={first}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" busy={create.isPending} onClick={submit}>
            Create
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
        <div className="grid grid-cols-[2fr_1fr] gap-x-3">
          <Field label="Service" error={problem('service')} hint="its slug, as the worker knows it">
            <Input ref={first} dir="auto" placeholder="credit-score-rating" {...text('service')} />
          </Field>
          <Field label="Id of the service" error={problem('serviceId')} hint="if it has one">
            <Input inputMode="numeric" {...text('serviceId')} />
          </Field>
          <Field label="User" error={problem('userId')} hint="if it is somebody’s">
            <Input dir="auto" {...text('userId')} />
          </Field>
          <Field label="Takes about" error={problem('seconds')} hint="seconds">
            <Input inputMode="numeric" {...text('seconds')} />
          </Field>
        </div>
        <Field label="Data" error={problem('data')} hint="JSON of what the service needs to know">
          <TextArea mono rows={6} {...text('data')} />
        </Field>
        {create.isError && (
          <Notice tone="bad" live>
            {errorSentence(create.error)}
          </Notice>
        )}
        <button type="submit" hidden />
      </form>
    </Dialog>
  )
}
