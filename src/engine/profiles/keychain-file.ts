import { z } from 'zod'
import { writeFileAtomic } from './atomic-file.ts'
import { readKeptFile } from './kept-file.ts'

/** How the system encrypts: with a key that its keychain holds. */
export interface Keychain {
  encrypt(text: string): Promise<Buffer>
  decrypt(bytes: Buffer): Promise<string>
}

const sealedSchema = z.record(z.string(), z.base64())

/** Version 1 knew one secret of a profile, its password, under the id of the profile, and the keys of the trash. */
const fileSchema = z.union([
  z
    .object({ version: z.literal(2), secrets: sealedSchema })
    .transform(({ secrets }): ReadonlyMap<string, string> => new Map(Object.entries(secrets))),
  z.object({ version: z.literal(1), secrets: sealedSchema }).transform(({ secrets }): ReadonlyMap<string, string> => {
    const renamed = Object.entries(secrets).map(
      ([name, sealed]) => [name.startsWith('trash:') ? name : `password:${name}`, sealed] as const,
    )
    return new Map(renamed)
  }),
])

/** Reads `secrets.json`: sealed secrets by the name of each. What cannot be understood is kept aside. Throws DISK_FAILED. */
export function readKeychainFile(file: string) {
  return readKeptFile(file, fileSchema)
}

/** Throws DISK_FAILED and leaves the old one as it was. */
export function writeKeychainFile(file: string, secrets: ReadonlyMap<string, string>): Promise<void> {
  return writeFileAtomic(file, `${JSON.stringify({ version: 2, secrets: Object.fromEntries(secrets) }, null, 2)}\n`)
}
