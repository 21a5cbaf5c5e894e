import { useMutation } from '@tanstack/react-query'
import { KeyRound } from 'lucide-react'
import { useState } from 'react'
import { orpc } from '../../api/client.ts'
import { GuardedButton } from '../../components/guarded-button.tsx'
import { reportOutcome } from '../../components/report-outcome.ts'
import { Input } from '../../ui/input.tsx'
import { Notice } from '../../ui/notice.tsx'

interface CodeFormProps {
  connectionId: string
  hash: string
  /** Why nothing can be written now; null when it can be. */
  reason: string | null
}

/** The code that a request waits for: given here in place of its user, or asked for once more. */
export function CodeForm({ connectionId, hash, reason }: CodeFormProps) {
  const [otp, setOtp] = useState('')
  const submit = useMutation(
    orpc.requests.change.mutationOptions({
      onSuccess: (outcome) => {
        reportOutcome(outcome, { did: 'Gave the code to', noun: 'request' })
        setOtp('')
      },
    }),
  )
  const resend = useMutation(
    orpc.requests.change.mutationOptions({
      onSuccess: (outcome) => reportOutcome(outcome, { did: 'Asked for a new code for', noun: 'request' }),
    }),
  )
  const code = otp.trim()
  const give = () => {
    if (reason === null && code !== '') {
      submit.mutate({ connectionId, hash, change: { type: 'submit-otp', otp: code } })
    }
  }
  return (
    <Notice tone="warn">
      <span className="inline-flex items-center gap-1.5">
        <KeyRound size={13} aria-hidden /> It waits for a code from its user; nothing moves until then.
      </span>
      <form
        className="mt-1.5 flex flex-wrap items-center gap-2"
        onSubmit={(event) => {
          event.preventDefault()
          give()
        }}
      >
        <Input
          mono
          aria-label="One-time code"
          placeholder="One-time code"
          inputMode="numeric"
          maxLength={50}
          value={otp}
          onChange={(event) => setOtp(event.target.value)}
          className="w-36!"
        />
        <GuardedButton
          type="submit"
          look={code === '' ? 'plain' : 'primary'}
          reason={reason ?? (code === '' ? 'Type the code first.' : null)}
          busy={submit.isPending}
          onClick={give}
        >
          Submit code
        </GuardedButton>
        <GuardedButton
          type="button"
          reason={reason}
          busy={resend.isPending}
          onClick={() => resend.mutate({ connectionId, hash, change: { type: 'resend-otp' } })}
        >
          Resend code
        </GuardedButton>
      </form>
    </Notice>
  )
}
