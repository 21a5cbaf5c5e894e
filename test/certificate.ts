import { generateKeyPairSync, sign } from 'node:crypto'

/** A key and a certificate that signs itself, both PEM; a client trusts it when it is given the certificate as `ca`. */
export interface Certificate {
  readonly key: string
  readonly cert: string
}

/** DER: a tag, the length, the contents. */
function der(tag: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body])
  const length = Buffer.from([body.length >> 8, body.length & 0xff])
  return Buffer.concat([Buffer.from([tag, 0x82]), length, body])
}

const sequence = (...parts: Buffer[]) => der(0x30, ...parts)
const integer = (value: number) => der(0x02, Buffer.from([value]))
const bits = (body: Buffer) => der(0x03, Buffer.from([0]), body)
const time = (at: number) => {
  const text = new Date(at).toISOString().replace(/[-:T]|\.\d+/g, '')
  return der(0x18, Buffer.from(text)) // GeneralizedTime: 20260102030405Z
}
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'))

const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'))
const commonName = '550403'
const subjectAltName = '551d11'

/**
 * Makes a certificate for host names and IPv4 addresses, so that tests need neither openssl nor keys in the repository.
 * Valid from a day ago until `endsAt` (epoch ms).
 */
export function makeCertificate(names: readonly string[], endsAt = Date.now() + 86_400_000): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const name = sequence(der(0x31, sequence(oid(commonName), der(0x0c, Buffer.from('Sluice test')))))
  const altNames = names.map((text) =>
    /^[\d.]+$/.test(text) ? der(0x87, Buffer.from(text.split('.').map(Number))) : der(0x82, Buffer.from(text)),
  )
  const extensions = der(0xa3, sequence(sequence(oid(subjectAltName), der(0x04, sequence(...altNames)))))
  const body = sequence(
    der(0xa0, integer(2)), // version 3
    integer(1),
    ecdsaWithSha256,
    name,
    sequence(time(Math.min(Date.now(), endsAt) - 86_400_000), time(endsAt)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    extensions,
  )
  const certificate = sequence(body, ecdsaWithSha256, bits(sign('sha256', body, privateKey)))
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
  }
}
