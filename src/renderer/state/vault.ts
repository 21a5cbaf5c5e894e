import { create } from 'zustand'
import type { VaultState } from '../../domain/vault.ts'

interface VaultStore {
  /** What vault.watch tells; null until it first spoke. */
  readonly state: VaultState | null
  /** Whether the person was asked for the passphrase since this page was loaded: once is enough. */
  readonly asked: boolean
  /** What is open now: the question for the passphrase, or the place where secrets are seen to. */
  readonly dialog: 'unlock' | 'secrets' | null
}

export const useVault = create<VaultStore>()(() => ({ state: null, asked: false, dialog: null }))

/** The one way in. A vault that is locked when Sluice starts asks for its passphrase, once. */
export function feedVault(state: VaultState): void {
  const { asked, dialog } = useVault.getState()
  const opened = dialog === 'unlock' && !state.locked
  useVault.setState({ state, asked: true, dialog: state.locked && !asked ? 'unlock' : opened ? null : dialog })
}

export function showVaultDialog(dialog: VaultStore['dialog']): void {
  useVault.setState({ dialog, asked: true })
}
