import { ChevronRight } from 'lucide-react'
import { useId } from 'react'
import type { Priorities } from '../../../domain/pool.ts'
import { Checkbox } from '../../ui/checkbox.tsx'
import { Field, Input } from '../../ui/input.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { Select } from '../../ui/select.tsx'
import { advancedWords, givenWords } from './advanced-words.model.ts'
import { type advancedFields, type PoolForm, partsOf } from './start-pool.model.ts'

interface PartProps {
  form: PoolForm
  /** What is wrong, once somebody tried. */
  problem(field: keyof PoolForm): string | undefined
  change(next: Partial<PoolForm>): void
}

interface AdvancedInputsProps extends PartProps {
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

/** What a text field of the form gets. */
const textOf =
  ({ form, problem, change }: PartProps) =>
  (field: (typeof advancedFields)[number]) => ({
    value: form[field],
    onChange: (event: { target: { value: string } }) => change({ [field]: event.target.value }),
    'aria-invalid': problem(field) !== undefined,
  })

/** Retries, priorities and limits: folded away, with what holds in words, until somebody wants them. */
export function AdvancedInputs({ open, onOpen, evictionAsked, ...props }: AdvancedInputsProps) {
  const panel = useId()
  const { form, change } = props
  const parts = partsOf(form)
  return (
    <section aria-label="Advanced" className="mt-1">
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
        {parts.retries && <RetryInputs {...props} />}
        {parts.list && <ListInputs {...props} />}
        {parts.library && <LibraryInputs {...props} />}
        {!evictionAsked && <EvictionBox form={form} change={change} />}
      </div>
    </section>
  )
}

function RetryInputs(props: PartProps) {
  const { form, problem, change } = props
  const text = textOf(props)
  return (
    <>
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
    </>
  )
}

function ListInputs(props: PartProps) {
  const { form, problem, change } = props
  return (
    <div className="grid grid-cols-2 gap-3">
      <Field label="Priorities" hint="lists NAME:high and NAME:low">
        <Select
          label="Priorities"
          value={form.priorities}
          onChange={(next) => change({ priorities: next })}
          options={Object.entries(priorities).map(([value, label]) => ({ value: value as Priorities, label }))}
        />
      </Field>
      <Field label="Begin at most" error={problem('rate')} hint="jobs a second, over all pools">
        <Input inputMode="decimal" placeholder="no limit" {...textOf(props)('rate')} />
      </Field>
    </div>
  )
}

/** What the library itself is told. */
function LibraryInputs(props: PartProps) {
  const { problem } = props
  const text = textOf(props)
  return (
    <>
      <p className="mb-1 text-sm text-faint">
        Attempts and back-off are each job’s own, by the options it was added with.
      </p>
      <div className="grid grid-cols-3 gap-3">
        <Field label="Lock" error={problem('lockSeconds')} hint="seconds without a sign">
          <Input inputMode="decimal" {...text('lockSeconds')} />
        </Field>
        <Field label="Look for stalled" error={problem('stalledSeconds')} hint="every so many seconds">
          <Input inputMode="decimal" {...text('stalledSeconds')} />
        </Field>
        <Field label="May stall" error={problem('maxStalled')} hint="times, then it fails">
          <Input inputMode="numeric" {...text('maxStalled')} />
        </Field>
        <Field label="Begin at most" error={problem('limiterMax')} hint="jobs">
          <Input inputMode="numeric" placeholder="no limit" {...text('limiterMax')} />
        </Field>
        <Field label="in" error={problem('limiterSeconds')} hint="seconds, over all such workers">
          <Input inputMode="decimal" {...text('limiterSeconds')} />
        </Field>
      </div>
    </>
  )
}

/** Whoever ticks this has read that jobs may vanish. */
export function EvictionBox({ form, change }: Pick<PartProps, 'form' | 'change'>) {
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
