import { SluiceError } from '../../domain/errors.ts'
import type { VaultState } from '../../domain/vault.ts'
import type { ScryptCost } from '../vault/passphrase-box.ts'
import { makeVault, openVault, sealFor, unsealOf, type VaultContents } from '../vault/vault-file.ts'
import type { Keychain } from './keychain-file.ts'
import { oneAtATime } from './one-at-a-time.ts'
import {
  back,
  type Draft,
  fullName,
  nameOf,
  namesIn,
  type Places,
  profileIdOf,
  same,
  type Typed,
  without,
  withSecrets,
} from './secret-places.ts'
import type { SecretChange, SecretStore } from './secret-store.ts'

export interface SecretsInOptions {
  readonly places: Places
  readonly keychain: Keychain | null
  readonly notices: readonly string[]
  readonly cost?: ScryptCost
  /** Brings to disk what differs. Throws DISK_FAILED. */
  write(next: Places, before: Places): Promise<void>
}

/** Secrets in these places: in the vault where there is one, else by the keychain, else for this run. */
export function secretsIn({ places: first, keychain, notices, cost, write }: SecretsInOptions): SecretStore {
  let places = first
  /** Of the vault, while it is open. */
  let key: Buffer | null = null
  const listeners = new Set<(state: VaultState) => void>()
  const inTurn = oneAtATime()

  const kind = () => (places.vault !== null ? 'vault' : keychain !== null ? 'keychain' : 'this run only')
  const state = (): VaultState => ({ kind: kind(), locked: places.vault !== null && key === null })

  /** The one place where anything changes. Throws DISK_FAILED; then it is as it was. */
  async function commit(next: Places): Promise<void> {
    const before = places
    try {
      await write(next, before)
    } catch (error) {
      await write(before, next).catch(() => {}) // of two files one may have been written; the first error tells more
      throw error
    }
    places = next
  }

  /** Takes the key of a vault that was opened, made or removed, wipes the one before, and tells who listens. */
  function hold(next: Buffer | null): VaultState {
    if (key !== next) key?.fill(0)
    key = next
    const now = state()
    for (const listener of listeners) listener(now)
    return now
  }

  function openKey(): Buffer {
    if (key === null) throw new SluiceError('VAULT_LOCKED', undefined, { kind: 'vault' })
    return key
  }

  async function reveal(full: string): Promise<string | null> {
    const typed = places.typed.get(full)
    if (typed !== undefined) return typed.secret
    const inVault = places.vault?.secrets.get(full)
    if (inVault !== undefined) return unsealOf(openKey(), full, inVault)
    const byKeychain = places.keychain.get(full)
    if (byKeychain === undefined || keychain === null) return null
    return keychain.decrypt(Buffer.from(byKeychain, 'base64')).catch(() => null)
  }

  /** Makes a change on copies of all places, and the way back for the secrets that it touched. */
  async function edit(work: (draft: Draft) => void | Promise<void>): Promise<() => Promise<void>> {
    const before = places
    const draft: Draft = {
      typed: new Map(before.typed),
      vault: before.vault && new Map(before.vault.secrets),
      keychain: new Map(before.keychain),
    }
    await work(draft)
    const { typed } = draft
    await commit({
      typed,
      vault: withSecrets(before.vault, draft.vault),
      keychain: same(before.keychain, draft.keychain),
    })
    const after = places
    return () =>
      inTurn(() => {
        const vault = places.vault && back(places.vault.secrets, after.vault?.secrets, before.vault?.secrets)
        return commit({
          typed: back(places.typed, after.typed, before.typed),
          // A vault that was sealed anew meanwhile cannot read what the old one held.
          vault: places.vault?.kdf === before.vault?.kdf ? withSecrets(places.vault, vault) : places.vault,
          keychain: same(places.keychain, back(places.keychain, after.keychain, before.keychain)),
        })
      })
  }

  async function encrypted(secret: string, by: Keychain): Promise<string> {
    try {
      return (await by.encrypt(secret)).toString('base64')
    } catch {
      throw new SluiceError('INTERNAL', 'The keychain of this system did not take a secret: nothing was changed.')
    }
  }

  async function put(draft: Draft, full: string, { secret, keep }: Typed): Promise<void> {
    if (keep && draft.vault !== null) {
      draft.vault.set(full, sealFor(openKey(), full, secret))
      draft.keychain.delete(full)
    } else if (keep && keychain !== null) {
      draft.keychain.set(full, await encrypted(secret, keychain))
    } else {
      draft.typed.set(full, { secret, keep })
      return
    }
    draft.typed.delete(full)
  }

  function drop(draft: Draft, full: string): void {
    draft.typed.delete(full)
    draft.vault?.delete(full)
    draft.keychain.delete(full)
  }

  const change = (changes: readonly SecretChange[]) =>
    inTurn(() =>
      edit(async (draft) => {
        for (const { profileId, name, secret, keep } of changes) {
          const full = fullName(profileId, name)
          if (secret === null) drop(draft, full)
          else await put(draft, full, { secret, keep })
        }
      }),
    )

  const keepAll = (profileId: string, keep: boolean) =>
    inTurn(() =>
      edit(async (draft) => {
        for (const full of namesIn(draft)) {
          // The key of the trash was typed by nobody, and without it files could not be opened after this run.
          if (profileIdOf(full) !== profileId || nameOf(full) === 'trash') continue
          if (keep) {
            const typed = draft.typed.get(full)
            if (typed !== undefined) await put(draft, full, { ...typed, keep })
            continue
          }
          const secret = await reveal(full).catch(() => null) // of a locked vault
          drop(draft, full)
          if (secret !== null) draft.typed.set(full, { secret, keep })
        }
      }),
    )

  const copyAll = (fromId: string, toId: string) =>
    inTurn(() =>
      edit(async (draft) => {
        for (const full of namesIn(draft)) {
          if (profileIdOf(full) !== fromId || nameOf(full) === 'trash') continue
          const secret = await reveal(full)
          const keep = draft.typed.get(full)?.keep ?? true
          if (secret !== null) await put(draft, fullName(toId, nameOf(full)), { secret, keep })
        }
      }),
    )

  function existing(): VaultContents {
    if (places.vault === null) throw new SluiceError('NOT_FOUND', 'There is no vault here.')
    return places.vault
  }

  async function make(passphrase: string): Promise<VaultState> {
    if (places.vault !== null) throw new SluiceError('INVALID_INPUT', 'There is a vault already.')
    if (keychain !== null) throw new SluiceError('UNSUPPORTED', 'The keychain of this system keeps secrets already.')
    const kept = [...places.typed].filter(([, { keep }]) => keep)
    const moved = new Map(kept.map(([full, { secret }]) => [full, secret]))
    const { contents, key: made } = await makeVault(passphrase, moved, cost)
    await commit({ ...places, typed: without(places.typed, moved), vault: contents })
    return hold(made)
  }

  async function unlock(passphrase: string): Promise<VaultState> {
    return hold(await openVault(passphrase, existing()))
  }

  async function changePassphrase(old: string, passphrase: string): Promise<VaultState> {
    const { secrets } = existing()
    const oldKey = await openVault(old, existing())
    const open = new Map<string, string>()
    for (const [full, sealed] of secrets) {
      const secret = unsealOf(oldKey, full, sealed)
      if (secret !== null) open.set(full, secret)
    }
    oldKey.fill(0)
    const { contents, key: made } = await makeVault(passphrase, open, cost)
    await commit({ ...places, vault: contents })
    return hold(made)
  }

  async function remove(): Promise<VaultState> {
    if (places.vault === null) return state()
    const { secrets } = places.vault
    const typed = new Map(places.typed)
    const byKeychain = new Map(places.keychain)
    for (const [full, sealed] of key === null ? [] : secrets) {
      const secret = unsealOf(openKey(), full, sealed)
      if (secret === null) continue
      if (keychain !== null) byKeychain.set(full, await encrypted(secret, keychain))
      else if (!typed.has(full)) typed.set(full, { secret, keep: true })
    }
    await commit({ typed, vault: null, keychain: same(places.keychain, byKeychain) })
    return hold(null)
  }

  return {
    get kind() {
      return kind()
    },
    state,
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    get: (profileId, name) => reveal(fullName(profileId, name)),
    set: async (profileId, name, secret, { keep }) => void (await change([{ profileId, name, secret, keep }])),
    delete: async (profileId, name) => void (await change([{ profileId, name, secret: null, keep: false }])),
    deleteAll: (profileId) =>
      inTurn(async () => {
        await edit((draft) => {
          for (const map of [draft.typed, draft.vault ?? new Map<string, string>(), draft.keychain]) {
            for (const full of map.keys()) if (profileIdOf(full) === profileId) map.delete(full)
          }
        })
      }),
    change,
    keepAll,
    copyAll,
    vault: {
      make: (passphrase) => inTurn(() => make(passphrase)),
      unlock: (passphrase) => inTurn(() => unlock(passphrase)),
      lock: () => inTurn(async () => hold(null)),
      change: (old, passphrase) => inTurn(() => changePassphrase(old, passphrase)),
      remove: () => inTurn(remove),
    },
    notices,
  }
}
