import { type RefObject, useState } from 'react'
import { Button } from '../ui/button.tsx'
import { formatDateTime, formatRelative } from '../ui/format.ts'
import { Field, Input } from '../ui/input.tsx'
import { localInput, readLocalInput } from './due-time.model.ts'

const minute = 60_000
const later: readonly (readonly [label: string, ms: number])[] = [
  ['10 minutes', 10 * minute],
  ['1 hour', 60 * minute],
  ['6 hours', 360 * minute],
  ['1 day', 1440 * minute],
  ['1 week', 10_080 * minute],
]

interface DueTimeInputProps {
  /** Epoch ms; null where no time is given. */
  at: number | null
  onChange(at: number | null): void
  input?: RefObject<HTMLInputElement | null>
}

/** When delayed jobs are due. */
export function DueTimeInput({ at, onChange, input }: DueTimeInputProps) {
  const [text, setText] = useState(at === null ? '' : localInput(at))
  const change = (next: string) => {
    setText(next)
    onChange(readLocalInput(next))
  }
  const past = at !== null && at <= Date.now()
  return (
    <div>
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
          onChange={(event) => change(event.target.value)}
        />
      </Field>
      <div className="mt-1 flex flex-wrap items-center gap-1.5">
        <span className="text-sm text-faint">From now:</span>
        {later.map(([label, ms]) => (
          <Button key={label} size="small" onClick={() => change(localInput(Date.now() + ms))}>
            {label}
          </Button>
        ))}
      </div>
    </div>
  )
}
