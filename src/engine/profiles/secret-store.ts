import { SluiceError } from '../../domain/errors.ts'
import type { SecretName } from '../../domain/profile.ts'
import type { VaultState } from '../../domain/vault.ts'
import { secretsIn } from './secrets-in.ts'

/** What is kept secret of a profile: what it names itself, and the key of what the trash keeps of it on this computer. */
export type KeptName = SecretName | 'trash'

/** One secret to take in, or with null to forget. `keep: false` holds it in memory, for this run. */
export interface SecretChange {
  readonly profileId: string
  readonly name: KeptName
  readonly secret: string | null
  readonly keep: boolean
}

/**
 * Keeps the secrets of profiles: by the keychain of the system, in a vault that a passphrase opens, or for this run only.
 * What it is told not to keep it holds in memory in any case.
 */
export interface SecretStore {
  /** Where secrets are kept from now on: it changes when a vault is made or removed. */
  readonly kind: VaultState['kind']
  state(): VaultState
  /** Calls back after each change of the state; returns how to stop. */
  onChange(listener: (state: VaultState) => void): () => void
  /** Null when it is not known: never entered here, or no longer to be decrypted. Throws VAULT_LOCKED with its remedy. */
  get(profileId: string, name: KeptName): Promise<string | null>
  /** Throws VAULT_LOCKED when it is to be kept and cannot, DISK_FAILED; then nothing changed. */
  set(profileId: string, name: KeptName, secret: string, how: { readonly keep: boolean }): Promise<void>
  /** Forgets it wherever it is; needs no passphrase. Throws DISK_FAILED. */
  delete(profileId: string, name: KeptName): Promise<void>
  /** Forgets all that a profile has, wherever it is; needs no passphrase. Throws DISK_FAILED. */
  deleteAll(profileId: string): Promise<void>
  /** Many at once, all or nothing; resolves to the way back, for when what belongs to them fails. Throws as `set`. */
  change(changes: readonly SecretChange[]): Promise<() => Promise<void>>
  /**
   * Writes what a profile has in memory to where secrets are kept (true), or takes what is kept into memory and off the
   * disk (false; of a locked vault it is only taken off the disk). Resolves to the way back. Throws as `set`.
   */
  keepAll(profileId: string, keep: boolean): Promise<() => Promise<void>>
  /** Gives a profile all that another has and is known, kept as that is. Resolves to the way back. Throws as `set`. */
  copyAll(fromId: string, toId: string): Promise<() => Promise<void>>
  readonly vault: VaultControls
  /** Sentences for the person about what was found at start: a damaged file, a keychain that is gone. */
  readonly notices: readonly string[]
}

/** What a person can do about the vault. Where there can be none, all of it throws UNSUPPORTED. */
export interface VaultControls {
  /** Makes the vault, and moves into it what was typed in this run to be kept. Throws INVALID_INPUT when there is one, DISK_FAILED. */
  make(passphrase: string): Promise<VaultState>
  /** Throws AUTH_FAILED for a wrong passphrase, NOT_FOUND when there is no vault. */
  unlock(passphrase: string): Promise<VaultState>
  /** Forgets the key. What was typed for this run stays. */
  lock(): Promise<VaultState>
  /** Seals everything anew under another passphrase. Throws AUTH_FAILED, NOT_FOUND, DISK_FAILED; then nothing changed. */
  change(old: string, passphrase: string): Promise<VaultState>
  /**
   * Removes the vault. What an open one holds goes to the keychain, or without one stays for this run; what a locked one
   * holds is lost, which is the way out for who forgot the passphrase. Throws DISK_FAILED; then it is still there.
   */
  remove(): Promise<VaultState>
}

/** Holds secrets in memory alone, and touches no disk: they are gone when the app ends. */
export function memorySecretStore(): SecretStore {
  const places = { typed: new Map(), vault: null, keychain: new Map() }
  const store = secretsIn({ places, keychain: null, notices: [], write: async () => {} })
  const none = async (): Promise<never> => {
    throw new SluiceError('UNSUPPORTED', 'Secrets are held in memory here: there can be no vault.')
  }
  return { ...store, vault: { make: none, unlock: none, lock: none, change: none, remove: none } }
}
