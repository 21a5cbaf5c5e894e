import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import type { AuthContext } from 'ssh2'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { patience } from '../../../test/patience.ts'
import { startRedis } from '../../../test/redis.ts'
import { makeSshKey } from '../../../test/servers/ssh-key.ts'
import { type SshServerOptions, startSshServer, type TestSshServer } from '../../../test/servers/ssh-server.ts'
import { startTcpServer, type TcpServer } from '../../../test/tcp-server.ts'
import type { SluiceError } from '../../domain/errors.ts'
import type { SecretName, Ssh } from '../../domain/profile.ts'
import { fingerprintOf, type HostKeys, openHostKeys } from './host-keys.ts'
import { createSshTunnels, type SshTunnels } from './ssh-tunnels.ts'

const password = 'canary-password'

let folder: string
let hostKeys: HostKeys
let tunnels: SshTunnels
/** What to close after the test, last first. */
let opened: { close(): Promise<void> }[]

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-ssh-'))
  hostKeys = await openHostKeys({ folder, knownHosts: join(folder, 'known_hosts') })
  tunnels = createSshTunnels({ hostKeys })
  opened = []
})
afterEach(async () => {
  vi.useRealTimers()
  tunnels.closeAll()
  for (const one of opened.reverse()) await one.close()
  rmSync(folder, { recursive: true, force: true })
})

async function serve(options: SshServerOptions): Promise<TestSshServer> {
  const server = await startSshServer(options)
  opened.push(server)
  const { host, port } = server.host
  await hostKeys.trust({ host, port, type: 'ssh-ed25519', fingerprint: fingerprintOf(server.hostKey) })
  return server
}
/** Something that listens and is no SSH server, or a bad one. */
async function pretend(onSocket: (socket: Socket) => void): Promise<Ssh> {
  const server: TcpServer = await startTcpServer(onSocket)
  opened.push(server)
  return through({ port: server.port })
}
/** Something to reach: it says what it hears. */
async function echo(): Promise<{ host: string; port: number }> {
  const server = await startTcpServer((socket) => socket.pipe(socket))
  opened.push(server)
  return { host: '127.0.0.1', port: server.port }
}

const through = (host: Partial<Ssh>): Ssh => ({
  ...{ host: '127.0.0.1', port: 1, username: 'deploy', login: 'password', keyFile: '', jump: null },
  ...host,
})
const secretsOf = (secrets: Partial<Record<SecretName, string>>) => async (name: SecretName) => secrets[name] ?? null
const usual = secretsOf({ ssh: password })
const nowhere = { host: 'redis', port: 6379 }
const dial = (
  ssh: Ssh,
  { to = nowhere, secret = usual, signal }: { to?: typeof nowhere; secret?: typeof usual; signal?: AbortSignal } = {},
) => tunnels.dial({ profileId: 'p', ssh, secret, to, ...(signal ? { signal } : {}) })

async function refusal(work: Promise<unknown>): Promise<SluiceError> {
  const error = await work.then(
    () => Promise.reject(new Error('it was let in')),
    (thrown) => thrown,
  )
  expect(inspect(error, { depth: 9 })).not.toContain('canary')
  return error
}

/** Something that comes about, and can be awaited. */
function meeting<T = void>(): { promise: Promise<T>; resolve(value: T): void } {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((done) => {
    resolve = done
  })
  return { promise, resolve: (value) => resolve(value) }
}

/** Lets in who gives the password in this way. */
const asks =
  (method: 'password' | 'publickey' | 'keyboard-interactive', check: (attempt: AuthContext) => void) =>
  (attempt: AuthContext) => {
    if (attempt.method === method) check(attempt)
    else attempt.reject([method])
  }
const byPassword = asks('password', (attempt) => {
  if (attempt.method === 'password' && attempt.password === password) attempt.accept()
  else attempt.reject(['password'])
})
/** Asks these questions in turn, as PAM does. */
const byQuestions = (rounds: { prompt: string; echo: boolean }[][]) =>
  asks('keyboard-interactive', (attempt) => {
    if (attempt.method !== 'keyboard-interactive') return
    const next = (at: number): void => {
      const prompts = rounds[at]
      if (prompts === undefined) return void attempt.accept()
      attempt.prompt(prompts, (answers) => {
        if (answers[0] === password) next(at + 1)
        else attempt.reject(['keyboard-interactive'])
      })
    }
    next(0)
  })

describe('logging in', () => {
  test('with a password', async () => {
    const server = await serve({ login: byPassword })
    const stream = await dial(through(server.host), { to: await echo() })
    stream.write('hello')
    expect(String((await once(stream, 'data'))[0])).toBe('hello')
    expect(server.tried).toEqual(['none', 'password'])
  })

  test('says so when the password is wrong, once for all who wait', async () => {
    const server = await serve({ login: byPassword })
    const secret = secretsOf({ ssh: 'canary-wrong' })
    const waiting = Array.from({ length: 5 }, () => refusal(dial(through(server.host), { secret })))
    for (const error of await Promise.all(waiting)) {
      expect(error).toMatchObject({ code: 'SSH_AUTH_FAILED', remedy: { kind: 'secret', secret: 'ssh' } })
      expect(error.message).toBe(`127.0.0.1:${server.host.port} refused the user deploy or the password.`)
    }
    expect(server.tried).toEqual(['none', 'password'])
  })

  test('asks for a password that is not known, before anything is connected', async () => {
    const jump = { ...through({}), login: 'password' as const }
    expect(await refusal(dial(through({ jump }), { secret: secretsOf({ ssh: password }) }))).toMatchObject({
      ...{ code: 'SECRET_MISSING', message: 'The password of deploy@127.0.0.1 is not known here: enter it.' },
      remedy: { kind: 'secret', secret: 'jump' },
    })
    expect(await refusal(dial(through({ jump }), { secret: secretsOf({ jump: password }) }))).toMatchObject({
      remedy: { kind: 'secret', secret: 'ssh' },
    })
  })

  test('passes on what the asking for a secret threw', async () => {
    const locked = new Error('locked')
    expect(await refusal(dial(through({}), { secret: () => Promise.reject(locked) }))).toBe(locked)
  })

  test('answers one hidden question with the password', async () => {
    const server = await serve({ login: byQuestions([[{ prompt: 'Password: ', echo: false }]]) })
    const stream = await dial(through(server.host), { to: await echo() })
    expect(stream.destroyed).toBe(false)
    expect(server.tried).toEqual(['none', 'keyboard-interactive'])
  })

  test.each([
    ['a code besides', [[{ prompt: 'Password: ', echo: false }], [{ prompt: 'Code: ', echo: false }]]],
    [
      'two things at once',
      [
        [
          { prompt: 'Password: ', echo: false },
          { prompt: 'Code: ', echo: false },
        ],
      ],
    ],
    ['something that is shown', [[{ prompt: 'Your name: ', echo: true }]]],
  ])('gives the password to no other question: %s', async (_, rounds) => {
    const heard: string[] = []
    const server = await serve({
      login: asks('keyboard-interactive', (attempt) => {
        if (attempt.method !== 'keyboard-interactive') return
        const next = (at: number): void => {
          attempt.prompt(rounds[at] ?? [], (answers) => {
            heard.push(...answers)
            if (at + 1 < rounds.length) next(at + 1)
            else attempt.reject(['keyboard-interactive'])
          })
        }
        next(0)
      }),
    })
    const error = await refusal(dial(through(server.host)))
    expect(error.code).toBe('SSH_AUTH_FAILED')
    expect(error.message).toMatch(/asks for more than a password/)
    expect(heard).toEqual(rounds.length > 1 ? [password] : [])
  })

  test('says so when one proof is not enough', async () => {
    const key = makeSshKey()
    const server = await serve({
      login: (attempt) => {
        if (attempt.method === 'publickey') attempt.reject(['keyboard-interactive'], true)
        else attempt.reject(['publickey'])
      },
    })
    const secret = secretsOf({ sshKey: key.private })
    const error = await refusal(dial(through({ ...server.host, login: 'key' }), { secret }))
    expect(error).toMatchObject({ code: 'SSH_AUTH_FAILED' })
    expect(error.message).toBe(
      `127.0.0.1:${server.host.port} wants more than one proof, next: answers to questions. Sluice gives one.`,
    )
  })

  test('says so when the password has run out', async () => {
    const server = await serve({
      login: asks('password', (attempt) => {
        if (attempt.method === 'password') attempt.requestChange('Set another', () => {})
      }),
    })
    const error = await refusal(dial(through(server.host)))
    expect(error.code).toBe('SSH_AUTH_FAILED')
    expect(error.message).toMatch(/wants a new password: set it with ssh, then enter it here/)
  })

  test('sends no password to a host that nobody vouched for', async () => {
    const server = await serve({ login: byPassword })
    await hostKeys.forget(server.host)
    expect(await refusal(dial(through(server.host)))).toMatchObject({ code: 'HOST_KEY_UNKNOWN' })
    expect(server.tried).toEqual([])
  })
})

describe('what answers is no good SSH server', () => {
  const heard = (socket: Socket) => once(socket, 'data')

  test.each([
    [
      'a web server',
      (socket: Socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
      /is a web server, not an SSH server/,
    ],
    ['an old SSH', (socket: Socket) => void socket.end('SSH-1.5-old\r\n'), /does not speak SSH/],
    [
      'garbage after the greeting',
      (socket: Socket) => void socket.write(`SSH-2.0-x\r\n${'\xff'.repeat(999)}`),
      /does not speak SSH/,
    ],
    ['nobody', (socket: Socket) => void socket.destroy(), /closed the connection|cannot be reached/],
    ['one who leaves', (socket: Socket) => void heard(socket).then(() => socket.destroy()), /closed the connection/],
  ])('%s', async (_, behave, sentence) => {
    const error = await refusal(dial(await pretend(behave)))
    expect(error).toMatchObject({ code: 'SSH_FAILED', message: expect.stringMatching(sentence) })
  })

  test('a Redis', async () => {
    const redis = await startRedis()
    opened.push({ close: () => redis.stop() })
    expect((await refusal(dial(through({ port: redis.port })))).message).toBe(
      `What answers at 127.0.0.1:${redis.port} is a Redis, not an SSH server.`,
    )
  })

  test('one that cannot be looked up', async () => {
    const error = await refusal(dial(through({ host: 'no-such-host.invalid', port: 22 })))
    expect(error.message).toBe('The name of the SSH server no-such-host.invalid cannot be resolved.')
  })

  test('one that says nothing', async () => {
    const met = meeting<Socket>()
    const ssh = await pretend((socket) => void heard(socket).then(() => met.resolve(socket)))
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const waiting = refusal(dial(ssh))
    const socket = await met.promise
    vi.advanceTimersByTime(6_000)
    expect((await waiting).message).toBe(
      `What answers at 127.0.0.1:${ssh.port} did not finish its SSH greeting in time.`,
    )
    await once(socket.resume(), 'close')
  })

  test('one that does not finish the log-in', async () => {
    const met = meeting()
    const server = await serve({ login: () => met.resolve() })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const waiting = refusal(dial(through(server.host)))
    await met.promise
    vi.advanceTimersByTime(8_000)
    expect((await waiting).message).toBe(
      `The SSH server 127.0.0.1:${server.host.port} did not answer the log-in in time.`,
    )
  })

  test('one that waits for its own answer for ever', async () => {
    const server = await serve({ silentOn: 'redis' })
    const asked = server.asked()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const waiting = refusal(dial(through(server.host)))
    await asked
    await dial(through(server.host), { to: await echo() }) // so the server is well, and said so
    vi.advanceTimersByTime(5_000)
    await dial(through(server.host), { to: await echo() })
    vi.advanceTimersByTime(1_000)
    expect(await waiting).toMatchObject({
      code: 'CONNECT_TIMEOUT',
      message: `The SSH server 127.0.0.1:${server.host.port} gets no answer from redis:6379.`,
    })
    expect(server.sessions).toBe(1) // it is well, and stays
  })

  test('all together take no longer than they may', async () => {
    tunnels = createSshTunnels({ hostKeys, dialMs: 100 })
    const server = await serve({ login: () => {} })
    expect(await refusal(dial(through(server.host)))).toMatchObject({
      code: 'SSH_FAILED',
      message: `No way through the SSH server 127.0.0.1:${server.host.port} could be opened in time.`,
    })
  })
})

describe('giving up', () => {
  test('who no longer waits is let go at once, and the session still opens for the next', async () => {
    const attempts: AuthContext[] = []
    const met = meeting()
    const server = await serve({
      login: (attempt) => {
        attempts.push(attempt)
        met.resolve()
      },
    })
    const to = await echo()
    const leave = new AbortController()
    const waiting = dial(through(server.host), { to, signal: leave.signal })
    await met.promise
    leave.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    const next = dial(through(server.host), { to })
    attempts[0]?.accept()
    expect((await next).destroyed).toBe(false)
    expect(server.tried).toEqual(['none'])
  })

  test('nothing is begun for who has left already', async () => {
    const server = await serve({})
    await expect(dial(through(server.host), { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow(
      'enough',
    )
    expect(server.tried).toEqual([])
  })

  test('closing a profile ends what is being opened', async () => {
    const met = meeting()
    const server = await serve({ login: () => met.resolve() })
    const waiting = refusal(dial(through(server.host)))
    await met.promise
    tunnels.close('p')
    expect(await waiting).toMatchObject({ code: 'SSH_FAILED', message: 'The SSH connection was closed.' })
  })

  test('closing a profile tells nobody of a loss', async () => {
    const server = await serve({})
    const told = vi.fn()
    tunnels.onLost(told)
    const stream = await dial(through(server.host), { to: await echo() })
    tunnels.close('p')
    await once(stream, 'close')
    await vi.waitFor(() => expect(server.sessions).toBe(0), patience)
    expect(told).not.toHaveBeenCalled()
  })
})

describe('a stream', () => {
  test('says "timeout" like a socket does, when nothing moved', async () => {
    const server = await serve({})
    const stream = await dial(through(server.host), { to: await echo() })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const silent = vi.fn()
    stream.setTimeout(1_000, silent)
    vi.advanceTimersByTime(900)
    stream.write('x')
    await once(stream, 'data')
    vi.advanceTimersByTime(900)
    expect(silent).not.toHaveBeenCalled()
    vi.advanceTimersByTime(200)
    expect(silent).toHaveBeenCalledOnce()
  })

  test('ends when the other side does', async () => {
    const server = await serve({})
    const target = await startTcpServer((socket) => void socket.end('bye'))
    opened.push(target)
    const stream = await dial(through(server.host), { to: { host: '127.0.0.1', port: target.port } })
    let text = ''
    stream.on('data', (chunk) => {
      text += chunk
    })
    await once(stream, 'close')
    expect(text).toBe('bye')
  })

  test('closes when nobody reads it', async () => {
    const server = await serve({})
    const target = await startTcpServer((socket) => void socket.write('x'.repeat(100_000)))
    opened.push(target)
    const stream = await dial(through(server.host), { to: { host: '127.0.0.1', port: target.port } })
    stream.destroy()
    await once(stream, 'close')
    tunnels.close('p')
    await vi.waitFor(() => expect(server.sessions).toBe(0), patience)
  })
})
