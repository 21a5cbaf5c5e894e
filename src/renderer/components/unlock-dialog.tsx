import { useMutation } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { orpc } from '../api/client.ts'
import { errorSentence } from '../api/error-text.ts'
import type { Connection } from '../state/connections.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Field, Input } from '../ui/input.tsx'
import { Notice } from '../ui/notice.tsx'
import { RedisText } from '../ui/redis-text.tsx'
import { Segmented } from '../ui/segmented.tsx'

const spans = ['5', '15', '60'] as const
type Span = (typeof spans)[number]

/** Lets a production profile write for a while: its name typed, and a reason. */
export function UnlockDialog({ connection: { profile }, onClose }: { connection: Connection; onClose(): void }) {
  const [typedName, setTypedName] = useState('')
  const [reason, setReason] = useState('')
  const [minutes, setMinutes] = useState<Span>('15')
  const input = useRef<HTMLInputElement>(null)
  const unlock = useMutation(orpc.connections.unlock.mutationOptions({ onSuccess: onClose, meta: { quiet: true } }))
  const matches = typedName.normalize('NFC') === profile.name.normalize('NFC')
  const ready = matches && reason.trim() !== ''
  const submit = () => {
    if (ready && !unlock.isPending)
      unlock.mutate({
        connectionId: profile.id,
        typedName: profile.name,
        minutes: Number(minutes),
        reason: reason.trim(),
      })
  }
  return (
    <Dialog
      open
      width="narrow"
      title="Allow writing to production"
      description="Every change is written to the journal. It locks again by itself."
      onClose={onClose}
      initialFocus={input}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="danger" disabled={!ready} busy={unlock.isPending} onClick={submit}>
            Allow for {minutes} min
          </Button>
        </>
      }
    >
      <form
        className="flex flex-col gap-2"
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <Field
          label={
            <>
              Type <RedisText text={profile.name} className="font-semibold text-ink" selectable /> to unlock it
            </>
          }
        >
          <Input ref={input} dir="auto" value={typedName} onChange={(event) => setTypedName(event.target.value)} />
        </Field>
        <Field label="Why">
          <Input
            dir="auto"
            value={reason}
            maxLength={1000}
            placeholder="Ticket, incident, or a few words"
            onChange={(event) => setReason(event.target.value)}
          />
        </Field>
        <div className="flex items-center justify-between">
          <span className="text-sm font-medium text-muted">For how long</span>
          <Segmented<Span>
            label="For how long"
            value={minutes}
            onChange={setMinutes}
            options={spans.map((span) => ({ value: span, label: `${span} min` }))}
          />
        </div>
        {unlock.isError && (
          <Notice tone="bad" live>
            {errorSentence(unlock.error)}
          </Notice>
        )}
        <button type="submit" hidden />
      </form>
    </Dialog>
  )
}
