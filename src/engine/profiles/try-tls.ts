import type { Duplex } from 'node:stream'
import type { PeerCertificate, TLSSocket } from 'node:tls'
import { SluiceError } from '../../domain/errors.ts'
import type { Target } from '../redis/client-options.ts'
import { openPlain, secured } from '../redis/open-stream.ts'
import { redisError } from '../redis/redis-error.ts'
import type { TestStep } from './inspect-server.ts'

/** A certificate that ends sooner is worth a word. */
const soonDays = 14
const dayMs = 86_400_000

/**
 * Lays TLS over a stream, and tells what was agreed on and for whom the certificate is. Throws TLS_FAILED with what to do
 * about it; a certificate that was refused is fetched once more, without sending anything, to say what is in it.
 */
export async function tryTls(plain: Duplex, target: Target, signal: AbortSignal): Promise<TestStep[]> {
  let secure: TLSSocket
  try {
    secure = await secured(plain, target, signal)
  } catch (error) {
    throw await explained(error, target, signal)
  }
  const certificate = secure.getPeerCertificate()
  const steps = [agreed(secure, certificate), ...warnings(certificate, target)]
  secure.destroy()
  return steps
}

function agreed(secure: TLSSocket, certificate: PeerCertificate): TestStep {
  const { standardName, name } = secure.getCipher()
  const detail = `${secure.getProtocol() ?? 'TLS'}, ${standardName || name}. The certificate is for ${namesIn(certificate)}, until ${dayOf(certificate)}.`
  return { name: 'TLS', ok: true, detail }
}

function warnings(certificate: PeerCertificate, { tls }: Target): TestStep[] {
  if (tls?.verify === false) {
    const detail =
      'Nobody checks the certificate of the server: whoever sits in between can read and change everything.'
    return [{ name: 'Certificate', ok: false, detail }]
  }
  const days = Math.floor((Date.parse(certificate.valid_to) - Date.now()) / dayMs)
  if (!(days < soonDays)) return []
  const when = days < 1 ? 'within a day' : `in ${days} ${days === 1 ? 'day' : 'days'}`
  return [{ name: 'Certificate', ok: false, detail: `The certificate of the server expires ${when}.` }]
}

async function explained(error: unknown, target: Target, signal: AbortSignal): Promise<SluiceError> {
  const known = redisError(error, 'connect')
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const hint = hints.find(([pattern]) => pattern.test(code))?.[1]
  if (hint === undefined || signal.aborted) return known
  const certificate = await shown(target, signal).catch(() => null)
  return certificate === null ? known : new SluiceError('TLS_FAILED', `${known.message} ${hint(certificate)}`)
}

const hints: readonly [code: RegExp, hint: (certificate: PeerCertificate) => string][] = [
  [
    /ALTNAME/,
    (certificate) => `It is for ${namesIn(certificate)}: if that is the server you mean, give that as the server name.`,
  ],
  [/HAS_EXPIRED/, (certificate) => `It was valid until ${dayOf(certificate)}.`],
  [
    /SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|SIGNATURE_FAILURE/,
    (certificate) =>
      `It was signed by ${tame(certificate.issuer.CN ?? certificate.issuer.O)}: if you trust that, paste its certificate as the authority.`,
  ],
]

/** The certificate that the server shows to anybody; nothing is sent over that stream. */
async function shown(target: Target, signal: AbortSignal): Promise<PeerCertificate> {
  const stream = await openPlain(target, signal)
  const secure = await secured(stream, { ...target, tls: { ...target.tls, verify: false } }, signal)
  const certificate = secure.getPeerCertificate()
  secure.destroy()
  return certificate
}

const most = 5

function namesIn({ subjectaltname, subject }: PeerCertificate): string {
  const names = (subjectaltname ?? '').split(', ').map((name) => name.replace(/^(DNS|IP Address):/, ''))
  const known = names.filter((name) => name !== '').slice(0, most)
  return known.length > 0 ? known.map(tame).join(', ') : tame(subject?.CN)
}

function dayOf({ valid_to }: PeerCertificate): string {
  const at = Date.parse(valid_to)
  return Number.isNaN(at) ? 'a day that cannot be read' : new Date(at).toISOString().slice(0, 10)
}

/** Text of a certificate, which may be anybody's: short, and without what could pass for something else. */
function tame(text: string | string[] | undefined): string {
  const first = Array.isArray(text) ? text[0] : text
  return first?.replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '').slice(0, 100) || 'nobody it names'
}
