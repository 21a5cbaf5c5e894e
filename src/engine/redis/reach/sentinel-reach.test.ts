import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { makeCertificate } from '../../../../test/certificate.ts'
import { freePort, startRedis, type TestRedis } from '../../../../test/redis.ts'
import {
  type FakeSentinel,
  type FakeSentinelOptions,
  startFakeSentinel,
} from '../../../../test/servers/fake-sentinel.ts'
import { SluiceError } from '../../../domain/errors.ts'
import { type Profile, type SecretName, type Topology, usualProfile } from '../../../domain/profile.ts'
import type { Target } from '../client-options.ts'
import { type Link, openLink } from '../link.ts'
import { type Reach, reachOf } from './reach.ts'

const password = 'canary-41'
const host = '127.0.0.1'
/** Two masters, as after a split. */
let one: TestRedis
let two: TestRedis
const fakes: FakeSentinel[] = []
const reaches: Reach[] = []
const links: Link[] = []

beforeAll(async () => {
  one = await startRedis()
  two = await startRedis()
})
afterEach(async () => {
  for (const link of links.splice(0)) link.drop()
  for (const reach of reaches.splice(0)) reach.close()
  for (const fake of fakes.splice(0)) await fake.close()
})
afterAll(async () => {
  await one.stop()
  await two.stop()
})

const at = ({ port }: { port: number }) => ({ host, port })

async function sentinel(options: Partial<FakeSentinelOptions> = {}): Promise<FakeSentinel> {
  const fake = await startFakeSentinel({ master: at(one), ...options })
  fakes.push(fake)
  return fake
}

interface Wanted {
  topology?: Partial<Topology & { kind: 'sentinel' }>
  profile?: Partial<Profile>
  secrets?: Partial<Record<SecretName, string>>
}

function reachBy([first, ...others]: { port: number }[], { topology, profile, secrets = {} }: Wanted = {}): Reach {
  const reach = reachOf({
    profile: {
      ...usualProfile,
      id: 'p',
      name: 'P',
      url: `redis://${host}:${first?.port}`,
      topology: {
        kind: 'sentinel',
        master: 'mymaster',
        others: others.map(at),
        username: null,
        tls: false,
        ...topology,
      },
      ...profile,
    },
    secret: async (name) => secrets[name] ?? null,
    ssh: {
      dial: async () => {
        throw new SluiceError('SSH_AUTH_FAILED')
      },
    },
  })
  reaches.push(reach)
  return reach
}

async function open(target: Target): Promise<Link> {
  const link = await openLink(target, 'read')
  links.push(link)
  return link
}

async function problemOf(reach: Reach): Promise<SluiceError> {
  const error: unknown = await reach.target().then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof SluiceError)) throw new Error(`not a SluiceError: ${error}`)
  expect(JSON.stringify(error) + error.message).not.toContain('canary')
  return error
}

const portOf = ({ address }: Target) => (address.transport === 'unix' ? null : address.port)

describe('the way through Sentinels', () => {
  it('leads to the master they name, with the user and database of Redis', async () => {
    const fake = await sentinel()
    await one.client.call('ACL', 'SETUSER', 'ops', 'on', 'nopass', '+@all')
    const target = await reachBy([fake], { profile: { url: `redis://ops@${host}:${fake.port}/3` } }).target()
    expect(target.address).toEqual({ transport: 'tcp', host, port: one.port, username: 'ops', db: 3 })
  })

  it('logs in at the Sentinels as the profile says for them', async () => {
    const fake = await sentinel({ password })
    await reachBy([fake], { topology: { username: 'watch' }, secrets: { sentinelPassword: password } }).target()
    expect(fake.commands[0]).toEqual(['auth', 'watch', password])
    const refused = await problemOf(reachBy([fake], { secrets: { sentinelPassword: `${password}-x` } }))
    expect(refused).toMatchObject({ code: 'AUTH_FAILED', remedy: { kind: 'secret', secret: 'sentinelPassword' } })
  })

  it('goes to the Sentinels over TLS where they want it, and to Redis as its URL says', async () => {
    const certificate = makeCertificate([host])
    const fake = await sentinel({ tls: certificate })
    const tls = { ...usualProfile.tls, ca: certificate.cert }
    const target = await reachBy([fake], { topology: { tls: true }, profile: { tls } }).target()
    expect(target.address).toMatchObject({ transport: 'tcp', port: one.port })
    expect(await problemOf(reachBy([fake], { topology: { tls: true } }))).toMatchObject({ code: 'TLS_FAILED' })
  })

  it('asks the next Sentinel when one refuses or stays silent, and learns of others', async () => {
    const third = await sentinel()
    const silent = await sentinel()
    const second = await sentinel({ others: [at(third)] })
    silent.fallSilent()
    const reach = reachBy([silent, { port: await freePort() }, second])
    expect(portOf(await reach.target())).toBe(one.port)
    await second.close()
    fakes.splice(fakes.indexOf(second), 1)
    expect(portOf(await reach.target())).toBe(one.port)
    expect(third.commands.length).toBeGreaterThan(0)
  })

  it('believes no Sentinel that names a replica', async () => {
    const replica = await startRedis('--replicaof', host, String(two.port))
    try {
      const stale = await sentinel({ master: at(replica) })
      expect((await problemOf(reachBy([stale]))).message).toContain('says that it is a replica')
      expect(portOf(await reachBy([stale, await sentinel({ master: at(two) })]).target())).toBe(two.port)
    } finally {
      await replica.stop()
    }
  })

  it('says what each Sentinel said when there is no way', async () => {
    const nowhere = { host, port: await freePort() }
    const error = await problemOf(
      reachBy([await sentinel({ group: 'shop' }), nowhere, one, await sentinel({ master: nowhere })]),
    )
    expect(error.code).toBe('NO_MASTER')
    expect(error.message).toContain('a group called mymaster; it watches shop')
    expect(error.message).toContain(`${host}:${nowhere.port}: Nothing answers`)
    expect(error.message).toContain('It is a Redis, not a Sentinel')
    expect(error.message).toMatch(/It names .* container or behind NAT/)
  })

  it('tells what the master itself refused, and does not ask on', async () => {
    const guarded = await startRedis('--requirepass', password)
    try {
      const [first, second] = [await sentinel({ master: at(guarded) }), await sentinel({ master: at(guarded) })]
      const reach = reachBy([first, second], { secrets: { password: `${password}-x` } })
      expect(await problemOf(reach)).toMatchObject({
        code: 'AUTH_FAILED',
        remedy: { kind: 'secret', secret: 'password' },
      })
      expect(second.commands).toEqual([])
    } finally {
      await guarded.stop()
    }
  })

  it('does not try an SSH server again that refused the log-in', async () => {
    const ssh = { host, port: 22, username: 'u', login: 'agent' as const, keyFile: '', jump: null }
    const reach = reachBy([await sentinel(), await sentinel()], { profile: { ssh } })
    expect((await problemOf(reach)).code).toBe('SSH_AUTH_FAILED')
  })

  it('refuses what cannot be', () => {
    expect(() => reachBy([one], { profile: { url: 'unix:///run/redis.sock' } })).toThrow('host and port')
  })
})

describe('a new master', () => {
  it('supersedes the links to the old one, though that says it is a master still', async () => {
    const [first, second] = [await sentinel(), await sentinel()]
    const reach = reachBy([first, second])
    const link = await open(await reach.target())
    await untilSubscribed(first)
    // The second Sentinel has not heard of it yet; whoever asks it must not be sent back.
    first.name(at(two))
    expect(await link.lost).toMatchObject({
      code: 'CONNECTION_LOST',
      message: expect.stringContaining('another master'),
    })
    await first.close()
    fakes.splice(fakes.indexOf(first), 1)
    expect((await problemOf(reach)).message).toContain('still names')
    second.name(at(two), false)
    const now = await reach.target()
    expect(portOf(now)).toBe(two.port)
    expect((await open(now)).open).toBe(true)
  })

  it('is found out when nobody listened while it was named', async () => {
    const fake = await sentinel()
    const reach = reachBy([fake])
    const link = await open(await reach.target())
    fake.name(at(two), false)
    // A question that was under way at that moment may still bring the old one.
    await expect.poll(async () => portOf(await reach.target())).toBe(two.port)
    expect((await link.lost).message).toContain('another master')
  })

  it('leaves links alone that lead to it already', async () => {
    const fake = await sentinel({ master: at(two) })
    const reach = reachBy([fake])
    const link = await open(await reach.target())
    await untilSubscribed(fake)
    fake.name(at(two))
    await link.ping(1_000)
    expect(link.open).toBe(true)
  })

  it('is nobody to open a link to a master that was replaced meanwhile', async () => {
    const fake = await sentinel()
    const reach = reachBy([fake])
    const before = await reach.target()
    fake.name(at(two), false)
    await expect.poll(async () => portOf(await reach.target())).toBe(two.port)
    await expect(openLink(before, 'read')).rejects.toMatchObject({ code: 'CONNECTION_LOST' })
  })
})

/** Until one listens there, and has asked once more, for what may have happened before. */
async function untilSubscribed({ commands }: FakeSentinel): Promise<void> {
  const names = () => commands.map(([name = '', sub = '']) => `${name} ${sub}`.toUpperCase())
  const isQuestion = (name: string) => name === 'SENTINEL GET-MASTER-ADDR-BY-NAME'
  const asksAfterwards = () => {
    const at = names().indexOf('PSUBSCRIBE +SWITCH-MASTER')
    return at >= 0 && names().slice(at).some(isQuestion)
  }
  await expect.poll(asksAfterwards).toBe(true)
}
