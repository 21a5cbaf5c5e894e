import type { Environment } from '../../domain/profile.ts'
import { classNames } from '../ui/class-names.ts'

const texts: Record<Environment, string> = {
  local: 'text-env-local',
  staging: 'text-env-staging',
  production: 'text-env-production',
}
const fills: Record<Environment, string> = {
  local: 'bg-env-local',
  staging: 'bg-env-staging',
  production: 'bg-env-production',
}

/** The environment in words and colour. */
export function EnvironmentTag({ environment }: { environment: Environment }) {
  return (
    <span
      className={classNames(
        'inline-flex shrink-0 items-center gap-1 text-2xs font-semibold tracking-wide uppercase',
        texts[environment],
      )}
    >
      <span className={classNames('size-1.5 rounded-[1px]', fills[environment])} aria-hidden />
      {environment}
    </span>
  )
}

/** The thin bar across the top of the window, one stretch an environment that is in sight. */
export function EnvironmentBar({ environments }: { environments: readonly Environment[] }) {
  return (
    <div className="flex h-[3px] shrink-0" aria-hidden>
      {environments.length === 0 && <div className="flex-1 bg-line" />}
      {environments.map((environment) => (
        <div key={environment} className={classNames('flex-1', fills[environment])} />
      ))}
    </div>
  )
}
