import { mostWorkers } from '../../domain/scale.ts'
import { formatCount } from '../ui/format.ts'
import { Field, Input } from '../ui/input.tsx'
import { Segmented } from '../ui/segmented.tsx'
import { type ScaleForm, scaleProblems } from './scale-form.model.ts'

interface ScaleInputsProps {
  form: ScaleForm
  /** Whether what is wrong is told: once somebody tried. */
  tried: boolean
  /** What there are so many of: "jobs at a time", "processes". */
  noun: string
  onChange(form: ScaleForm): void
}

/** How many: a number, or between two by what waits. */
export function ScaleInputs({ form, tried, noun, onChange }: ScaleInputsProps) {
  const problems = tried ? scaleProblems(form) : {}
  const number = (field: keyof Omit<ScaleForm, 'by'>) => ({
    value: form[field],
    inputMode: 'decimal' as const,
    'aria-invalid': problems[field] !== undefined,
    onChange: (event: { target: { value: string } }) => onChange({ ...form, [field]: event.target.value }),
  })
  return (
    <div>
      <div className="mb-2 flex flex-wrap items-center justify-between gap-2">
        <span className="text-sm font-medium text-muted">How many {noun}</span>
        <Segmented
          label="Scale"
          value={form.by}
          onChange={(by) => onChange({ ...form, by })}
          options={[
            { value: 'fixed', label: 'Fixed' },
            { value: 'size', label: 'By size' },
            { value: 'wait', label: 'By wait' },
          ]}
        />
      </div>
      {form.by === 'fixed' ? (
        <Field label="At a time" error={problems.count} hint={`1 to ${formatCount(mostWorkers)}`} className="w-1/3">
          <Input {...number('count')} />
        </Field>
      ) : (
        <div className="grid grid-cols-3 gap-x-3">
          <Field label="At least" error={problems.min}>
            <Input {...number('min')} />
          </Field>
          <Field label="At most" error={problems.max}>
            <Input {...number('max')} />
          </Field>
          {form.by === 'size' ? (
            <Field label="One for every" error={problems.jobsPerWorker} hint="waiting jobs">
              <Input {...number('jobsPerWorker')} />
            </Field>
          ) : (
            <Field label="Clear the queue in" error={problems.clearSeconds} hint="seconds">
              <Input {...number('clearSeconds')} />
            </Field>
          )}
          <Field label="Change every" error={problems.cooldownSeconds} hint="seconds at the soonest">
            <Input {...number('cooldownSeconds')} />
          </Field>
          <Field label="By" error={problems.step} hint="more or fewer at a change">
            <Input {...number('step')} />
          </Field>
        </div>
      )}
    </div>
  )
}
