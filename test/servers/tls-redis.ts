import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Redis } from 'ioredis'
import { type Authority, type Certificate, makeAuthority } from '../certificate.ts'
import { freePort, startRedis } from '../redis.ts'

/** A redis-server that speaks TLS at `port`, with certificates of an authority of its own. */
export interface TlsRedis {
  readonly port: number
  /** `rediss://127.0.0.1:port`; its certificate is for localhost and 127.0.0.1. */
  readonly url: string
  readonly authority: Authority
  /** A certificate that this server takes from a client. */
  readonly forClient: Certificate
  /** A plain client for arranging and checking, at another port without TLS; closed by `stop`. */
  readonly client: Redis
  stop(): Promise<void>
}

export interface TlsRedisOptions {
  /** Whom the certificate is for, in place of localhost and 127.0.0.1. */
  readonly names?: readonly string[]
  /** Until when it is valid, epoch ms. */
  readonly endsAt?: number
  /** Whether clients must show a certificate of the authority. */
  readonly mutual?: boolean
  /** Whose certificates it has and takes; its own one by default. */
  readonly authority?: Authority
}

/** Starts a redis-server with TLS on free ports of loopback; extra arguments as for `startRedis`. */
export async function startTlsRedis(options: TlsRedisOptions = {}, ...args: string[]): Promise<TlsRedis> {
  const { names = ['localhost', '127.0.0.1'], endsAt, mutual = false, authority = makeAuthority() } = options
  const folder = mkdtempSync(join(tmpdir(), 'sluice-test-tls-'))
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text, { mode: 0o600 })
    return join(folder, name)
  }
  const { key, cert } = authority.issue(names, endsAt === undefined ? {} : { endsAt })
  const port = await freePort()
  const redis = await startRedis(
    ...['--tls-port', String(port), '--tls-auth-clients', mutual ? 'yes' : 'no'],
    ...['--tls-cert-file', file('server.pem', cert), '--tls-key-file', file('server.key', key)],
    ...['--tls-ca-cert-file', file('ca.pem', authority.cert)],
    ...args,
  )
  return {
    port,
    url: `rediss://127.0.0.1:${port}`,
    authority,
    forClient: authority.issue([], { subject: 'Sluice test client' }),
    client: redis.client,
    async stop() {
      await redis.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
