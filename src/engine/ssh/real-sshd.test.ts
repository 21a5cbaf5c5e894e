import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { testProfile } from '../../../test/connection.ts'
import { patience } from '../../../test/patience.ts'
import { startProxy } from '../../../test/proxy.ts'
import { freePort, startRedis, type TestRedis } from '../../../test/redis.ts'
import { makeSshKey } from '../../../test/servers/ssh-key.ts'
import { sshdMissing, sshProgram } from '../../../test/servers/ssh-programs.ts'
import { startSshd, type TestSshd } from '../../../test/servers/sshd.ts'
import type { SluiceError } from '../../domain/errors.ts'
import type { SecretName, Ssh } from '../../domain/profile.ts'
import { openLink } from '../redis/link.ts'
import { openConnection } from '../redis/open-connection.ts'
import { reachOf } from '../redis/reach/reach.ts'
import { fingerprintOf, type HostKeys, openHostKeys } from './host-keys.ts'
import { openLocalEnd } from './local-end.ts'
import { createSshTunnels, type SshTunnels } from './ssh-tunnels.ts'
import type { TunnelStream } from './tunnel-stream.ts'

const plainKey = makeSshKey()
const passphrase = 'canary-passphrase'
const lockedKey = makeSshKey('ed25519', passphrase)

describe.skipIf(sshdMissing !== null)(`through a real sshd${sshdMissing === null ? '' : ` (${sshdMissing})`}`, () => {
  let redis: TestRedis
  let sshd: TestSshd
  let folder: string
  let hostKeys: HostKeys
  let tunnels: SshTunnels
  let lost: SluiceError[]

  beforeAll(async () => {
    redis = await startRedis()
    sshd = await startSshd()
    for (const key of [plainKey, lockedKey]) sshd.authorize(key.public)
  })
  afterAll(async () => {
    await redis.stop()
    await sshd.stop()
  })
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-ssh-'))
    hostKeys = await openHostKeys({ folder, knownHosts: join(folder, 'known_hosts') })
    tunnels = createSshTunnels({ hostKeys, idleMs: 50 })
    lost = []
    tunnels.onLost((_, why) => lost.push(why))
    await vouch(sshd)
  })
  afterEach(async () => {
    tunnels.closeAll()
    rmSync(folder, { recursive: true, force: true })
  })

  /** What a person does when asked: compares the fingerprint, and trusts it. */
  async function vouch({ host, hostKeys: keys }: TestSshd) {
    await hostKeys.forget(host)
    const shown = await hostKeys.check(host, keys[0] ?? Buffer.alloc(0)).catch((error) => error)
    if (shown.remedy?.kind === 'hostKey') await hostKeys.trust(shown.remedy.key)
  }

  const withKey = (): Ssh => ({ ...sshd.host, jump: null })
  const secretsOf = (secrets: Partial<Record<SecretName, string>>) => async (name: SecretName) => secrets[name] ?? null
  const usual = secretsOf({ sshKey: plainKey.private })
  const toRedis = () => ({ host: '127.0.0.1', port: redis.port })
  const dial = (ssh: Ssh = withKey(), secret = usual, to = toRedis()) =>
    tunnels.dial({ profileId: 'p', ssh, secret, to })
  const refusal = (work: Promise<unknown>): Promise<SluiceError> =>
    work.then(
      () => Promise.reject(new Error('it was let in')),
      (error) => error,
    )

  async function ask(stream: NodeJS.ReadWriteStream & { destroy(): void }, text = 'PING\r\n'): Promise<string> {
    stream.write(text)
    const [reply] = await once(stream, 'data')
    return String(reply)
  }
  const link = () =>
    openLink(
      {
        address: { transport: 'tcp', username: null, db: 0, ...toRedis() },
        password: null,
        dial: (to, signal) => tunnels.dial({ profileId: 'p', ssh: withKey(), secret: usual, to, signal }),
      },
      'write',
    )

  test('logs in with a key', async () => {
    expect(await ask(await dial())).toBe('+PONG\r\n')
  })

  test('logs in with a key that has a passphrase, and asks for it when it is not known', async () => {
    const error = await refusal(dial(withKey(), secretsOf({ sshKey: lockedKey.private })))
    expect(error).toMatchObject({ code: 'SECRET_MISSING', remedy: { kind: 'secret', secret: 'ssh' } })
    const wrong = await refusal(dial(withKey(), secretsOf({ sshKey: lockedKey.private, ssh: 'canary-wrong' })))
    expect(wrong).toMatchObject({ code: 'SSH_AUTH_FAILED', remedy: { kind: 'secret', secret: 'ssh' } })
    expect(wrong.message).not.toContain('canary')
    expect(await ask(await dial(withKey(), secretsOf({ sshKey: lockedKey.private, ssh: passphrase })))).toBe(
      '+PONG\r\n',
    )
  })

  test('reads a key file at each log-in', async () => {
    const keyFile = join(folder, 'id_ed25519')
    const ssh: Ssh = { ...withKey(), login: 'keyFile', keyFile }
    const nothing = secretsOf({})
    expect(await refusal(dial(ssh, nothing))).toMatchObject({
      code: 'SSH_AUTH_FAILED',
      message: `The key file ${keyFile} is not there.`,
    })
    writeFileSync(keyFile, plainKey.public)
    expect((await refusal(dial(ssh, nothing))).message).toMatch(/is a public key: the private one is needed/)
    writeFileSync(keyFile, plainKey.private)
    expect(await ask(await dial(ssh, nothing))).toBe('+PONG\r\n')
  })

  test('says so when the key is not let in', async () => {
    const other = makeSshKey()
    const error = await refusal(dial(withKey(), secretsOf({ sshKey: other.private })))
    expect(error.code).toBe('SSH_AUTH_FAILED')
    expect(error.message).toBe(
      `The key of ${sshd.host.username}@127.0.0.1 was refused by 127.0.0.1:${sshd.host.port} for the user ${sshd.host.username}.`,
    )
  })

  test('says what the server takes when it takes no passwords, and sends none', async () => {
    const error = await refusal(dial({ ...withKey(), login: 'password' }, secretsOf({ ssh: 'canary-password' })))
    expect(error).toMatchObject({
      code: 'SSH_AUTH_FAILED',
      message: `127.0.0.1:${sshd.host.port} takes no passwords, only: keys.`,
    })
  })

  test('logs in with an agent', async () => {
    const socket = join(folder, 'agent')
    vi.stubEnv('SSH_AUTH_SOCK', '')
    const ssh: Ssh = { ...withKey(), login: 'agent' }
    expect((await refusal(dial(ssh, secretsOf({})))).message).toMatch(/SSH_AUTH_SOCK is not set/)
    vi.stubEnv('SSH_AUTH_SOCK', socket)
    expect((await refusal(dial(ssh, secretsOf({})))).message).toBe('The SSH agent does not answer.')
    const agent = await startAgent(socket)
    try {
      expect((await refusal(dial(ssh, secretsOf({})))).message).toMatch(/holds no key/)
      for (const { private: key } of [makeSshKey(), plainKey]) {
        const added = spawnSync(sshProgram('ssh-add') ?? '', ['-q', '-'], {
          input: key,
          env: { ...process.env, SSH_AUTH_SOCK: socket },
        })
        expect(String(added.stderr)).toBe('')
      }
      expect(await ask(await dial(ssh, secretsOf({})))).toBe('+PONG\r\n')
    } finally {
      agent.kill()
      vi.unstubAllEnvs()
    }
  })

  test('goes through a jump host', async () => {
    const behind = await startSshd()
    try {
      behind.authorize(lockedKey.public)
      await vouch(behind)
      const ssh: Ssh = { ...behind.host, jump: sshd.host }
      const secret = secretsOf({ jumpKey: plainKey.private, sshKey: lockedKey.private, ssh: passphrase })
      const stream = await dial(ssh, secret)
      expect(await ask(stream)).toBe('+PONG\r\n')
      expect(await ask(await dial(ssh, secret))).toBe('+PONG\r\n')

      const missing = await refusal(
        tunnels.dial({ profileId: 'q', ssh, secret: secretsOf({ sshKey: plainKey.private }), to: toRedis() }),
      )
      expect(missing).toMatchObject({ code: 'SECRET_MISSING', remedy: { kind: 'secret', secret: 'jumpKey' } })

      await behind.kill()
      await closed(stream)
      expect(lost).toMatchObject([{ code: 'SSH_FAILED' }])
      const away = await refusal(dial(ssh, secret))
      expect(away).toMatchObject({ code: 'SSH_FAILED' })
      expect(away.message).toBe(
        `The jump host 127.0.0.1:${sshd.host.port} cannot reach 127.0.0.1:${behind.host.port}: nothing answers there.`,
      )
      await vi.waitFor(async () => expect(await sshd.sessions()).toBe(0), patience) // nor does the first stay
    } finally {
      await behind.stop()
    }
  })

  test('sends nothing to a server whose key nobody vouched for', async () => {
    await hostKeys.forget(sshd.host)
    const error = await refusal(dial())
    expect(error.code).toBe('HOST_KEY_UNKNOWN')
    const { host, port } = sshd.host
    const key = { host, port, type: 'ssh-ed25519', fingerprint: fingerprint(sshd) }
    expect(error.remedy).toEqual({ kind: 'hostKey', key, before: null })
    await hostKeys.trust(key)
    expect(await ask(await dial())).toBe('+PONG\r\n')
  })

  test('stops at another key than the one that was trusted, until a person trusts that one', async () => {
    const before = fingerprint(sshd)
    await sshd.kill()
    await sshd.start({ hostKeys: ['ed25519'] })
    const error = await refusal(dial())
    expect(error).toMatchObject({
      code: 'HOST_KEY_CHANGED',
      remedy: { before, key: { fingerprint: fingerprint(sshd) } },
    })
    await vouch(sshd)
    expect(await ask(await dial())).toBe('+PONG\r\n')
  })

  test('asks for the kind of key that it knows: a server with several has not changed', async () => {
    const several = await startSshd([], ['rsa', 'ecdsa', 'ed25519'])
    try {
      several.authorize(plainKey.public)
      await vouch(several) // the RSA key, which is the last that would be asked for
      expect(await ask(await dial({ ...several.host, jump: null }))).toBe('+PONG\r\n')
    } finally {
      await several.stop()
    }
  })

  test('says so when the server lets nobody through', async () => {
    const strict = await startSshd(['AllowTcpForwarding no'])
    try {
      strict.authorize(plainKey.public)
      await vouch(strict)
      const error = await refusal(dial({ ...strict.host, jump: null }, usual, { host: 'redis', port: 6379 }))
      expect(error).toMatchObject({ code: 'SSH_FAILED' })
      expect(error.message).toBe(`The SSH server 127.0.0.1:${strict.host.port} does not let us through to redis:6379.`)
    } finally {
      await strict.stop()
    }
  })

  test('says so when the server does not reach the target', async () => {
    const port = await freePort()
    const error = await refusal(dial(withKey(), usual, { host: '127.0.0.1', port }))
    expect(error).toMatchObject({ code: 'CONNECTION_REFUSED' })
    expect(error.message).toBe(
      `The SSH server 127.0.0.1:${sshd.host.port} cannot reach 127.0.0.1:${port}: nothing answers there.`,
    )
  })

  test('takes 50 sockets over one session, and closes it when none is left', async () => {
    const asked = vi.fn(usual)
    const streams = await Promise.all(
      Array.from({ length: 50 }, () => tunnels.dial({ profileId: 'p', ssh: withKey(), secret: asked, to: toRedis() })),
    )
    expect(await Promise.all(streams.map((stream) => ask(stream)))).toEqual(Array(50).fill('+PONG\r\n'))
    expect(asked).toHaveBeenCalledTimes(1)
    expect(await clients()).toBe(50 + 1)
    expect(await sshd.sessions()).toBeGreaterThan(0)

    for (const stream of streams) stream.destroy()
    await vi.waitFor(async () => expect(await sshd.sessions()).toBe(0), patience)
    expect(await clients()).toBe(1)
    expect(lost).toEqual([]) // nobody lost anything
    expect(await ask(await dial())).toBe('+PONG\r\n')
  })

  test('moves many bytes both ways, unchanged', async () => {
    const opened = await link()
    const value = Buffer.alloc(20_000_000, 'sluice')
    await opened.client.set('big', value)
    const read = await opened.client.getBuffer('big')
    expect(read?.equals(value)).toBe(true)
    opened.drop()
    await redis.client.del('big')
  })

  test('a write that is cut in the middle of its reply runs once, and its outcome is called unknown', async () => {
    const proxy = await startProxy(sshd.host.port)
    const ssh = { ...withKey(), port: proxy.port }
    await hostKeys.trust({ host: ssh.host, port: ssh.port, type: 'ssh-ed25519', fingerprint: fingerprint(sshd) })
    const profile = testProfile(redis, { ssh })
    const reach = reachOf({ profile, secret: usual, ssh: tunnels })
    const connection = openConnection({ profile, reach })
    try {
      await connection.tried
      expect(connection.status()).toMatchObject({ status: 'ready', problem: null })
      await redis.client.set('count', '0')
      const script = { name: 'count', lua: `redis.call('INCR', KEYS[1]) return string.rep('x', 1000000)` }
      const writer = connection.writer()
      expect(String(await writer.run(script, ['count'], []))).toHaveLength(1_000_000)
      const back = new Promise<void>((resolve) => {
        let away = false
        connection.onStatus(({ status }) => {
          if (status !== 'ready') away = true
          else if (away) resolve()
        })
      })
      proxy.cutAfter('reply', 300_000)
      const error = await refusal(writer.run(script, ['count'], []))
      expect(error.code).toBe('OUTCOME_UNKNOWN')
      expect(lost).toMatchObject([
        { code: 'SSH_FAILED', message: `The SSH connection to 127.0.0.1:${ssh.port} was lost.` },
      ])
      await back
      expect(String(await connection.reader.call('GET', 'count'))).toBe('2')
      expect(String(await writer.run(script, ['count'], []))).toHaveLength(1_000_000)
      expect(await redis.client.get('count')).toBe('3')
    } finally {
      connection.close()
      await proxy.close()
    }
  })

  test('comes back with the server', async () => {
    const stream = await dial()
    await sshd.kill()
    await closed(stream)
    expect(stream.errored).toMatchObject({ code: 'SSH_FAILED' }) // who reads it hears why
    expect(lost).toMatchObject([{ code: 'SSH_FAILED' }])
    const { port } = sshd.host
    expect(await refusal(dial())).toMatchObject({
      ...{ code: 'SSH_FAILED', retryable: true },
      message: `Nothing answers at the address of the SSH server 127.0.0.1:${port}: it is not running, or the port is wrong.`,
    })
    await sshd.start()
    expect(await ask(await dial())).toBe('+PONG\r\n')
  })

  test('opens another session at once when the one there is turns out to be dead', async () => {
    const proxy = await startProxy(sshd.host.port)
    const ssh = { ...withKey(), port: proxy.port }
    await hostKeys.trust({ host: ssh.host, port: ssh.port, type: 'ssh-ed25519', fingerprint: fingerprint(sshd) })
    const impatient = createSshTunnels({ hostKeys, answerMs: 200 })
    const dialled = () => impatient.dial({ profileId: 'p', ssh, secret: usual, to: toRedis() })
    try {
      const before = await dialled()
      expect(await ask(before)).toBe('+PONG\r\n')
      proxy.blackHole()
      impatient.onLost(() => proxy.heal())
      expect(await ask(await dialled())).toBe('+PONG\r\n')
      expect(proxy.connections).toBe(2)
      expect(before.errored).toMatchObject({
        message: `The SSH server 127.0.0.1:${ssh.port} did not answer in time.`,
      })
    } finally {
      impatient.closeAll()
      await proxy.close()
    }
  })

  test('leaves the way of former settings when they change', async () => {
    const stream = await dial()
    const ssh: Ssh = { ...withKey(), host: 'localhost' }
    await hostKeys.trust({ host: 'localhost', port: ssh.port, type: 'ssh-ed25519', fingerprint: fingerprint(sshd) })
    expect(await ask(await dial(ssh))).toBe('+PONG\r\n')
    expect(await ask(stream)).toBe('+PONG\r\n') // what is open stays
    tunnels.close('p')
    await vi.waitFor(async () => expect(await sshd.sessions()).toBe(0), patience)
    expect(stream.destroyed).toBe(true)
  })

  test('a port of this computer leads other programs there', async () => {
    const end = await openLocalEnd(() => dial())
    const address = { transport: 'tcp', host: end.host, port: end.port, username: null, db: 0 } as const
    const opened = await openLink({ address, password: null }, 'read')
    expect(opened.open).toBe(true)
    tunnels.close('p')
    await opened.lost
    const again = await openLink({ address, password: null }, 'read') // a session is opened anew
    await end.close()
    await again.lost
  })

  const fingerprint = ({ hostKeys: [key = Buffer.alloc(0)] }: TestSshd) => fingerprintOf(key)
  async function clients(): Promise<number> {
    return String(await redis.client.client('LIST'))
      .trim()
      .split('\n').length
  }
})

function closed(stream: TunnelStream): Promise<void> {
  return new Promise((resolve) => (stream.closed ? resolve() : void stream.once('close', resolve)))
}

async function startAgent(socket: string): Promise<ChildProcess> {
  const agent = spawn(sshProgram('ssh-agent') ?? '', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(agent.stdout, 'data') // it says where it listens once it does
  return agent
}
