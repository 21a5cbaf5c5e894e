import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/message-port'
import type { ContractRouterClient } from '@orpc/contract'
import { onError } from '@orpc/server'
import { RPCHandler } from '@orpc/server/message-port'

import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { makeCertificate } from '../../test/certificate.ts'
import { freePort, startRedis, type TestRedis } from '../../test/redis.ts'
import { makeSshKey } from '../../test/servers/ssh-key.ts'
import { startSshServer, type TestSshServer } from '../../test/servers/ssh-server.ts'
import { startTcpServer, type TcpServer } from '../../test/tcp-server.ts'
import type { Contract } from '../contract/contract.ts'
import { type ProfileDraft, type Ssh, secretNames, type TypedSecrets, usualDraft } from '../domain/profile.ts'
import { readAddress } from '../domain/read-address.ts'
import { createEngine, type Engine } from './engine.ts'
import { openErrorLog } from './error-log/error-log.ts'
import { forkNodeProcess } from './processes/fork-process.ts'
import { createSecrets } from './profiles/create-secrets.ts'

/** What no file, message, log or error may hold: in each secret one of its own, that nothing else can hold by chance. */
const canary = () => `Canary${randomBytes(9).toString('hex')}`
const tls = makeCertificate(['localhost'])
const sshKey = makeSshKey().private
const sealedKey = makeSshKey('ed25519', canary())
const words = {
  ...{
    good: canary(),
    wrong: canary(),
    sentinel: canary(),
    ssh: canary(),
    jump: canary(),
    opens: canary(),
    none: canary(),
  },
  ...{ vault: canary(), nextVault: canary(), file: canary(), run: canary(), imported: canary() },
}
const secretTexts = [...Object.values(words), scalarOf(tls.key), bodyOf(sshKey), bodyOf(sealedKey.private)]

/** A piece of the private number of a P-256 key in PKCS8; its end is the public key, which the certificate tells too. */
function scalarOf(pem: string): string {
  return pem.replace(/-----.*-----|\n/g, '').slice(48, 72)
}

/** A line of a key that is in no other. */
function bodyOf(pem: string): string {
  const lines = pem.trim().split('\n')
  return lines.at(-2)?.slice(0, 24) ?? ''
}

/** A text as it may lie in other bytes: as it is, in hex, and in base64 at each of its three places. */
function disguises(text: string): string[] {
  const base64 = [0, 1, 2].map((shift) =>
    Buffer.from(' '.repeat(shift) + text)
      .toString('base64')
      .slice(4, -4),
  )
  return [text, Buffer.from(text).toString('hex'), ...base64]
}
const wanted = secretTexts.flatMap(disguises)
/** Where some bytes hold one of them, with what stands around it. */
function foundIn(bytes: Buffer | string): string[] {
  const text = typeof bytes === 'string' ? bytes : bytes.toString('latin1')
  return wanted.flatMap((each) => {
    const at = text.indexOf(each)
    return at < 0 ? [] : [text.slice(Math.max(0, at - 200), at + each.length + 20)]
  })
}

let folder: string
let engine: Engine
let client: ContractRouterClient<Contract>
let redis: TestRedis
let sshServer: TestSshServer
const servers: TcpServer[] = []
/** All that left the engine for a screen, and what came in. */
const [sent, received]: [Buffer[], Buffer[]] = [[], []]
const errors: unknown[] = []
const output: string[] = []
const rejections: unknown[] = []
const onRejection = (error: unknown) => void rejections.push(error)
const stop = new AbortController()

beforeAll(async () => {
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      output.push(String(text))
      return true
    })
  }
  for (const name of ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const) {
    vi.spyOn(console, name).mockImplementation((...args) => void output.push(inspect(args, { depth: 20 })))
  }
  process.on('unhandledRejection', onRejection)
  folder = mkdtempSync(join(tmpdir(), 'sluice-canary-'))
  redis = await startRedis()
  await redis.client.acl('SETUSER', 'ops', 'on', `>${words.good}`, '~*', '&*', '+@all')
  sshServer = await startSshServer({ login: (attempt) => attempt.reject(['password', 'publickey']) })
  await startEngine()
})
afterAll(async () => {
  process.off('unhandledRejection', onRejection)
  vi.restoreAllMocks()
  for (const server of servers) await server.close()
  await sshServer?.close()
  await redis?.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function startEngine() {
  engine = await createEngine({
    ...{ dataFolder: folder, shell: 'browser', demo: false, notices: [], platform: process.platform, version: '0.0.0' },
    secrets: await createSecrets({ folder, keychain: null, cost: { N: 1024, r: 8, p: 1 } }),
    ...{ fork: forkNodeProcess, runner: 'handler-runner.js', api: null },
  })
  const { port1, port2 } = new MessageChannel()
  const recording = (port: MessagePort, into: Buffer[]) => ({
    addEventListener: port.addEventListener.bind(port),
    postMessage(data: string | ArrayBuffer) {
      into.push(typeof data === 'string' ? Buffer.from(data) : Buffer.from(data))
      port.postMessage(data)
    },
  })
  const handler = new RPCHandler(engine.router, { interceptors: [onError((error) => void errors.push(error))] })
  handler.upgrade(recording(port1, sent) as never, { context: {} })
  client = createORPCClient(new RPCLink({ port: recording(port2, received) as never }))
  port1.start()
  port2.start()
  for (const stream of [client.connections.watch, client.vault.watch, client.app.notifications]) {
    void follow(stream({}, { signal: stop.signal })).catch(() => {}) // it ends with the test
  }
}

async function follow(stream: Promise<AsyncIterable<unknown>>) {
  for await (const _ of await stream); // what it sends is recorded on its way
}

/** Asks, and keeps the error where it is refused. */
async function tried<T>(work: Promise<T>): Promise<T | null> {
  return work.catch((error: unknown) => {
    errors.push(error)
    return null
  })
}

async function serve(onSocket: (socket: Socket) => void): Promise<string> {
  const server = await startTcpServer(onSocket)
  servers.push(server)
  return `127.0.0.1:${server.port}`
}

const draft = (name: string, url: string, changes: Partial<ProfileDraft> = {}): ProfileDraft => ({
  ...{ ...usualDraft, name, url },
  ...changes,
})

/** Does with a profile what a person does who cannot reach it. */
async function use(each: ProfileDraft): Promise<string | null> {
  await tried(client.profiles.test(each))
  const saved = await tried(client.profiles.save(each))
  if (saved === null) return null
  await tried(client.profiles.test({ ...each, id: saved.id, secrets: {} }))
  await tried(client.connections.open({ connectionId: saved.id }))
  await tried(client.connections.retry({ connectionId: saved.id }))
  await tried(client.connections.permissions({ connectionId: saved.id }))
  await tried(client.telemetry.rescan({ connectionId: saved.id }))
  await tried(client.connections.close({ connectionId: saved.id }))
  return saved.id
}

/** Every way in which a server can refuse, break, or give back what it was told. */
async function unkindServers(): Promise<ProfileDraft[]> {
  const at = `127.0.0.1:${redis.port}`
  const password = words.wrong
  const ssh = (changes: Partial<Ssh>): Ssh => ({ ...sshServer.host, jump: null, ...changes })
  const every: TypedSecrets = Object.fromEntries(secretNames.map((name) => [name, words.none]))
  const certificate = { ca: tls.cert, certificate: tls.cert, serverName: '', verify: true }
  const plain = await serve((socket) => socket.end('HTTP/1.1 400 Bad\r\n\r\n'))
  const quoting = `-ERR unknown command 'HELLO', with args beginning with: 'AUTH' '${password}' \r\n`
  const quote = (socket: Socket) => (commands: Buffer) =>
    socket.write(quoting.repeat(commands.toString().match(/\*\d+\r\n/g)?.length ?? 0))
  return [
    draft('wrong password', `redis://ops:${password}@${at}`),
    draft('no such user', `redis://${at}`, { secrets: { password } }),
    draft('nobody there', `redis://:${password}@127.0.0.1:${await freePort()}`),
    draft('no such host', `redis://:${password}@nowhere.invalid`),
    draft('quotes it', `redis://ops:${password}@${await serve((socket) => socket.on('data', quote(socket)))}`),
    draft('says it back', `redis://ops:${password}@${await serve((socket) => socket.pipe(socket))}`),
    draft(
      'breaks off',
      `redis://ops:${password}@${await serve((socket) => socket.once('data', () => socket.destroy()))}`,
    ),
    draft('is no Redis', `redis://ops:${password}@${plain}`),
    draft('no TLS there', `rediss://ops:${password}@${plain}`, { tls: certificate, secrets: { tlsKey: tls.key } }),
    draft('no such key', `rediss://ops@${at}`, {
      tls: certificate,
      secrets: { tlsKey: words.none, tlsKeyPassphrase: words.opens },
    }),
    draft('key of another', `rediss://ops@${at}`, { tls: certificate, secrets: { tlsKey: sshKey } }),
    draft('no Sentinel', `redis://${at}`, {
      topology: { kind: 'sentinel', master: 'mymaster', others: [], username: 'watch', tls: false },
      secrets: { password, sentinelPassword: words.sentinel },
    }),
    draft('no cluster', `redis://${at}`, { topology: { kind: 'cluster', others: [] }, secrets: { password } }),
    draft('SSH password', `redis://${at}`, { ssh: ssh({}), secrets: { password, ssh: words.ssh } }),
    draft('SSH key', `redis://${at}`, { ssh: ssh({ login: 'key' }), secrets: { password, sshKey, ssh: words.opens } }),
    draft('sealed SSH key', `redis://${at}`, {
      ssh: ssh({ login: 'key' }),
      secrets: { sshKey: sealedKey.private, ssh: words.opens },
    }),
    draft('no SSH key', `redis://${at}`, {
      ssh: ssh({ login: 'key' }),
      secrets: { sshKey: words.none, ssh: words.opens },
    }),
    draft('no SSH key file', `redis://${at}`, {
      ssh: ssh({ login: 'keyFile', keyFile: '/nowhere/key' }),
      secrets: { ssh: words.opens },
    }),
    draft('jump host', `redis://${at}`, {
      ssh: ssh({ jump: sshServer.host }),
      secrets: { ssh: words.ssh, jump: words.jump },
    }),
    draft('everything', `redis://ops@${at}`, {
      topology: { kind: 'sentinel', master: 'mymaster', others: [], username: 'watch', tls: true },
      ...{ tls: certificate, ssh: ssh({ login: 'key', jump: { ...sshServer.host, login: 'key' } }), secrets: every },
    }),
  ]
}

it('keeps every secret out of files, messages, logs and errors', async () => {
  // A good one: it is really used, so that its absence means something.
  const shop = draft('Shop', `redis://ops:${words.good}@127.0.0.1:${redis.port}`, { environment: 'production' })
  const id = (await use(shop)) ?? ''
  expect(await client.connections.open({ connectionId: id })).toMatchObject({ status: 'ready' })
  await tried(client.connections.unlock({ connectionId: id, typedName: 'Shop', minutes: 5, reason: 'a tour' }))
  await tried(client.connections.unlock({ connectionId: id, typedName: words.good, minutes: 5, reason: 'wrong' }))

  // Secrets of this run go into a vault, which is locked, opened wrongly, opened, and given another passphrase.
  await client.vault.make({ passphrase: words.vault })
  const unkind = await unkindServers()
  await Promise.all(unkind.map(use)) // some answer only when their time is up
  for (const key of await client.profiles.hostKeys({})) await tried(client.profiles.forgetHostKey(key))
  const { remedy } = await client.profiles.test(unkind.find(({ name }) => name === 'SSH password') ?? shop)
  expect(remedy?.kind).toBe('hostKey')
  if (remedy?.kind === 'hostKey') await client.profiles.trustHostKey(remedy.key)
  await Promise.all(unkind.filter(({ ssh }) => ssh !== null).map((each) => tried(client.profiles.test(each))))
  expect(sshServer.tried).toContain('password')

  await client.vault.lock({})
  await tried(client.connections.retry({ connectionId: id }))
  await tried(client.vault.unlock({ passphrase: words.wrong }))
  await tried(client.vault.change({ old: words.wrong, passphrase: words.nextVault }))
  await tried(client.profiles.enterSecrets({ id, secrets: { password: words.wrong }, keep: true }))
  await client.vault.unlock({ passphrase: words.vault })
  await client.vault.change({ old: words.vault, passphrase: words.nextVault })
  await client.profiles.enterSecrets({ id, secrets: { password: words.run }, keep: false })
  await client.profiles.enterSecrets({ id, secrets: { password: words.good }, keep: true })
  const copy = await client.profiles.duplicate({ id, name: 'Copy' })
  await client.profiles.save({ ...shop, url: copy.url, id: copy.id, keepSecrets: false, secrets: { tlsKey: tls.key } })

  // Files of profiles, ours and of others, whole and broken.
  const ids = (await client.profiles.list({})).filter(({ builtIn }) => !builtIn).map((each) => each.id)
  const open = await client.profiles.exportFile({ ids, passphrase: null })
  const sealed = await client.profiles.exportFile({ ids, passphrase: words.file })
  await client.profiles.readFile({ text: sealed.text, passphrase: words.file })
  await tried(client.profiles.readFile({ text: sealed.text, passphrase: words.wrong }))
  await client.profiles.importFile({ text: sealed.text, passphrase: words.file, take: [0, 1] })
  const foreign = [
    { host: 'x', port: 1, password: words.imported, sshOptions: { host: 'y', username: 'z', privateKey: sshKey } },
    { host: `redis://:${words.imported}@x`, port: 2, password: words.imported },
    { host: 'x', port: words.imported },
  ]
  await client.profiles.readFile({ text: JSON.stringify(foreign), passphrase: null })
  await client.profiles.importFile({ text: JSON.stringify(foreign), passphrase: null, take: [0] })
  const ours = JSON.parse(open.text) as { profiles: object[] }
  const url = `http://ops:${words.imported}@x`
  const broken = JSON.stringify({ ...ours, profiles: [{ ...ours.profiles[0], url }, { url: words.imported }] })
  await tried(client.profiles.readFile({ text: broken, passphrase: null }))
  await tried(client.profiles.readFile({ text: `{"password":"${words.imported}"`, passphrase: null }))

  // What is pasted in the wrong place, or not as it should be.
  const pasted = [
    ...[`http://ops:${words.good}@host`, `redis://ops:${words.good}/x@host`, `redis://ops:${words.good}@host:port`],
    ...[`redis://ops:${words.good}@host?password=${words.good}`, `redis://ops:%zz${words.good}@host`, words.good],
    ...[`redis-cli -h host -a ${words.good}`, `redis-cli --pass ${words.good} --bogus`, `redis-cli -a '${words.good}`],
    ...[`redis-cli -u redis://ops:${words.good}@host:port`, `redis+sentinel://ops:${words.good}@a,b:x/m`],
  ]
  for (const text of pasted) {
    await tried(client.profiles.save(draft('Pasted', text)))
    await tried(client.profiles.test(draft('Pasted', text)))
    try {
      const { secrets: _, ...read } = readAddress(text)
      output.push(JSON.stringify(read))
    } catch (error) {
      errors.push(error)
    }
  }
  const tooLong = words.good.repeat(10_000)
  await tried(client.profiles.save(draft('Too long', 'redis://x', { secrets: { password: tooLong } })))
  await tried(client.vault.unlock({ passphrase: tooLong }))
  await tried(client.profiles.enterSecrets({ id, secrets: { [words.good]: words.good } as TypedSecrets, keep: true }))
  await tried(client.profiles.enterSecrets({ id, secrets: { password: [words.good] as never }, keep: true }))
  await tried(client.profiles.exportFile({ ids: [], passphrase: words.file }))

  // What is told of it all, and what would be written of an error that nobody caught.
  await client.app.info({})
  await client.profiles.list({})
  await client.journal.list({ limit: 1000, connectionId: null, search: '' })
  await client.vault.lock({})
  const log = openErrorLog(folder)
  for (const error of errors) log.write('a tour', error)
  expect(errors.length).toBeGreaterThan(40)

  const before = seenOnDisk()
  stop.abort()
  await engine.close()
  const after = seenOnDisk()

  // The nets have no holes: what went in did hold them, and so would files.
  for (const text of Object.values(words)) expect(Buffer.concat(received).includes(text), text).toBe(true)
  expect(foundIn(Buffer.from(`x${words.good}`).toString('base64'))).not.toEqual([])
  expect(before.names).toEqual(expect.arrayContaining(['profiles.json', 'vault.json', 'logs/errors.log']))
  expect(sent.length).toBeGreaterThan(100)

  expect([...before.found, ...after.found]).toEqual([])
  expect(foundIn(Buffer.concat(sent))).toEqual([])
  expect(foundIn(output.join('\n'))).toEqual([])
  expect(errors.filter((error) => foundIn(inspected(error)).length > 0).map((error) => String(error))).toEqual([])
  expect(rejections).toEqual([])
}, 120_000)

/** All that a crash could print of an error: its stack, its fields, its causes, to the last. */
function inspected(error: unknown): string {
  const text = inspect(error, {
    depth: Number.POSITIVE_INFINITY,
    showHidden: true,
    maxStringLength: null,
    maxArrayLength: null,
  })
  return `${text}\n${error instanceof Error ? `${error.stack}\n${JSON.stringify(error)}` : ''}`
}

/** Which files of the data folder hold a secret, and which there are. */
function seenOnDisk(): { names: string[]; found: string[] } {
  const names = (readdirSync(folder, { recursive: true }) as string[]).filter((name) =>
    statSync(join(folder, name), { throwIfNoEntry: false })?.isFile(),
  )
  const found = names.filter((name) => foundIn(readFileSync(join(folder, name))).length > 0)
  return { names, found }
}
