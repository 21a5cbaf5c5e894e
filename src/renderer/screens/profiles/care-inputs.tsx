import { Checkbox } from '../../ui/checkbox.tsx'
import { Field, Input } from '../../ui/input.tsx'
import { Fold } from './fold.tsx'
import type { FormParts } from './form-parts.ts'
import type { ProfileForm } from './profile-form.model.ts'

/** What Sluice may do to this Redis, and what it may cost. */
export function CareInputs({ form, onChange, problem, onLeave }: FormParts) {
  const wrong = problem('trashLimitMb') !== undefined || problem('budgetPercent') !== undefined
  return (
    <Fold title="Limits and secrets" summary={careSummary(form)} wrong={wrong}>
      <Checkbox
        checked={form.readOnly}
        onChange={(readOnly) => onChange({ readOnly })}
        label="Never write to this Redis"
      >
        Never write to this Redis
      </Checkbox>
      <Checkbox
        checked={!form.keepSecrets}
        onChange={(ask) => onChange({ keepSecrets: !ask })}
        label="Ask for passwords at each start"
      >
        Ask for passwords at each start
      </Checkbox>
      <Checkbox
        checked={form.privateTargets}
        onChange={(privateTargets) => onChange({ privateTargets })}
        label="Workers may call addresses in private networks"
      >
        Workers may call addresses in private networks
      </Checkbox>
      <div className="mt-1 grid grid-cols-2 gap-x-3">
        <Field
          label="Time of Redis for fresh figures, %"
          hint="Of one core. Over it, Sluice reads less often."
          error={problem('budgetPercent')}
        >
          <Input
            inputMode="decimal"
            value={form.budgetPercent}
            onChange={(event) => onChange({ budgetPercent: event.target.value })}
            onBlur={() => onLeave('budgetPercent')}
          />
        </Field>
        <Field
          label="Room for removed jobs in this Redis, MB"
          hint="Kept 7 days for Undo. 0: on this computer instead."
          error={problem('trashLimitMb')}
        >
          <Input
            inputMode="numeric"
            value={form.trashLimitMb}
            onChange={(event) => onChange({ trashLimitMb: event.target.value })}
            onBlur={() => onLeave('trashLimitMb')}
          />
        </Field>
      </div>
    </Fold>
  )
}

function careSummary({ readOnly, keepSecrets, budgetPercent }: ProfileForm): string {
  const words = [
    ...(readOnly ? ['never writes'] : []),
    ...(keepSecrets ? [] : ['asks for passwords']),
    `${budgetPercent} % of a core`,
  ]
  const text = words.join(', ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}
