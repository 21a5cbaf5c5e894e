import { showVaultDialog, useVault } from '../../state/vault.ts'
import { SecretsDialog } from './secrets-dialog.tsx'
import { UnlockVaultDialog } from './unlock-vault-dialog.tsx'

/** The dialogs of the vault, wherever they were asked for. Once, in the shell. */
export function VaultHost() {
  const { state, dialog } = useVault()
  const close = () => showVaultDialog(null)
  if (state === null || dialog === null) return null
  if (dialog === 'unlock' && state.locked) return <UnlockVaultDialog onClose={close} />
  return dialog === 'secrets' ? <SecretsDialog state={state} onClose={close} /> : null
}
