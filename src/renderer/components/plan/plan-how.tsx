import type { RefObject } from 'react'
import type { Plan } from '../../../domain/operation.ts'
import type { TrashPlace } from '../../../domain/trash.ts'
import { Checkbox } from '../../ui/checkbox.tsx'
import { formatBytes, formatCount } from '../../ui/format.ts'
import { Field, Input } from '../../ui/input.tsx'
import { Meter } from '../../ui/meter.tsx'
import { Notice } from '../../ui/notice.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { mustType, numberProblems, type PlanForm, trashChoices } from './plan-form.model.ts'
import { runsJobs } from './plan-words.model.ts'

interface PlanHowProps {
  plan: Plan
  form: PlanForm
  production: boolean
  onChange(change: Partial<PlanForm>): void
  typed: RefObject<HTMLInputElement | null>
}

/** How a plan is run: pace, canary, trash, the reason, and the count typed where it must be. */
export function PlanHow({ plan, form, production, onChange, typed }: PlanHowProps) {
  const problems = numberProblems(form)
  return (
    <section aria-label="How to run it" className="flex flex-col gap-2.5">
      <div className="flex min-h-7 flex-wrap items-center gap-2">
        <span className="w-16 text-sm font-medium text-muted">Pace</span>
        <Segmented
          label="Pace"
          value={form.limited ? 'limited' : 'full'}
          onChange={(pace) => onChange({ limited: pace === 'limited' })}
          options={[
            { value: 'full', label: 'As fast as it goes' },
            { value: 'limited', label: 'Limited' },
          ]}
        />
        {form.limited && (
          <>
            <Small
              label="Jobs a second"
              value={form.pace}
              problem={problems.pace}
              onChange={(pace) => onChange({ pace })}
            />
            jobs a second
            {problems.pace !== undefined && <span className="text-xs text-bad">{problems.pace}</span>}
          </>
        )}
      </div>
      {runsJobs(plan.question.action) && <CanaryInputs form={form} problems={problems} onChange={onChange} />}
      <TrashInput plan={plan} form={form} onChange={onChange} />
      <Field label={production ? 'Why' : 'Why (if you like)'}>
        <Input
          dir="auto"
          value={form.reason}
          maxLength={1000}
          placeholder="Goes into the journal"
          onChange={(event) => onChange({ reason: event.target.value })}
        />
      </Field>
      {mustType(form, plan) && (
        <Field
          label={
            <>
              Type <strong className="font-semibold text-ink">{formatCount(plan.count)}</strong> to confirm
            </>
          }
        >
          <Input
            ref={typed}
            inputMode="numeric"
            value={form.typed}
            className="w-48!"
            onChange={(event) => onChange({ typed: event.target.value })}
          />
        </Field>
      )}
    </section>
  )
}

interface CanaryInputsProps {
  form: PlanForm
  problems: ReturnType<typeof numberProblems>
  onChange(change: Partial<PlanForm>): void
}

function CanaryInputs({ form, problems, onChange }: CanaryInputsProps) {
  const field = (name: 'second' | 'failPercent' | 'patience', label: string) => (
    <Small label={label} value={form[name]} problem={problems[name]} onChange={(text) => onChange({ [name]: text })} />
  )
  const wrong = [problems.second, problems.failPercent, problems.patience].find((one) => one !== undefined)
  return (
    <div className="flex flex-wrap items-center gap-2">
      <span className="w-16 text-sm font-medium text-muted">Canary</span>
      <div className="min-w-0 flex-1">
        <div className="flex min-h-7 items-center">
          <Checkbox checked={form.canary} onChange={(canary) => onChange({ canary })} label="Try a few first">
            Try a few first, and see how they do
          </Checkbox>
        </div>
        {form.canary && (
          <p className="flex flex-wrap items-center gap-x-1.5 gap-y-1 text-muted">
            One job, then {field('second', 'Jobs of the second step')} more, then the rest. Hold when over
            {field('failPercent', 'Percent that may fail')} % fail again. Wait for a step at most
            {field('patience', 'Seconds to wait for a step')} seconds.
            {wrong !== undefined && <span className="text-xs text-bad">{wrong}</span>}
          </p>
        )}
      </div>
    </div>
  )
}

const placeWords: Record<TrashPlace, string> = { redis: 'In Redis', computer: 'On this computer', none: 'Nowhere' }

/** Where what is removed is kept, and whether it has room. */
function TrashInput({ plan, form, onChange }: Pick<PlanHowProps, 'plan' | 'form' | 'onChange'>) {
  const { trash } = plan
  if (trash === null) return null
  const after = trash.used + trash.bytes
  const removes = plan.question.action === 'remove'
  return (
    <div className="flex flex-wrap items-center gap-2">
      <span className="w-16 text-sm font-medium text-muted">{removes ? 'Keep it' : 'For Undo'}</span>
      <Segmented<TrashPlace>
        label="Where it is kept for Undo"
        value={form.trash}
        onChange={(place) => onChange({ trash: place })}
        options={trashChoices(plan).map((value) => ({ value, label: placeWords[value] }))}
      />
      {form.trash === 'redis' && (
        <span className="flex min-w-0 flex-1 items-center gap-2 text-sm text-muted">
          <Meter
            share={trash.limit === 0 ? 1 : after / trash.limit}
            label="Trash in Redis after this"
            valueText={`${formatBytes(after)} of ${formatBytes(trash.limit)}`}
            tone={trash.fits ? 'bg-accent' : 'bg-bad'}
            className="w-24 shrink-0"
          />
          <span className={trash.fits ? undefined : 'text-bad'}>
            {trash.fits
              ? `${formatBytes(after)} of the ${formatBytes(trash.limit)} for trash`
              : `${formatBytes(after)} is over the limit of ${formatBytes(trash.limit)}`}
          </span>
        </span>
      )}
      {form.trash === 'computer' && (
        <span className="min-w-0 flex-1 text-sm text-muted">
          Encrypted, {formatBytes(trash.bytes)}; taken out of Redis first.
        </span>
      )}
      {form.trash === 'none' && (
        <div className="basis-full">
          <Notice tone="bad">
            {removes
              ? 'Nothing is kept: the jobs are gone for good, and there is no Undo.'
              : 'What the jobs are now is not kept: there is no Undo.'}
          </Notice>
        </div>
      )}
    </div>
  )
}

interface SmallProps {
  label: string
  value: string
  problem: string | undefined
  onChange(text: string): void
}

function Small({ label, value, problem, onChange }: SmallProps) {
  return (
    <Input
      aria-label={label}
      inputMode="decimal"
      value={value}
      aria-invalid={problem !== undefined}
      className="w-18! text-end"
      onChange={(event) => onChange(event.target.value)}
    />
  )
}
