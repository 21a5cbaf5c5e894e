import { type Profile, type SecretName, secretNames, type TypedSecrets } from '../../domain/profile.ts'

/** The secrets that a profile has after a change, and those that change: null for one that is forgotten. */
export interface SecretChanges {
  readonly secrets: readonly SecretName[]
  readonly changes: ReadonlyMap<SecretName, string | null>
}

type Way = Pick<Profile, 'topology' | 'ssh'>

interface SecretQuestion {
  readonly typed: TypedSecrets
  readonly next: Way
  readonly before: Profile | null
  /** Of a new profile: what it has, though it is not known here. */
  readonly asksFor?: readonly SecretName[]
}

/**
 * What becomes of the secrets of a profile: what was typed is taken in, an empty one is forgotten, and so is one that
 * nothing of the profile asks for any more. The password of an SSH user who now logs in with a key goes, unless it was
 * typed anew: it would be taken for what opens the key.
 */
export function secretChanges({ typed, next, before, asksFor = [] }: SecretQuestion): SecretChanges {
  const changes = new Map<SecretName, string | null>()
  const secrets = secretNames.filter((name) => {
    const had = before === null ? asksFor.includes(name) && isAskedFor(name, next) : before.secrets.includes(name)
    const text = typed[name]
    if (text && isAskedFor(name, next)) changes.set(name, text)
    else if (had && (text === '' || !isAskedFor(name, next) || (before !== null && meansOther(name, next, before)))) {
      changes.set(name, null)
    }
    return changes.has(name) ? changes.get(name) !== null : had
  })
  return { secrets, changes }
}

function isAskedFor(name: SecretName, { topology, ssh }: Way): boolean {
  if (name === 'sentinelPassword') return topology.kind === 'sentinel'
  if (name === 'ssh') return ssh !== null && ssh.login !== 'agent'
  if (name === 'sshKey') return ssh?.login === 'key'
  if (name === 'jump') return (ssh?.jump ?? null) !== null && ssh?.jump?.login !== 'agent'
  if (name === 'jumpKey') return ssh?.jump?.login === 'key'
  return true
}

function meansOther(name: SecretName, next: Way, before: Way): boolean {
  if (name === 'ssh') return next.ssh?.login !== before.ssh?.login
  if (name === 'jump') return next.ssh?.jump?.login !== before.ssh?.jump?.login
  return false
}
