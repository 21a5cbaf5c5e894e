import { createPrivateKey, X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'
import { SluiceError } from '../../domain/errors.ts'
import type { TargetTls } from './client-options.ts'

/**
 * What TLS needs of the certificates of a profile. Throws TLS_FAILED with a sentence that says which of them cannot be
 * read (TLS itself would pass over an authority that it cannot read, and then trust nobody), and SECRET_MISSING when a
 * passphrase is missing.
 */
export function secureContextOf({ ca, cert, key, passphrase }: TargetTls): SecureContext {
  if (ca) certificatesIn(ca, 'The certificates of the authorities cannot be read: they are text in PEM.')
  if (cert) certificatesIn(cert, 'The client certificate cannot be read: it is text in PEM.')
  const privateKey = key === undefined ? null : readKey(key, passphrase)
  try {
    return createSecureContext({
      ...(ca ? { ca } : {}),
      ...(cert ? { cert } : {}),
      ...(privateKey ? { key: privateKey } : {}),
    })
  } catch (error) {
    const strangers = codeOf(error) === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH'
    const sentence = strangers
      ? 'The key of the client certificate belongs to another certificate.'
      : 'The client certificate and its key cannot be used together.'
    throw new SluiceError('TLS_FAILED', sentence)
  }
}

/** All certificates of a PEM text; throws TLS_FAILED with `problem` when there is none, or one that cannot be read. */
export function certificatesIn(pem: string, problem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? []
  try {
    if (blocks.length > 0) return blocks.map((block) => new X509Certificate(block))
  } catch {} // told below, like a text without any
  throw new SluiceError('TLS_FAILED', problem)
}

/** The key, opened and as PEM; it leaves this process in no message. */
function readKey(key: string, passphrase: string | undefined): string {
  try {
    return createPrivateKey({ key, ...(passphrase ? { passphrase } : {}) })
      .export({ type: 'pkcs8', format: 'pem' })
      .toString()
  } catch {
    const remedy = { kind: 'secret', secret: 'tlsKeyPassphrase' } as const
    const sealed = key.includes('ENCRYPTED')
    if (sealed && !passphrase) {
      throw new SluiceError('SECRET_MISSING', 'The key of the client certificate needs its passphrase.', remedy)
    }
    if (sealed)
      throw new SluiceError('TLS_FAILED', 'The passphrase does not open the key of the client certificate.', remedy)
    throw new SluiceError('TLS_FAILED', 'The key of the client certificate cannot be read: it is text in PEM.')
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
