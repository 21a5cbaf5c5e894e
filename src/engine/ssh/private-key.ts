import { createHash, createPrivateKey } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import ssh2, { type ParsedKey } from 'ssh2'
import { SluiceError } from '../../domain/errors.ts'
import type { SecretName } from '../../domain/profile.ts'

export interface PrivateKeyOptions {
  /** What to call it in a sentence: `The key of deploy@bastion`. */
  readonly name: string
  /** The secret that holds its passphrase, and how to ask for it; asked only where the key needs one. */
  readonly passphraseName: SecretName
  passphrase(): Promise<string | null>
  /**
   * Keys that were opened before. Opening one takes half a second of a core on purpose, and everything waits for it, so a
   * session that is opened anew should not have to do it again.
   */
  readonly opened: OpenedKeys
}

/** By what they were opened from. */
export type OpenedKeys = Map<string, ParsedKey>

/**
 * Reads a private key as ssh-keygen, openssl or PuTTY 0.74 and older write it. Throws SECRET_MISSING when it needs a
 * passphrase that is not known, SSH_AUTH_FAILED when the passphrase does not open it or the text is no private key; the
 * sentences hold nothing of either.
 */
export async function readPrivateKey(text: string, options: PrivateKeyOptions): Promise<ParsedKey> {
  const { name, passphraseName, passphrase, opened } = options
  const remedy = { kind: 'secret', secret: passphraseName } as const
  const plain = parsed(text, null)
  if (plain !== 'encrypted') {
    if (plain === null) throw new SluiceError('SSH_AUTH_FAILED', `${name} is ${whatIs(text)}.`)
    if (!plain.isPrivateKey()) throw new SluiceError('SSH_AUTH_FAILED', `${name} is a public key: ${usePrivate}.`)
    return plain
  }
  const known = await passphrase()
  if (known === null || known === '') {
    throw new SluiceError('SECRET_MISSING', `${name} needs a passphrase: enter it.`, remedy)
  }
  const from = createHash('sha256')
    .update(JSON.stringify([text, known]))
    .digest('base64')
  const key = opened.get(from) ?? parsed(text, known)
  if (key !== null && key !== 'encrypted') {
    opened.set(from, key)
    return key
  }
  throw new SluiceError('SSH_AUTH_FAILED', `${name} is not opened by this passphrase.`, remedy)
}

/** Reads the text of a key file; `~` is the person's folder. Throws SSH_AUTH_FAILED with a sentence when it is not there. */
export async function readKeyFile(path: string): Promise<string> {
  const full = /^~(?=[/\\]|$)/.test(path) ? join(homedir(), path.slice(1)) : path
  try {
    return await readFile(full, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    throw new SluiceError('SSH_AUTH_FAILED', `The key file ${full} ${unreadable[code] ?? 'could not be read'}.`)
  }
}

const unreadable: Readonly<Record<string, string>> = {
  ENOENT: 'is not there',
  ENOTDIR: 'is not there',
  EACCES: 'may not be read: permission denied',
  EISDIR: 'is a folder',
}

const usePrivate = 'the private one is needed, which usually has the same name without .pub'

function parsed(text: string, passphrase: string | null): ParsedKey | 'encrypted' | null {
  try {
    const key: unknown = ssh2.utils.parseKey(text, passphrase ?? undefined)
    const first: unknown = Array.isArray(key) ? key[0] : key // its types do not say so, but some formats hold several
    if (!(first instanceof Error)) return first as ParsedKey
    if (/no passphrase given/.test(first.message)) return 'encrypted'
    return fromPkcs8(text, passphrase)
  } catch {
    return null // an old format whose passphrase is wrong, mostly
  }
}

/** openssl's own format, which ssh2 does not read, in the older one that it does. */
function fromPkcs8(text: string, passphrase: string | null): ParsedKey | 'encrypted' | null {
  const header = /-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/.exec(text)
  if (header === null) return null
  if (header[1] !== undefined && passphrase === null) return 'encrypted'
  const key = createPrivateKey({ key: text.trim(), ...(passphrase === null ? {} : { passphrase }) })
  const type = key.asymmetricKeyType === 'rsa' ? 'pkcs1' : key.asymmetricKeyType === 'ec' ? 'sec1' : null
  if (type === null) return null
  const read = ssh2.utils.parseKey(key.export({ type, format: 'pem' }).toString())
  return read instanceof Error ? null : read
}

function whatIs(text: string): string {
  if (text.trim() === '') return 'empty'
  if (/^PuTTY-User-Key-File-3/.test(text)) {
    return 'in the third format of PuTTY: export it there as an OpenSSH key, or as version 2'
  }
  if (/^(sk-|ssh-|ecdsa-)\S+ /.test(text)) return `a public key: ${usePrivate}`
  return 'no private key that Sluice can read: it knows those that ssh-keygen makes'
}
