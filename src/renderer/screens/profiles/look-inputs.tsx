import { environments, profileColours } from '../../../domain/profile.ts'
import { EnvironmentTag } from '../../components/environment-tag.tsx'
import { profileFill } from '../../components/profile-colour.ts'
import { classNames } from '../../ui/class-names.ts'
import { Segmented } from '../../ui/segmented.tsx'
import type { FormParts } from './form-parts.ts'

const carefulness = {
  local: 'Nothing asks for a confirmation twice.',
  staging: 'Bulk actions ask first.',
  production: 'Opens read-only; writing needs an unlock.',
}

/** How careful to be with it, and its colour. */
export function LookInputs({ form, onChange }: FormParts) {
  return (
    <div className="mt-1 grid grid-cols-[1fr_auto] gap-4">
      <div className="flex flex-col items-start gap-1">
        <span className="text-sm font-medium text-muted">Environment</span>
        <Segmented
          label="Environment"
          value={form.environment}
          onChange={(environment) => onChange({ environment })}
          options={environments.map((value) => ({ value, label: <EnvironmentTag environment={value} /> }))}
        />
        <span className="min-h-4 text-xs text-faint">{carefulness[form.environment]}</span>
      </div>
      <fieldset className="flex flex-col gap-1">
        <legend className="mb-1 text-sm font-medium text-muted">Colour</legend>
        <div className="flex h-7 items-center gap-1.5">
          {profileColours.map((colour) => (
            <label key={colour} title={colour} className="relative flex size-5 items-center justify-center">
              <input
                type="radio"
                name="colour"
                aria-label={colour}
                checked={form.colour === colour}
                onChange={() => onChange({ colour })}
                className="peer absolute inset-0 appearance-none rounded-full"
              />
              <span
                className={classNames(
                  'pointer-events-none size-3.5 rounded-full ring-ink ring-offset-2 ring-offset-raised peer-checked:ring-[1.5px]',
                  profileFill[colour],
                )}
              />
            </label>
          ))}
        </div>
      </fieldset>
    </div>
  )
}
