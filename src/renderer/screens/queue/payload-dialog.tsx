import { type ReactNode, useDeferredValue, useMemo, useRef, useState } from 'react'
import { prettyJson } from '../../../domain/json-text.ts'
import { errorSentence } from '../../api/error-text.ts'
import { Button } from '../../ui/button.tsx'
import { classNames } from '../../ui/class-names.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { formatBytes } from '../../ui/format.ts'
import { TextArea } from '../../ui/input.tsx'
import { Notice } from '../../ui/notice.tsx'
import { jsonProblem } from './json-problem.model.ts'

interface PayloadDialogProps {
  title: ReactNode
  description: ReactNode
  /** What is in the field first. */
  text: string
  /** What it goes back to; without it there is nothing stored to go back to. */
  stored?: string
  confirmLabel: string
  busy: boolean
  error: unknown
  onConfirm(text: string): void
  onClose(): void
  /** What else is asked for, above the payload. */
  children?: ReactNode
}

/** Where a payload is written or changed. The text goes out exactly as it stands there. */
export function PayloadDialog(props: PayloadDialogProps) {
  const { title, description, stored, confirmLabel, busy, error, onConfirm, onClose } = props
  const [text, setText] = useState(props.text)
  const field = useRef<HTMLTextAreaElement>(null)
  const settled = useDeferredValue(text)
  const problem = useMemo(() => jsonProblem(settled), [settled])
  const bytes = useMemo(() => new TextEncoder().encode(settled).length, [settled])
  const submit = () => {
    // The deferred check may be a moment behind the last key.
    if (jsonProblem(text) === null && !busy) onConfirm(text)
  }
  return (
    <Dialog
      open
      alert
      width="wide"
      title={title}
      description={description}
      onClose={onClose}
      initialFocus={field}
      footer={
        <>
          <span
            role="status"
            className={classNames(
              'mr-auto min-w-0 flex-1 truncate text-sm',
              problem === null ? 'text-muted' : 'text-bad',
            )}
          >
            {problem ?? `Valid JSON, ${formatBytes(bytes)}`}
            {problem === null && stored !== undefined && (settled === stored ? ', as stored' : ', changed')}
          </span>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" disabled={problem !== null} busy={busy} onClick={submit}>
            {confirmLabel}
          </Button>
        </>
      }
    >
      {props.children}
      <TextArea
        ref={field}
        mono
        dir="ltr"
        aria-label="Payload"
        aria-invalid={problem !== null}
        value={text}
        className="h-[44vh] whitespace-pre-wrap wrap-anywhere"
        style={{ tabSize: 2 }}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) submit()
        }}
      />
      <div className="mt-2 flex items-center gap-2">
        <Button
          size="small"
          disabled={problem !== null}
          title="Only blanks between values change"
          onClick={() => setText(prettyJson(text))}
        >
          Indent
        </Button>
        {stored !== undefined && (
          <Button size="small" disabled={text === stored} onClick={() => setText(stored)}>
            As stored
          </Button>
        )}
        <span className="text-sm text-faint">Numbers of any length stay as they are typed.</span>
      </div>
      {error !== null && error !== undefined && (
        <div className="mt-2">
          <Notice tone="bad" live>
            {errorSentence(error)}
          </Notice>
        </div>
      )}
    </Dialog>
  )
}
