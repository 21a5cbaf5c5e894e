import { formatCounted } from '../../ui/format.ts'
import { Field, Input } from '../../ui/input.tsx'
import { Fold } from './fold.tsx'
import type { FormParts } from './form-parts.ts'
import { HintInputs } from './hint-inputs.tsx'

/** What discovery cannot know by itself. */
export function FindingInputs({ form, onChange, problem, onLeave }: FormParts) {
  const wrong = problem('trackedPrefix') !== undefined || problem('hints') !== undefined
  const { hints } = form
  const summary = hints.length === 0 ? 'Nothing named by hand' : `${formatCounted(hints.length, 'queue')} named by hand`
  return (
    <Fold title="What Sluice cannot find by itself" summary={summary} wrong={wrong} open={hints.length > 0}>
      <Field
        label="Keys of tracked requests begin with"
        hint="Only if your request tracker uses other keys than local_request:"
        error={problem('trackedPrefix')}
      >
        <Input
          mono
          value={form.trackedPrefix}
          onChange={(event) => onChange({ trackedPrefix: event.target.value })}
          onBlur={() => onLeave('trackedPrefix')}
        />
      </Field>
      <HintInputs
        hints={hints}
        onChange={(next) => onChange({ hints: next })}
        problem={problem('hints')}
        onLeave={() => onLeave('hints')}
      />
    </Fold>
  )
}
