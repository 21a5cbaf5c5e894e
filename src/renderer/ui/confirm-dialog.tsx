import { type ReactNode, useRef, useState } from 'react'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { Field, Input } from './input.tsx'
import { RedisText } from './redis-text.tsx'

interface ConfirmDialogProps {
  open: boolean
  title: ReactNode
  /** What will happen to what, with the exact count. */
  children: ReactNode
  /** The verb, with the count: "Purge 1,204 jobs". */
  confirmLabel: string
  /** Cannot be taken back, or nearly: red, and Enter does nothing. */
  destructive?: boolean
  /** What has to be typed first, exactly (compared after Unicode normalisation). */
  typeToConfirm?: string
  busy?: boolean
  onConfirm(): void
  onCancel(): void
}

/**
 * A question before something happens. The focus is on Cancel (or on the text to type), so a hasty Enter harms nothing.
 */
export function ConfirmDialog(props: ConfirmDialogProps) {
  // A fresh body each time it opens, so that nothing typed before is still there.
  return props.open ? <OpenConfirmDialog {...props} /> : null
}

function OpenConfirmDialog(props: ConfirmDialogProps) {
  const { title, children, confirmLabel, destructive, typeToConfirm, busy, onConfirm, onCancel } = props
  const cancel = useRef<HTMLButtonElement>(null)
  const input = useRef<HTMLInputElement>(null)
  const [typed, setTyped] = useState('')
  const matches = typeToConfirm === undefined || typed.normalize('NFC') === typeToConfirm.normalize('NFC')
  return (
    <Dialog
      open
      alert
      width="narrow"
      title={title}
      onClose={onCancel}
      initialFocus={typeToConfirm === undefined ? cancel : input}
      footer={
        <>
          <Button ref={cancel} onClick={onCancel}>
            Cancel
          </Button>
          <Button
            look={destructive ? 'danger' : 'primary'}
            disabled={!matches}
            busy={busy}
            onClick={onConfirm}
            onKeyDown={(event) => {
              // Pressed on purpose with the mouse or Space, never by an Enter that was meant for something else.
              if (destructive && event.key === 'Enter') event.preventDefault()
            }}
          >
            {confirmLabel}
          </Button>
        </>
      }
    >
      <div className="text-pretty">{children}</div>
      {typeToConfirm !== undefined && (
        <Field
          className="mt-3"
          label={
            <>
              Type <RedisText text={typeToConfirm} className="font-semibold text-ink" selectable /> to confirm
            </>
          }
        >
          <Input ref={input} value={typed} onChange={(event) => setTyped(event.target.value)} dir="auto" />
        </Field>
      )}
    </Dialog>
  )
}
