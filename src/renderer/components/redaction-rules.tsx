import { Plus, X } from 'lucide-react'
import type { RedactionRule } from '../../domain/redaction.ts'
import { Button, IconButton } from '../ui/button.tsx'
import { Input } from '../ui/input.tsx'
import { Select } from '../ui/select.tsx'
import { ruleProblem } from './redaction-rules.model.ts'
import { RedactionTry } from './redaction-try.tsx'

interface RedactionRulesEditorProps {
  rules: readonly RedactionRule[]
  onChange(rules: RedactionRule[]): void
  /** A payload to see at once what the rules make of it; null where there is none to show. */
  sample?: string | null
}

const types = [
  { value: 'path' as const, label: 'Field' },
  { value: 'pattern' as const, label: 'Pattern' },
]

/** As many as the engine takes. */
const most = 100

/** What is taken out of payloads before they leave, rule by rule, and what that makes of one of them. */
export function RedactionRulesEditor({ rules, onChange, sample = null }: RedactionRulesEditorProps) {
  const put = (index: number, change: Partial<RedactionRule>) =>
    onChange(rules.map((rule, at) => (at === index ? { ...rule, ...change } : rule)))
  const add = (type: RedactionRule['type']) => {
    onChange([...rules, { type, find: '', with: null }])
    // Once it is drawn.
    requestAnimationFrame(() => {
      const inputs = document.querySelectorAll<HTMLInputElement>('[data-redaction-find]')
      inputs[inputs.length - 1]?.focus()
    })
  }
  return (
    <section aria-label="Redaction">
      {rules.length === 0 ? (
        <p className="text-muted">Nothing is taken out: payloads leave as they are.</p>
      ) : (
        <ul
          aria-label="Redaction rules"
          className="-mx-1 flex max-h-52 flex-col gap-1.5 overflow-y-auto rounded-md px-1 py-0.5 [scrollbar-gutter:stable]"
        >
          {rules.map((rule, index) => {
            const problem = rule.find === '' ? null : ruleProblem(rule)
            return (
              // biome-ignore lint/suspicious/noArrayIndexKey: a rule has no identity but its place while it is typed
              <li key={index}>
                <div className="flex items-center gap-1.5">
                  <Select
                    label={`Kind of rule ${index + 1}`}
                    value={rule.type}
                    onChange={(type) => put(index, { type })}
                    options={types}
                    className="w-24 shrink-0"
                  />
                  <Input
                    data-redaction-find=""
                    mono
                    dir="ltr"
                    aria-label={`What rule ${index + 1} takes out`}
                    aria-invalid={problem !== null || undefined}
                    placeholder={rule.type === 'path' ? 'data.user.email' : '\\b\\d{16}\\b'}
                    maxLength={500}
                    value={rule.find}
                    onChange={(event) => put(index, { find: event.target.value })}
                  />
                  <span aria-hidden className="text-faint">
                    →
                  </span>
                  <Input
                    dir="auto"
                    aria-label={`What rule ${index + 1} puts in its place`}
                    title="Left empty, each value becomes a word that is the same for the same value"
                    placeholder="same word for same value"
                    maxLength={500}
                    value={rule.with ?? ''}
                    onChange={(event) => put(index, { with: event.target.value === '' ? null : event.target.value })}
                    className="max-w-52"
                  />
                  <IconButton
                    label={`Remove rule ${index + 1}`}
                    icon={<X size={13} aria-hidden />}
                    onClick={() => onChange(rules.filter((_, at) => at !== index))}
                  />
                </div>
                {problem !== null && (
                  <p role="alert" className="mt-0.5 ml-[102px] text-xs text-bad">
                    {problem}
                  </p>
                )}
              </li>
            )
          })}
        </ul>
      )}
      <div className="mt-2 flex items-center gap-1.5">
        {types.map(({ value, label }) => (
          <Button
            key={value}
            size="small"
            icon={<Plus size={13} aria-hidden />}
            disabled={rules.length >= most}
            onClick={() => add(value)}
          >
            {label}
          </Button>
        ))}
        <span className="ml-1 min-w-0 truncate text-xs text-faint">
          A field by its path, **.token at any depth; or a pattern, wherever it stands in a text.
        </span>
      </div>
      {sample !== null && <RedactionTry rules={rules} sample={sample} />}
    </section>
  )
}
