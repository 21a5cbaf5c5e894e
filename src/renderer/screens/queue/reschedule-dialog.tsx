import { useRef, useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { formatCounted, formatDateTime, formatRelative } from '../../ui/format.ts'
import { Field, Input } from '../../ui/input.tsx'
import { localInput, readLocalInput } from './reschedule.model.ts'

interface RescheduleDialogProps {
  count: number
  busy: boolean
  onReschedule(at: number): void
  onClose(): void
}

const minute = 60_000
const later: readonly (readonly [label: string, ms: number])[] = [
  ['10 minutes', 10 * minute],
  ['1 hour', 60 * minute],
  ['6 hours', 360 * minute],
  ['1 day', 1440 * minute],
  ['1 week', 10_080 * minute],
]

/** Chooses when delayed jobs are due. */
export function RescheduleDialog({ count, busy, onReschedule, onClose }: RescheduleDialogProps) {
  const [text, setText] = useState(() => localInput(Date.now() + 60 * minute))
  const input = useRef<HTMLInputElement>(null)
  const at = readLocalInput(text)
  const past = at !== null && at <= Date.now()
  const submit = () => at !== null && !busy && onReschedule(at)
  return (
    <Dialog
      open
      width="narrow"
      title={`Change the time of ${formatCounted(count, 'job')}`}
      description="They wait until then, and run after what waits by that time."
      initialFocus={input}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" disabled={at === null} busy={busy} onClick={submit}>
            Change the time
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
        <Field
          label="Due, by the clock of this computer"
          error={at === null ? 'Give a date and a time.' : null}
          hint={
            at === null
              ? ''
              : past
                ? 'That is in the past: they run at once.'
                : `${formatDateTime(at)}, ${formatRelative(at, Date.now())}`
          }
        >
          <Input
            ref={input}
            type="datetime-local"
            step={1}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </Field>
      </form>
      <div className="mt-1 flex flex-wrap items-center gap-1.5">
        <span className="text-sm text-faint">From now:</span>
        {later.map(([label, ms]) => (
          <Button key={label} size="small" onClick={() => setText(localInput(Date.now() + ms))}>
            {label}
          </Button>
        ))}
      </div>
    </Dialog>
  )
}
