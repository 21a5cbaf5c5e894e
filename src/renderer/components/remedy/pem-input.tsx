import { FileUp } from 'lucide-react'
import { type ReactNode, useId, useRef, useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { classNames } from '../../ui/class-names.ts'
import { TextArea } from '../../ui/input.tsx'
import { readPem } from './pem-file.model.ts'

interface PemInputProps {
  label: string
  value: string
  onChange(text: string): void
  onLeave?(): void
  hint?: ReactNode
  error?: string | undefined
  /** What is typed is a secret: it is not shown. */
  secret?: boolean
  placeholder?: string
  /** Beside the label. */
  action?: ReactNode
}

/** A certificate or a key: pasted, dropped as a file, or chosen. */
export function PemInput(props: PemInputProps) {
  const { label, value, onChange, onLeave, hint, error, secret, placeholder, action } = props
  const id = useId()
  const file = useRef<HTMLInputElement>(null)
  const [over, setOver] = useState(false)
  const [refusal, setRefusal] = useState<string | null>(null)
  const take = async (chosen: File | undefined) => {
    if (chosen === undefined) return
    const read = await readPem(chosen)
    setRefusal('problem' in read ? read.problem : null)
    if ('text' in read) onChange(read.text)
  }
  const below = refusal ?? error ?? hint
  const wrong = refusal !== null || error !== undefined
  return (
    <div className="flex min-w-0 flex-col gap-1 pb-1.5">
      <div className="flex h-5 items-center justify-between gap-2">
        <label htmlFor={id} className="text-sm font-medium text-muted">
          {label}
        </label>
        <span className="flex items-center gap-1">
          {action}
          <Button
            size="small"
            look="ghost"
            type="button"
            icon={<FileUp size={12} aria-hidden />}
            aria-label={`Choose a file: ${label}`}
            onClick={() => file.current?.click()}
          >
            File…
          </Button>
        </span>
      </div>
      <TextArea
        id={id}
        mono
        rows={3}
        dir="ltr"
        autoComplete="off"
        value={value}
        placeholder={placeholder ?? 'Paste the text, or drop the file here'}
        aria-invalid={wrong || undefined}
        aria-describedby={below === undefined ? undefined : `${id}-below`}
        onChange={(event) => {
          setRefusal(null)
          onChange(event.target.value)
        }}
        onBlur={onLeave}
        onDragOver={(event) => {
          if (!event.dataTransfer.types.includes('Files')) return
          event.preventDefault()
          setOver(true)
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          setOver(false)
          if (event.dataTransfer.files.length === 0) return
          event.preventDefault()
          void take(event.dataTransfer.files[0])
        }}
        className={classNames(over && 'border-accent! bg-accent/8!', secret && value !== '' && 'secret-text')}
      />
      <input
        ref={file}
        type="file"
        aria-label={`File of: ${label}`}
        className="hidden"
        onChange={(event) => {
          const chosen = event.target.files?.[0]
          event.target.value = '' // so that the same file can be chosen again
          void take(chosen)
        }}
      />
      {below !== undefined && (
        <span
          id={`${id}-below`}
          role={wrong ? 'alert' : undefined}
          className={classNames('min-h-4 text-xs', wrong ? 'text-bad' : 'text-faint')}
        >
          {below}
        </span>
      )}
    </div>
  )
}
