import type { VaultState } from '../../../domain/vault.ts'

const fewest = 8

/** What is wrong with a new passphrase, typed twice; null when nothing is. */
export function passphraseProblem(passphrase: string, again: string): string | null {
  if (passphrase === '') return null
  if (passphrase.length < fewest) return `At least ${fewest} characters; a few words are better.`
  return again !== '' && again !== passphrase ? 'The two are not the same.' : null
}

/** Whether a new passphrase can be used. */
export function isPassphrase(passphrase: string, again: string): boolean {
  return passphrase.length >= fewest && passphrase === again
}

/** Where secrets are kept now, in a sentence. */
export function whereKept({ kind, locked }: VaultState): string {
  if (kind === 'keychain') return 'Passwords and keys are kept in the keychain of this computer.'
  if (kind === 'this run only')
    return 'This computer has no keychain that protects them, so passwords and keys are forgotten when Sluice ends.'
  return locked
    ? 'Passwords and keys are in the vault, which is locked.'
    : 'Passwords and keys are in the vault, which is open until Sluice ends.'
}
