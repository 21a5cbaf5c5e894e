import { z } from 'zod'

/**
 * Where secrets are kept. `keychain`: by the system, and there is nothing to do. Without one, `vault`: in a file that a
 * passphrase opens, once a start. Without that either, `this run only`: in memory.
 */
export const vaultStateSchema = z.object({
  kind: z.enum(['keychain', 'vault', 'this run only']),
  /** Whether a vault waits for its passphrase. */
  locked: z.boolean(),
})
export type VaultState = z.infer<typeof vaultStateSchema>
