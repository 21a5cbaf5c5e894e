import type { VaultContents } from '../vault/vault-file.ts'
import type { KeptName } from './secret-store.ts'

/** A secret in memory. `keep`: it would be on disk if there were a place for it. */
export interface Typed {
  readonly secret: string
  readonly keep: boolean
}

/**
 * All secrets, each by its full name. What is in memory goes before what is kept, and the vault before the keychain: what
 * is newly kept in the vault is taken out of the other file, so that none comes back that was replaced.
 */
export interface Places {
  readonly typed: ReadonlyMap<string, Typed>
  /** Sealed under a passphrase; null when there is no vault. */
  readonly vault: VaultContents | null
  /** Sealed by the keychain. They stay there while it is away. */
  readonly keychain: ReadonlyMap<string, string>
}

/** No name of a secret holds a colon, so that this is unambiguous whatever the id. */
export const fullName = (profileId: string, name: string) => `${name}:${profileId}`
export const profileIdOf = (full: string) => full.slice(full.indexOf(':') + 1)
export const nameOf = (full: string) => full.slice(0, full.indexOf(':')) as KeptName // made by fullName alone

/** Places that are being changed. */
export interface Draft {
  readonly typed: Map<string, Typed>
  readonly vault: Map<string, string> | null
  readonly keychain: Map<string, string>
}

/** All names that are anywhere. */
export const namesIn = ({ typed, vault, keychain }: Draft) =>
  new Set([...typed.keys(), ...(vault?.keys() ?? []), ...keychain.keys()])

/** The same map where nothing differs, so that no file is written for nothing. */
export function same<T>(before: ReadonlyMap<string, T>, next: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  const isSame = before.size === next.size && [...next].every(([full, value]) => before.get(full) === value)
  return isSame ? before : next
}

/** The vault with these secrets; the same one where none differs. */
export function withSecrets(
  vault: VaultContents | null,
  secrets: ReadonlyMap<string, string> | null,
): VaultContents | null {
  if (vault === null || secrets === null || same(vault.secrets, secrets) === vault.secrets) return vault
  return { ...vault, secrets }
}

/** As it is now, but for what one edit changed: that is as it was before. */
export function back<T>(
  now: ReadonlyMap<string, T>,
  after: ReadonlyMap<string, T> = new Map(),
  before: ReadonlyMap<string, T> = new Map(),
): ReadonlyMap<string, T> {
  const result = new Map(now)
  for (const full of new Set([...after.keys(), ...before.keys()])) {
    const old = before.get(full)
    if (after.get(full) === old) continue
    if (old === undefined) result.delete(full)
    else result.set(full, old)
  }
  return result
}

/** All but these. */
export function without<T>(map: ReadonlyMap<string, T>, gone: ReadonlyMap<string, unknown>): ReadonlyMap<string, T> {
  return new Map([...map].filter(([full]) => !gone.has(full)))
}
