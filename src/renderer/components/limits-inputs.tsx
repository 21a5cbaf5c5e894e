import { Field, Input } from '../ui/input.tsx'
import { type LimitsForm, limitsProblems } from './limits-form.model.ts'

interface LimitsInputsProps {
  form: LimitsForm
  tried: boolean
  /** One job alone is run: nothing shares its process. */
  alone?: boolean
  onChange(form: LimitsForm): void
}

/** Beyond these limits the process of a job is ended. */
export function LimitsInputs({ form, tried, alone, onChange }: LimitsInputsProps) {
  const problems = tried ? limitsProblems(form) : {}
  const number = (field: keyof LimitsForm) => ({
    value: form[field],
    inputMode: 'decimal' as const,
    'aria-invalid': problems[field] !== undefined,
    onChange: (event: { target: { value: string } }) => onChange({ ...form, [field]: event.target.value }),
  })
  return (
    <fieldset className="grid grid-cols-3 gap-x-3">
      <legend className="sr-only">Limits of its processes</legend>
      <Field label="Time limit" error={problems.timeSeconds} hint="seconds a job">
        <Input {...number('timeSeconds')} />
      </Field>
      <Field label="Memory limit" error={problems.memoryMb} hint="MiB a process">
        <Input {...number('memoryMb')} />
      </Field>
      {alone !== true && (
        <Field label="Share a process" error={problems.jobsPerProcess} hint="jobs, which end with it">
          <Input {...number('jobsPerProcess')} />
        </Field>
      )}
    </fieldset>
  )
}
