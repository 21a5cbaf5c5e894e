import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto'
import { z } from 'zod'
import { SluiceError } from '../../domain/errors.ts'
import { oneAtATime } from '../profiles/one-at-a-time.ts'

const nonceBytes = 12
const tagBytes = 16
const keyBytes = 32
const saltBytes = 16

/** What it takes to make a key of a passphrase: `N` rounds over `128 * N * r` bytes of memory, `p` times. */
export interface ScryptCost {
  readonly N: number
  readonly r: number
  readonly p: number
}

/** 128 MB and about half a second: what a person waits for once, and who guesses passphrases each time. */
export const usualCost: ScryptCost = { N: 2 ** 17, r: 8, p: 1 }

/** A file names its own cost, so a hostile one could name any: what it may take of this computer is bounded. */
const mostMemory = 256 * 1024 ** 2

/** How the key of a file is made of its passphrase. */
export const kdfSchema = z
  .object({
    name: z.literal('scrypt'),
    N: z.number().int().min(1024),
    r: z.number().int().min(1).max(32),
    p: z.number().int().min(1).max(4),
    salt: z.base64().min(20).max(100),
  })
  .refine(({ N, r }) => Number.isInteger(Math.log2(N)) && 128 * N * r <= mostMemory)
export type Kdf = z.infer<typeof kdfSchema>

/** The way to a new key: with a salt of its own, so that the same passphrase never makes the same key. */
export function newKdf(cost: ScryptCost = usualCost): Kdf {
  return { name: 'scrypt', ...cost, salt: randomBytes(saltBytes).toString('base64') }
}

/** Keys are made one after another: each takes the memory that a single one may. */
const inTurn = oneAtATime()

/**
 * The key that a passphrase makes; whoever asks wipes it. The passphrase is taken in NFC, because two computers may write
 * the same letters in two ways.
 */
export function keyOf(passphrase: string, { N, r, p, salt }: Kdf): Promise<Buffer> {
  const maxmem = 128 * r * (N + p + 2) + 1024
  return inTurn(
    () =>
      new Promise((resolve, reject) => {
        scrypt(
          passphrase.normalize('NFC'),
          Buffer.from(salt, 'base64'),
          keyBytes,
          { N, r, p, maxmem },
          (error, key) => {
            if (error === null) resolve(key)
            else reject(new SluiceError('INTERNAL', 'There is not enough memory to make a key of that passphrase.'))
          },
        )
      }),
  )
}

/**
 * Seals a text with AES-256-GCM under a nonce of its own. `bound` says what it belongs to: it opens only with the same
 * words, so that a sealed text cannot be put into another's place.
 */
export function seal(key: Buffer, text: string, bound: readonly string[]): string {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(Buffer.from(JSON.stringify(bound)))
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString('base64')
}

/** The way back: null for what was not sealed with this key and these words, or changed since. */
export function unseal(key: Buffer, sealed: string, bound: readonly string[]): string | null {
  const bytes = Buffer.from(sealed, 'base64')
  if (bytes.length < nonceBytes + tagBytes) return null
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes })
  decipher.setAAD(Buffer.from(JSON.stringify(bound)))
  decipher.setAuthTag(bytes.subarray(-tagBytes))
  try {
    return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()]).toString('utf8')
  } catch {
    return null
  }
}
