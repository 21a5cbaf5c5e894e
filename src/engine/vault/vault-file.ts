import { z } from 'zod'
import { SluiceError } from '../../domain/errors.ts'
import { writeFileAtomic } from '../profiles/atomic-file.ts'
import { readKeptFile } from '../profiles/kept-file.ts'
import { type Kdf, kdfSchema, keyOf, newKdf, type ScryptCost, seal, unseal } from './passphrase-box.ts'

/**
 * A vault as its file has it. Each secret is sealed by itself and bound to its name, so that one can be forgotten without
 * the passphrase, and none can be passed off as another's. `check` tells a wrong passphrase from a damaged secret.
 */
export interface VaultContents {
  readonly kdf: Kdf
  readonly check: string
  /** Sealed, by the name of each. */
  readonly secrets: ReadonlyMap<string, string>
}

const checkText = 'sluice'
const boundTo = (name: string) => ['sluice vault 1', name]
const checkBound = ['sluice vault 1', '', 'check']

const fileSchema = z
  .object({
    version: z.literal(1),
    kdf: kdfSchema,
    check: z.base64(),
    secrets: z.record(z.string(), z.base64()),
  })
  .transform(({ kdf, check, secrets }): VaultContents => ({ kdf, check, secrets: new Map(Object.entries(secrets)) }))

/** Reads a vault; what cannot be understood is kept aside, with a notice. Throws DISK_FAILED. */
export function readVault(file: string) {
  return readKeptFile(file, fileSchema)
}

/** Throws DISK_FAILED and leaves the old one as it was. */
export function writeVault(file: string, { kdf, check, secrets }: VaultContents): Promise<void> {
  const text = JSON.stringify({ version: 1, kdf, check, secrets: Object.fromEntries(secrets) }, null, 2)
  return writeFileAtomic(file, `${text}\n`)
}

/** A new vault with these secrets, and its key. */
export async function makeVault(
  passphrase: string,
  secrets: ReadonlyMap<string, string>,
  cost?: ScryptCost,
): Promise<{ contents: VaultContents; key: Buffer }> {
  const kdf = newKdf(cost)
  const key = await keyOf(passphrase, kdf)
  const sealed = new Map([...secrets].map(([name, secret]) => [name, sealFor(key, name, secret)]))
  return { contents: { kdf, check: seal(key, checkText, checkBound), secrets: sealed }, key }
}

/** The key of a vault. Throws AUTH_FAILED for a wrong passphrase, after the same work as for the right one. */
export async function openVault(passphrase: string, { kdf, check }: VaultContents): Promise<Buffer> {
  const key = await keyOf(passphrase, kdf)
  if (unseal(key, check, checkBound) === checkText) return key
  key.fill(0)
  throw new SluiceError('AUTH_FAILED', 'That passphrase does not open the vault.')
}

/** A secret as the vault keeps it. */
export function sealFor(key: Buffer, name: string, secret: string): string {
  return seal(key, secret, boundTo(name))
}

/** Null for a secret that is damaged, or is another's. */
export function unsealOf(key: Buffer, name: string, sealed: string): string | null {
  return unseal(key, sealed, boundTo(name))
}
