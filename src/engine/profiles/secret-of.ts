import { SluiceError } from '../../domain/errors.ts'
import type { Profile, SecretName } from '../../domain/profile.ts'
import type { SecretStore } from './secret-store.ts'

/** What a secret is to the person who is asked for it. */
const sayings: Readonly<Record<SecretName, string>> = {
  password: 'The password of this profile is',
  sentinelPassword: 'The password of the Sentinels is',
  tlsKey: 'The key of the client certificate is',
  tlsKeyPassphrase: 'The passphrase of the TLS key is',
  ssh: 'The password for the SSH server, or the passphrase of its key, is',
  sshKey: 'The SSH key is',
  jump: 'The password for the jump host, or the passphrase of its key, is',
  jumpKey: 'The SSH key for the jump host is',
}

/**
 * A secret of a profile; null when it has none of that name. Throws SECRET_MISSING when it has one that is not known here,
 * and VAULT_LOCKED, each with what would mend it.
 */
export async function secretOf(
  profile: Pick<Profile, 'id' | 'secrets'>,
  name: SecretName,
  secrets: Pick<SecretStore, 'get'>,
): Promise<string | null> {
  if (!profile.secrets.includes(name)) return null
  const secret = await secrets.get(profile.id, name)
  if (secret !== null) return secret
  throw new SluiceError('SECRET_MISSING', `${sayings[name]} not known here: enter it again.`, {
    kind: 'secret',
    secret: name,
  })
}
