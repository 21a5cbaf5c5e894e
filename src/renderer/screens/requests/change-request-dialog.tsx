import { useMutation } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import type { RequestChange, TrackedRequest } from '../../../domain/request.ts'
import { orpc } from '../../api/client.ts'
import { errorSentence } from '../../api/error-text.ts'
import { reportOutcome } from '../../components/report-outcome.ts'
import { isWhole } from '../../components/whole-number.model.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field, Input, TextArea } from '../../ui/input.tsx'
import { Notice } from '../../ui/notice.tsx'
import { jsonProblem } from './request-actions.model.ts'

export type ChangeType = 'progress' | 'complete' | 'fail' | 'require-otp'

interface ChangeRequestDialogProps {
  connectionId: string
  request: TrackedRequest
  type: ChangeType
  onClose(): void
}

const titles: Record<ChangeType, { title: string; verb: string; did: string }> = {
  progress: { title: 'Set the progress', verb: 'Set it', did: 'Updated' },
  complete: { title: 'Complete this request', verb: 'Complete it', did: 'Completed' },
  fail: { title: 'Fail this request', verb: 'Fail it', did: 'Failed' },
  'require-otp': { title: 'Ask its user for a code', verb: 'Ask for a code', did: 'Asked for a code for' },
}

/** A change as the service of the request would make it, for trying out whoever follows it. */
export function ChangeRequestDialog({ connectionId, request, type, onClose }: ChangeRequestDialogProps) {
  const { hash } = request
  const [progress, setProgress] = useState(String(Math.round(request.progress ?? 0)))
  const [step, setStep] = useState(request.step ?? '')
  const [message, setMessage] = useState(request.message ?? '')
  const [text, setText] = useState(type === 'fail' ? '' : '{}')
  const { title, verb, did } = titles[type]
  const change = useMutation(
    orpc.requests.change.mutationOptions({
      meta: { quiet: true },
      onSuccess: (outcome) => {
        reportOutcome(outcome, { did, noun: 'request' })
        onClose()
      },
    }),
  )
  const forms: Record<ChangeType, { problem: string | null; change: () => RequestChange; inputs: ReactNode }> = {
    progress: {
      problem: isWhole(progress, 0, 100) ? null : '0 to 100',
      change: () => ({ type: 'progress', progress: Number(progress), step: step || null, message: message || null }),
      inputs: (
        <>
          <Field label="Progress" error={isWhole(progress, 0, 100) ? null : '0 to 100'} hint="per cent">
            <Input inputMode="numeric" value={progress} onChange={(event) => setProgress(event.target.value)} />
          </Field>
          <Field label="Step">
            <Input dir="auto" maxLength={200} value={step} onChange={(event) => setStep(event.target.value)} />
          </Field>
          <Field label="Message">
            <Input dir="auto" maxLength={2000} value={message} onChange={(event) => setMessage(event.target.value)} />
          </Field>
        </>
      ),
    },
    complete: {
      problem: jsonProblem(text),
      change: () => ({ type: 'complete', result: text }),
      inputs: (
        <Field label="Result" error={jsonProblem(text)} hint="JSON">
          <TextArea mono rows={6} value={text} onChange={(event) => setText(event.target.value)} />
        </Field>
      ),
    },
    fail: {
      problem: text.trim() === '' ? 'Say why.' : null,
      change: () => ({ type: 'fail', error: text, data: null }),
      inputs: (
        <Field label="Error" hint="what its user is told">
          <Input dir="auto" maxLength={4000} value={text} onChange={(event) => setText(event.target.value)} />
        </Field>
      ),
    },
    'require-otp': {
      problem: jsonProblem(text),
      change: () => ({ type: 'require-otp', data: text }),
      inputs: (
        <Field label="Data" error={jsonProblem(text)} hint="JSON for whoever asks the user">
          <TextArea mono rows={3} value={text} onChange={(event) => setText(event.target.value)} />
        </Field>
      ),
    },
  }
  const form = forms[type]
  const submit = () => {
    if (form.problem === null && !change.isPending) change.mutate({ connectionId, hash, change: form.change() })
  }
  return (
    <Dialog
      open
      width="narrow"
      title={title}
      description="Its service goes on as it does: what it writes next counts again."
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" disabled={form.problem !== null} busy={change.isPending} onClick={submit}>
            {verb}
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
        {form.inputs}
        {change.isError && (
          <Notice tone="bad" live>
            {errorSentence(change.error)}
          </Notice>
        )}
        <button type="submit" hidden />
      </form>
    </Dialog>
  )
}
