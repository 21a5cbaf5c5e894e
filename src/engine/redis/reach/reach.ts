import { SluiceError } from '../../../domain/errors.ts'
import type { Endpoint, Profile, SecretName, Topology } from '../../../domain/profile.ts'
import { parseRedisUrl, type RedisAddress } from '../../../domain/redis-url.ts'
import type { SshTunnels } from '../../ssh/ssh-tunnels.ts'
import type { Target, TargetTls } from '../client-options.ts'
import { clusterReach } from './cluster-reach.ts'
import { sentinelReach } from './sentinel-reach.ts'

/** How to come to the servers of one profile: asked anew at each attempt, because all of it may have changed. */
export interface Reach {
  readonly topology: Topology
  /**
   * Where to connect now. Standalone: the address of the URL. Sentinel: the master that the Sentinels name, which said
   * itself that it is one; its target is superseded once they name another. Cluster: the first node that answers, or
   * with `key` the master that has its slot. Throws what a person can mend, and NO_MASTER.
   */
  target(key?: string | Buffer): Promise<Target>
  /** The way to a node of the cluster, by the address that the cluster gives it. */
  targetOf(node: Endpoint): Promise<Target>
  /** Ends what listens at the Sentinels. */
  close(): void
}

export interface ReachOptions {
  readonly profile: Pick<Profile, 'id' | 'url' | 'topology' | 'tls' | 'ssh'>
  /** Asked at each attempt; null for a secret that the profile does not have, may throw SECRET_MISSING. */
  secret(name: SecretName): Promise<string | null>
  readonly ssh: Pick<SshTunnels, 'dial'>
}

/** Makes the ways to single servers that all ways to reach a profile are made of. */
export interface Ways {
  /** To a Redis at this address, with the user, database and TLS of the profile. */
  redis(at: Endpoint): Promise<Target>
  /** To a Sentinel, with the user and TLS of the Sentinels. */
  sentinel(at: Endpoint): Promise<Target>
}

/** The address of a profile, and the ways to single servers. Throws BAD_URL for what cannot be, in itself or together. */
export function waysOf({ profile, secret, ssh }: ReachOptions): { address: RedisAddress; ways: Ways } {
  const { topology } = profile
  const { address, password: inUrl } = parseRedisUrl(profile.url)
  if (address.transport === 'unix') {
    if (profile.ssh) throw bad('A unix socket cannot be reached through SSH: give the host and port of Redis.')
    if (topology.kind !== 'standalone')
      throw bad('A Sentinel or a cluster is reached by host and port, not by a socket.')
  }
  if (topology.kind === 'cluster' && address.db !== 0) {
    throw bad('A cluster has only the database 0: take the number off the end of the URL.')
  }

  async function way(): Promise<Pick<Target, 'tls' | 'dial'>> {
    const through = profile.ssh
    const tls = await tlsOf(profile, secret)
    if (through === null) return { tls }
    return { tls, dial: (to, signal) => ssh.dial({ profileId: profile.id, ssh: through, secret, to, signal }) }
  }
  const overTls = topology.kind === 'sentinel' && topology.tls
  const usernameThere = topology.kind === 'sentinel' ? topology.username : null
  return {
    address,
    ways: {
      redis: async ({ host, port }) => ({
        address: address.transport === 'unix' ? address : { ...address, host, port },
        password: inUrl ?? (await secret('password')),
        ...(await way()),
      }),
      sentinel: async ({ host, port }) => ({
        address: { transport: overTls ? 'tls' : 'tcp', host, port, username: usernameThere, db: 0 },
        password: await secret('sentinelPassword'),
        ...(await way()),
      }),
    },
  }
}

/** Throws BAD_URL for an address that cannot be, in itself or together with the rest of the profile. */
export function reachOf(options: ReachOptions): Reach {
  const { topology } = options.profile
  const { address, ways } = waysOf(options)
  const first =
    address.transport === 'unix' ? { host: address.path, port: 0 } : { host: address.host, port: address.port }
  if (topology.kind === 'sentinel') return sentinelReach(topology, first, ways)
  if (topology.kind === 'cluster') return clusterReach(topology, first, ways.redis)
  return { topology, target: () => ways.redis(first), targetOf: ways.redis, close() {} }
}

async function tlsOf({ tls }: Pick<Profile, 'tls'>, secret: ReachOptions['secret']): Promise<TargetTls> {
  const own = tls.certificate.trim() === '' ? {} : await ownCertificate(tls.certificate, secret)
  return {
    ...(tls.ca.trim() === '' ? {} : { ca: tls.ca }),
    ...own,
    ...(tls.serverName === '' ? {} : { servername: tls.serverName }),
    verify: tls.verify,
  }
}

async function ownCertificate(cert: string, secret: ReachOptions['secret']): Promise<TargetTls> {
  const [key, passphrase] = [await secret('tlsKey'), await secret('tlsKeyPassphrase')]
  if (!key) {
    const sentence = 'The key of the client certificate is not known here: enter it.'
    throw new SluiceError('SECRET_MISSING', sentence, { kind: 'secret', secret: 'tlsKey' })
  }
  return { cert, key, ...(passphrase ? { passphrase } : {}) }
}

function bad(sentence: string): SluiceError {
  return new SluiceError('BAD_URL', sentence)
}
