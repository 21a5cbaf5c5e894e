import { Field, Input } from '../../ui/input.tsx'
import { passphraseProblem } from './vault.model.ts'

interface PassphraseInputsProps {
  label: string
  passphrase: string
  again: string
  onChange(change: { passphrase?: string; again?: string }): void
}

/** A new passphrase, typed twice. */
export function PassphraseInputs({ label, passphrase, again, onChange }: PassphraseInputsProps) {
  return (
    <div className="grid grid-cols-2 gap-x-3">
      <Field label={label} error={passphraseProblem(passphrase, again)}>
        <Input
          mono
          type="password"
          value={passphrase}
          onChange={(event) => onChange({ passphrase: event.target.value })}
        />
      </Field>
      <Field label="The same again">
        <Input mono type="password" value={again} onChange={(event) => onChange({ again: event.target.value })} />
      </Field>
    </div>
  )
}
