import { type RefObject, useDeferredValue, useMemo } from 'react'
import { changerOf } from '../../../domain/payload-change/apply.ts'
import { functionNames } from '../../../domain/payload-change/expression.ts'
import type { PayloadChange } from '../../../domain/payload-change.ts'
import { TextArea } from '../../ui/input.tsx'
import { Segmented } from '../../ui/segmented.tsx'

interface ChangeInputProps {
  value: PayloadChange | null
  onChange(change: PayloadChange): void
  input?: RefObject<HTMLTextAreaElement | null>
}

const examples: Record<PayloadChange['type'], readonly (readonly [code: string, says: string])[]> = {
  assign: [
    ['data.host = "mail-2.internal"', 'sets a field to a value of JSON'],
    ['data.attempt = data.attempt + 1', 'counts with the job’s own fields; numbers of any length stay exact'],
    ['data.email = lower(trim(data.email))', `changes a text; there are ${functionNames.join(', ')}`],
    ['delete data.token', 'takes a field out'],
  ],
  patch: [
    ['[{ "op": "replace", "path": "/data/host", "value": "mail-2.internal" },', 'changes a field that is there'],
    [' { "op": "remove", "path": "/data/token" },', 'takes one out'],
    [' { "op": "test", "path": "/type", "value": "welcome" }]', 'refuses jobs that are not like that'],
  ],
}

/** How the payloads of many jobs change. The sample below shows what becomes of it while one writes. */
export function ChangeInput({ value, onChange, input }: ChangeInputProps) {
  const type = value?.type ?? 'assign'
  const text = value?.text ?? ''
  const settled = useDeferredValue(text)
  const problem = useMemo(() => {
    if (settled.trim() === '') return null
    const changer = changerOf({ type, text: settled })
    return 'problem' in changer ? changer.problem : null
  }, [type, settled])
  return (
    <div className="flex flex-col gap-1.5">
      <div className="flex items-center justify-between gap-2">
        <span className="text-sm font-medium text-muted">What changes in each payload</span>
        <Segmented<PayloadChange['type']>
          label="How the change is written"
          value={type}
          onChange={(next) => onChange({ type: next, text })}
          options={[
            { value: 'assign', label: 'Assignments', title: 'Lines of path = value' },
            { value: 'patch', label: 'JSON Patch', title: 'A JSON Patch, RFC 6902' },
          ]}
        />
      </div>
      <TextArea
        ref={input}
        mono
        dir="ltr"
        rows={4}
        aria-label="What changes in each payload"
        aria-invalid={problem !== null}
        value={text}
        onChange={(event) => onChange({ type, text: event.target.value })}
      />
      {problem !== null ? (
        <p className="min-h-4 text-xs text-bad" role="alert">
          {problem}
        </p>
      ) : (
        <dl className="grid grid-cols-[auto_1fr] gap-x-3 gap-y-0.5 text-xs text-faint">
          {examples[type].map(([code, says]) => (
            <div key={code} className="contents">
              <dt className="font-mono whitespace-pre" data-selectable="">
                {code}
              </dt>
              <dd className="min-w-0">{says}</dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  )
}
