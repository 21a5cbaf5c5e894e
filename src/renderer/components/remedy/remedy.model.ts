import type { Profile, Remedy, SecretName } from '../../../domain/profile.ts'

/** What each secret is called where it is asked for. */
export const secretWords: Record<SecretName, string> = {
  password: 'Password of Redis',
  sentinelPassword: 'Password of the Sentinels',
  tlsKey: 'Key of the client certificate',
  tlsKeyPassphrase: 'Passphrase of that key',
  ssh: 'Password of the SSH server',
  sshKey: 'Private key for SSH',
  jump: 'Password of the jump host',
  jumpKey: 'Private key for the jump host',
}

/** Keys are whole texts, the other secrets a line each. */
export function isKey(name: SecretName): boolean {
  return name === 'tlsKey' || name === 'sshKey' || name === 'jumpKey'
}

/** What a secret is called in a profile: with a key, the secret of an SSH server is what opens it. */
export function secretLabel(name: SecretName, { ssh }: Pick<Profile, 'ssh'>): string {
  const login = name === 'ssh' ? ssh?.login : name === 'jump' ? ssh?.jump?.login : undefined
  if (login === 'key' || login === 'keyFile')
    return name === 'ssh' ? 'Passphrase of the SSH key' : 'Passphrase of the key for the jump host'
  return secretWords[name]
}

/**
 * What would mend a connection: what the engine says, or where a log-in was refused, another secret. Null where nothing
 * that a person types would help.
 */
export function remedyFor(
  { code, remedy }: { readonly code: string | null; readonly remedy: Remedy | null },
  { ssh }: Pick<Profile, 'ssh'>,
): Remedy | null {
  if (remedy !== null) return remedy
  if (code === 'AUTH_FAILED') return { kind: 'secret', secret: 'password' }
  if (code === 'SSH_AUTH_FAILED' && ssh !== null && ssh.login !== 'agent')
    return { kind: 'secret', secret: ssh.login === 'key' ? 'sshKey' : 'ssh' }
  if (code === 'VAULT_LOCKED') return { kind: 'vault' }
  return null
}

/** What the button says that leads to a remedy. */
export function remedyWords(remedy: Remedy): string {
  if (remedy.kind === 'vault') return 'Unlock the passwords…'
  if (remedy.kind === 'hostKey') return remedy.before === null ? 'Compare the host key…' : 'Look at the host key…'
  return isKey(remedy.secret) ? 'Enter the key…' : 'Enter the password…'
}
