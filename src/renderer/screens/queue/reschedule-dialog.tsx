import { useRef, useState } from 'react'
import { DueTimeInput } from '../../components/due-time-input.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'

interface RescheduleDialogProps {
  busy: boolean
  onReschedule(at: number): void
  onClose(): void
}

const hour = 3_600_000

/** Chooses when one delayed job is due. Several are rescheduled by a plan, which asks the same. */
export function RescheduleDialog({ busy, onReschedule, onClose }: RescheduleDialogProps) {
  const [at, setAt] = useState<number | null>(() => Date.now() + hour)
  const input = useRef<HTMLInputElement>(null)
  const submit = () => at !== null && !busy && onReschedule(at)
  return (
    <Dialog
      open
      width="narrow"
      title="Change the time of 1 job"
      description="It waits until then, and runs after what waits by that time."
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
        <DueTimeInput at={at} onChange={setAt} input={input} />
      </form>
    </Dialog>
  )
}
