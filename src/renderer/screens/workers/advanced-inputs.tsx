import { ChevronRight } from 'lucide-react'
import { useId } from 'react'
import type { Priorities } from '../../../domain/pool.ts'
import { Checkbox } from '../../ui/checkbox.tsx'
import { Field, Input } from '../../ui/input.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { Select } from '../../ui/select.tsx'
import { type advancedFields, advancedWords, givenWords, type PoolForm } from './start-pool.model.ts'

interface AdvancedInputsProps {
  form: PoolForm
  /** What is wrong, once somebody tried. */
  problem(field: keyof PoolForm): string | undefined
  change(next: Partial<PoolForm>): void
  open: boolean
  onOpen(open: boolean): void
  /** The question whether Redis may evict is asked elsewhere already. */
  evictionAsked: boolean
}

const priorities: Record<Priorities, string> = {
  off: 'Off: one list',
  strict: 'Strict: all high ones first',
  weighted: 'Weighted: low ones get a turn too',
}

/** Retries, priorities and limits: folded away, with what holds in words, until somebody wants them. */
export function AdvancedInputs({ form, problem, change, open, onOpen, evictionAsked }: AdvancedInputsProps) {
  const panel = useId()
  const text = (field: (typeof advancedFields)[number]) => ({
    value: form[field],
    onChange: (event: { target: { value: string } }) => change({ [field]: event.target.value }),
    'aria-invalid': problem(field) !== undefined,
  })
  return (
    <section aria-label="Advanced">
      <button
        type="button"
        aria-expanded={open}
        aria-controls={panel}
        onClick={() => onOpen(!open)}
        className="group flex w-full items-start gap-1 text-start text-sm text-muted hover:text-ink"
      >
        <ChevronRight size={12} className="mt-0.5 shrink-0 group-aria-expanded:rotate-90" aria-hidden />
        <span className="font-medium">Advanced</span>
        {!open && <span className="text-faint">{advancedWords(form)}</span>}
      </button>
      <div id={panel} hidden={!open} className="mt-2 flex flex-col gap-1 pl-4">
        <div className="mb-1 flex items-center justify-between">
          <span className="text-sm font-medium text-muted">Retry after</span>
          <Segmented
            label="Retry after"
            value={form.backoff}
            onChange={(backoff) => change({ backoff })}
            options={[
              { value: 'exponential', label: 'Doubling delays' },
              { value: 'given', label: 'Given delays' },
            ]}
          />
        </div>
        {form.backoff === 'exponential' ? (
          <div className="grid grid-cols-2 gap-3">
            <Field label="First" error={problem('firstDelay')} hint="seconds">
              <Input inputMode="decimal" {...text('firstDelay')} />
            </Field>
            <Field label="Longest" error={problem('longestDelay')} hint="seconds">
              <Input inputMode="decimal" {...text('longestDelay')} />
            </Field>
          </div>
        ) : (
          <Field label="Delays" error={problem('givenDelays')} hint={givenWords(form)}>
            <Input mono {...text('givenDelays')} />
          </Field>
        )}
        <div className="grid grid-cols-2 gap-3">
          <Field label="Priorities" hint="lists NAME:high and NAME:low">
            <Select
              label="Priorities"
              value={form.priorities}
              onChange={(next) => change({ priorities: next })}
              options={Object.entries(priorities).map(([value, label]) => ({ value: value as Priorities, label }))}
            />
          </Field>
          <Field label="At most" error={problem('rate')} hint="jobs a second, over all pools">
            <Input inputMode="decimal" placeholder="no limit" {...text('rate')} />
          </Field>
        </div>
        {!evictionAsked && <EvictionBox form={form} change={change} />}
      </div>
    </section>
  )
}

/** Whoever ticks this has read that jobs may vanish. */
export function EvictionBox({ form, change }: Pick<AdvancedInputsProps, 'form' | 'change'>) {
  return (
    <Checkbox
      checked={form.acceptsEviction}
      onChange={(acceptsEviction) => change({ acceptsEviction })}
      label="Start although Redis may evict this queue"
    >
      Start although Redis may evict this queue
    </Checkbox>
  )
}
