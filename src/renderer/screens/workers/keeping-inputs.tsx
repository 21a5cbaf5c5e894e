import { Checkbox } from '../../ui/checkbox.tsx'

/** Whether the settings stay, and what they are for then. */
export interface Keeping {
  readonly save: boolean
  readonly autostart: boolean
}

interface KeepingInputsProps {
  keeping: Keeping
  /** It is saved already: only the start with the app can be chosen. */
  fixed: boolean
  production: boolean
  onChange(keeping: Keeping): void
}

export function KeepingInputs({ keeping, fixed, production, onChange }: KeepingInputsProps) {
  return (
    <div className="mt-2 flex flex-col gap-1.5 border-t border-line pt-3">
      {!fixed && (
        <Checkbox
          checked={keeping.save}
          onChange={(save) => onChange({ ...keeping, save })}
          label="Save these settings for this connection"
        >
          Save these settings for this connection
        </Checkbox>
      )}
      {keeping.save && (
        <Checkbox
          checked={keeping.autostart && !production}
          disabled={production}
          onChange={(autostart) => onChange({ ...keeping, autostart })}
          label="Start with the app"
        >
          Start with the app
          {production && <span className="text-faint">: never on a production connection</span>}
        </Checkbox>
      )}
    </div>
  )
}
