import { useRef, useState } from 'react'
import type { QueueRef } from '../../../domain/queue.ts'
import { QueuePicker } from '../../components/queue-picker.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'

interface MoveDialogProps {
  connectionId: string
  from: QueueRef
  busy: boolean
  onMove(to: QueueRef): void
  onClose(): void
}

/** Chooses the queue that one job goes to. Several are moved by a plan, which asks the same. */
export function MoveDialog({ connectionId, from, busy, onMove, onClose }: MoveDialogProps) {
  const [target, setTarget] = useState<QueueRef | null>(null)
  const input = useRef<HTMLInputElement>(null)
  const submit = () => target !== null && !busy && onMove(target)
  return (
    <Dialog
      open
      width="narrow"
      title="Move 1 job"
      description="It goes to the end of the other queue, payload untouched."
      initialFocus={input}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" disabled={target === null} busy={busy} onClick={submit}>
            Move
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
        <QueuePicker
          connectionId={connectionId}
          from={from}
          value={target}
          onChange={setTarget}
          onSubmit={submit}
          input={input}
        />
      </form>
    </Dialog>
  )
}
