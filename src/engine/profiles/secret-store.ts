import { z } from 'zod'
import { writeFileAtomic } from './atomic-file.ts'
import { readKeptFile } from './kept-file.ts'
import { oneAtATime } from './one-at-a-time.ts'

/** Keeps the passwords of profiles, by profile id. */
export interface SecretStore {
  readonly kind: 'keychain' | 'this run only'
  /** Null when it is not known: never entered here, or no longer to be decrypted. */
  get(id: string): Promise<string | null>
  set(id: string, secret: string): Promise<void>
  delete(id: string): Promise<void>
}

/** Keeps secrets in memory: they are gone when the app ends. */
export function memorySecretStore(): SecretStore {
  const secrets = new Map<string, string>()
  return {
    kind: 'this run only',
    get: async (id) => secrets.get(id) ?? null,
    set: async (id, secret) => void secrets.set(id, secret),
    delete: async (id) => void secrets.delete(id),
  }
}

const fileSchema = z.object({ version: z.literal(1), secrets: z.record(z.string(), z.base64()) })

export interface FileSecretStoreOptions {
  readonly file: string
  encrypt(secret: string): Promise<Buffer>
  decrypt(bytes: Buffer): Promise<string>
}

/**
 * Keeps secrets encrypted in a file; whoever makes the store says how, with a key that the system's keychain holds. What
 * cannot be decrypted (another machine's file, a keychain that was reset) counts as not known. Writing throws
 * DISK_FAILED, or what `encrypt` throws; then nothing changed.
 */
export function fileSecretStore({ file, encrypt, decrypt }: FileSecretStoreOptions): SecretStore {
  const inTurn = oneAtATime()
  const read = async () => new Map(Object.entries((await readKeptFile(file, fileSchema)).contents?.secrets ?? {}))
  const write = (secrets: Map<string, string>) =>
    writeFileAtomic(file, JSON.stringify({ version: 1, secrets: Object.fromEntries(secrets) }, null, 2))

  return {
    kind: 'keychain',
    get: (id) =>
      inTurn(async () => {
        const kept = (await read()).get(id)
        if (kept === undefined) return null
        return decrypt(Buffer.from(kept, 'base64')).catch(() => null)
      }),
    set: (id, secret) =>
      inTurn(async () => {
        const encrypted = (await encrypt(secret)).toString('base64')
        await write((await read()).set(id, encrypted))
      }),
    delete: (id) =>
      inTurn(async () => {
        const secrets = await read()
        if (secrets.delete(id)) await write(secrets)
      }),
  }
}
