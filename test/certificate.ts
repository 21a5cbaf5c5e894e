import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

/** A key and a certificate that signs itself, both PEM; a client trusts it when it is given the certificate as `ca`. */
export interface Certificate {
  readonly key: string
  readonly cert: string
}

/** DER: a tag, the length, the contents. */
function der(tag: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body])
  // In as few bytes as it takes: BoringSSL, which is in Electron, takes no other.
  const length = body.length < 0x100 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...length]), body])
}

const sequence = (...parts: Buffer[]) => der(0x30, ...parts)
const integer = (value: number) => der(0x02, Buffer.from([value]))
const bits = (body: Buffer) => der(0x03, Buffer.from([0]), body)
const time = (at: number) => {
  const text = new Date(at).toISOString().replace(/[-:T]|\.\d+/g, '')
  return der(0x17, Buffer.from(text.slice(2))) // UTCTime, 260102030405Z, as the standard wants it up to 2049
}
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'))

const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'))
const commonName = '550403'
const subjectAltName = '551d11'
const basicConstraints = '551d13'

const nameOf = (text: string) => sequence(der(0x31, sequence(oid(commonName), der(0x0c, Buffer.from(text)))))
const isAuthority = sequence(
  oid(basicConstraints),
  der(0x01, Buffer.from([0xff])),
  der(0x04, sequence(der(0x01, Buffer.from([0xff])))),
)

interface Request {
  readonly subject: string
  readonly issuer: string
  readonly names: readonly string[]
  readonly endsAt: number
  readonly serial: number
  readonly authority: boolean
}

function sign509(request: Request, publicKey: KeyObject, signingKey: KeyObject): string {
  const altNames = request.names.map((text) =>
    /^[\d.]+$/.test(text) ? der(0x87, Buffer.from(text.split('.').map(Number))) : der(0x82, Buffer.from(text)),
  )
  const extensions = [
    ...(altNames.length > 0 ? [sequence(oid(subjectAltName), der(0x04, sequence(...altNames)))] : []),
    ...(request.authority ? [isAuthority] : []),
  ]
  const body = sequence(
    der(0xa0, integer(2)), // version 3
    integer(request.serial),
    ecdsaWithSha256,
    nameOf(request.issuer),
    sequence(time(Math.min(Date.now(), request.endsAt) - 86_400_000), time(request.endsAt)),
    nameOf(request.subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    ...(extensions.length > 0 ? [der(0xa3, sequence(...extensions))] : []),
  )
  const certificate = sequence(body, ecdsaWithSha256, bits(sign('sha256', body, signingKey)))
  const lines = certificate
    .toString('base64')
    .match(/.{1,64}/g)
    ?.join('\n')
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`
}

const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })
const pemOf = (key: KeyObject, passphrase?: string) =>
  key.export({ type: 'pkcs8', format: 'pem', ...(passphrase ? { cipher: 'aes-256-cbc', passphrase } : {}) }).toString()

const aDay = 86_400_000

/**
 * Makes a certificate for host names and IPv4 addresses, so that tests need neither openssl nor keys in the repository.
 * Valid from a day ago until `endsAt` (epoch ms).
 */
export function makeCertificate(names: readonly string[], endsAt = Date.now() + aDay): Certificate {
  const { publicKey, privateKey } = newKey()
  const subject = 'Sluice test'
  const request = { subject, issuer: subject, names, endsAt, serial: 1, authority: false }
  return { key: pemOf(privateKey), cert: sign509(request, publicKey, privateKey) }
}

/** An authority that signs certificates for servers and for clients. */
export interface Authority {
  /** PEM; who trusts it trusts all that it signed. */
  readonly cert: string
  /** `passphrase` seals the key. */
  issue(names: readonly string[], options?: { subject?: string; endsAt?: number; passphrase?: string }): Certificate
}

/** Makes an authority with a key of its own. */
export function makeAuthority(name = 'Sluice test authority'): Authority {
  const own = newKey()
  let serial = 1
  const request = { subject: name, issuer: name, names: [], endsAt: Date.now() + 30 * aDay, serial, authority: true }
  return {
    cert: sign509(request, own.publicKey, own.privateKey),
    issue(names, { subject = 'Sluice test server', endsAt = Date.now() + 20 * aDay, passphrase } = {}) {
      const { publicKey, privateKey } = newKey()
      const request = { subject, issuer: name, names, endsAt, serial: ++serial, authority: false }
      return { key: pemOf(privateKey, passphrase), cert: sign509(request, publicKey, own.privateKey) }
    },
  }
}
