import { useMutation } from '@tanstack/react-query'
import { Lock, LockOpen } from 'lucide-react'
import { useRef, useState } from 'react'
import { orpc } from '../api/client.ts'
import { errorSentence } from '../api/error-text.ts'
import type { Connection } from '../state/connections.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { formatDuration } from '../ui/format.ts'
import { Field, Input } from '../ui/input.tsx'
import { Notice } from '../ui/notice.tsx'
import { RedisText } from '../ui/redis-text.tsx'
import { Segmented } from '../ui/segmented.tsx'
import { useNow } from '../ui/use-now.ts'

/** Whether writing is possible here; for a production profile the way to allow it for a while, and to end that. */
export function WriteAccess({ connection }: { connection: Connection }) {
  const { profile, status } = connection
  const [asking, setAsking] = useState(false)
  const lock = useMutation(orpc.connections.lock.mutationOptions())
  const guarded = profile.environment === 'production' && !profile.readOnly
  if (status.status === 'closed' || (!guarded && status.writable)) return null
  if (!guarded) {
    return (
      <span
        className="flex shrink-0 items-center gap-1 text-sm text-faint"
        title={profile.readOnly ? 'This profile never writes' : undefined}
      >
        <Lock size={12} aria-hidden /> Read-only
      </span>
    )
  }
  return (
    <>
      {status.unlockedUntil === null ? (
        <Button size="small" icon={<Lock size={12} aria-hidden />} onClick={() => setAsking(true)}>
          Read-only
        </Button>
      ) : (
        <Button
          size="small"
          className="border-bad/40! text-bad!"
          icon={<LockOpen size={12} aria-hidden />}
          busy={lock.isPending}
          title="Lock again now"
          onClick={() => lock.mutate({ connectionId: profile.id })}
        >
          Writable <Remaining until={status.unlockedUntil} />
        </Button>
      )}
      {asking && <UnlockDialog connection={connection} onClose={() => setAsking(false)} />}
    </>
  )
}

function Remaining({ until }: { until: number }) {
  const now = useNow()
  return (
    <span className="inline-block w-14 text-start">
      {formatDuration(Math.max(0, Math.floor((until - now) / 1000) * 1000))}
    </span>
  )
}

const spans = ['5', '15', '60'] as const
type Span = (typeof spans)[number]

function UnlockDialog({ connection: { profile }, onClose }: { connection: Connection; onClose(): void }) {
  const [typedName, setTypedName] = useState('')
  const [minutes, setMinutes] = useState<Span>('15')
  const input = useRef<HTMLInputElement>(null)
  const unlock = useMutation(orpc.connections.unlock.mutationOptions({ onSuccess: onClose, meta: { quiet: true } }))
  const matches = typedName.normalize('NFC') === profile.name.normalize('NFC')
  const submit = () => unlock.mutate({ connectionId: profile.id, typedName: profile.name, minutes: Number(minutes) })
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
          <Button look="danger" disabled={!matches} busy={unlock.isPending} onClick={submit}>
            Allow for {minutes} min
          </Button>
        </>
      }
    >
      <form
        className="flex flex-col gap-2"
        onSubmit={(event) => {
          event.preventDefault()
          if (matches) submit()
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
        <div className="flex items-center justify-between">
          <span className="text-sm font-medium text-muted">For how long</span>
          <Segmented<Span>
            label="For how long"
            value={minutes}
            onChange={setMinutes}
            options={spans.map((span) => ({ value: span, label: `${span} min` }))}
          />
        </div>
        {unlock.isError && <Notice tone="bad">{errorSentence(unlock.error)}</Notice>}
      </form>
    </Dialog>
  )
}
