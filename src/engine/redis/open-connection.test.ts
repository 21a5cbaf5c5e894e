import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { codeOf } from '../../../test/connection-stage.ts'
import { statusReached } from '../../../test/followed-connection.ts'
import { startProxy, type TestProxy } from '../../../test/proxy.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { type ConnectionStatus, type Profile, usualProfile } from '../../domain/profile.ts'
import { type OpenConnection, type OpenConnectionOptions, openConnection } from './open-connection.ts'
import { plainReach } from './reach/plain-reach.ts'

let redis: TestRedis
let proxy: TestProxy
const open: OpenConnection[] = []

beforeAll(async () => {
  redis = await startRedis('--appendonly', 'yes')
})
beforeEach(async () => {
  await redis.client.flushall()
  proxy = await startProxy(redis.port)
})
afterEach(async () => {
  for (const connection of open.splice(0)) connection.close()
  await proxy.close()
})
afterAll(() => redis.stop())

function profileOf(changes: Partial<Profile> = {}): Profile {
  return {
    id: 'p1',
    name: 'Shop',
    url: `redis://127.0.0.1:${proxy.port}`,
    ...usualProfile,
    environment: 'staging',
    ...changes,
  }
}

interface StartOptions extends Pick<OpenConnectionOptions, 'heartbeat'> {
  password?: () => Promise<string | null>
}

function start(
  changes: Partial<Profile> = {},
  { password = async () => null, ...options }: StartOptions = {},
): OpenConnection {
  const profile = profileOf(changes)
  const connection = openConnection({ profile, reach: plainReach(profile.url, password), ...options })
  open.push(connection)
  return connection
}

const is = (status: ConnectionStatus['status']) => (now: ConnectionStatus) => now.status === status

/** A promise and how to keep it, for callbacks that a test waits for. */
function deferred<T>() {
  let keep: (value: T) => void = () => {}
  const promise = new Promise<T>((resolve) => (keep = resolve))
  return { promise, keep }
}

describe('a connection', () => {
  it('connects, and says since when it is ready', async () => {
    const before = Date.now()
    const connection = start()
    expect(connection.status()).toMatchObject({ connectionId: 'p1', status: 'connecting', writable: true })
    await connection.tried
    expect(connection.status()).toMatchObject({ status: 'ready', problem: null, unlockedUntil: null })
    expect(connection.status().since).toBeGreaterThanOrEqual(before)
    expect(await connection.reader.call('PING')).toEqual(Buffer.from('PONG'))
  })

  it('comes back by itself when the server was killed and restarted', async () => {
    const connection = start({ url: redis.url })
    await connection.tried
    await connection.writer().call('SET', 'key', 'value')
    await redis.kill()
    const away = await statusReached(connection, is('reconnecting'))
    expect(away.problem).toMatch(/\S/)
    expect(await codeOf(connection.reader.call('GET', 'key'))).toBe('CONNECTION_LOST')
    expect(await codeOf(connection.writer().call('SET', 'key', 'late'))).toBe('CONNECTION_LOST')
    await redis.start()
    const back = await statusReached(connection, is('ready'))
    expect(back.since).toBeGreaterThan(away.since)
    expect(await connection.reader.call('GET', 'key')).toEqual(Buffer.from('value'))
    expect(await connection.writer().call('SET', 'key', 'again')).toEqual(Buffer.from('OK'))
  })

  it('keeps the time of the loss while it tries in vain', async () => {
    const connection = start({ url: redis.url })
    await connection.tried
    await redis.kill()
    const lost = await statusReached(connection, is('reconnecting'))
    const later = await statusReached(connection, ({ problem }) => problem !== lost.problem)
    expect(later).toMatchObject({ status: 'reconnecting', since: lost.since })
    expect(later.problem).toContain('Nothing answers')
    await redis.start()
    connection.check()
    await statusReached(connection, is('ready'))
  })

  it('comes back when its sockets are killed', async () => {
    const connection = start()
    await connection.tried
    await redis.client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    await statusReached(connection, is('reconnecting'))
    await statusReached(connection, is('ready'))
    expect(await connection.reader.call('PING')).toEqual(Buffer.from('PONG'))
  })

  it('notices a peer that vanished without a word, and comes back when it is there again', async () => {
    const connection = start({}, { heartbeat: { everyMs: 30, timeoutMs: 60 } })
    await connection.tried
    proxy.blackHole()
    const gone = await statusReached(connection, is('reconnecting'))
    expect(gone.problem).toContain('in time')
    proxy.heal()
    await statusReached(connection, is('ready'))
  })

  it('asks at once when told to check', async () => {
    const connection = start({}, { heartbeat: { everyMs: 3_600_000, timeoutMs: 30 } })
    await connection.tried
    proxy.blackHole()
    connection.check()
    await statusReached(connection, is('reconnecting'))
  })

  it('fails on a wrong password, tells nobody what it was, and uses the right one when it gets it', async () => {
    await redis.client.acl('SETUSER', 'ops', 'on', '>canary-right', '~*', '&*', '+@all')
    const passwords = ['canary-wrong', 'canary-right']
    const seen: ConnectionStatus[] = []
    const connection = start(
      { url: `redis://ops@127.0.0.1:${proxy.port}`, secrets: ['password'] },
      { password: async () => passwords.shift() ?? 'canary-right' },
    )
    connection.onStatus((status) => seen.push(status))
    await connection.tried
    expect(connection.status()).toMatchObject({ status: 'failed', problem: expect.stringContaining('password') })
    connection.check()
    await statusReached(connection, is('ready'))
    expect(JSON.stringify(seen)).not.toContain('canary')
    expect(inspect(connection, { depth: null })).not.toContain('canary-right')
  })

  it('works for a user who may run no INFO, no CONFIG and no CLIENT', async () => {
    await redis.client.acl('SETUSER', 'limited', 'on', 'nopass', '~queue:*', '+llen', '+lrange')
    const connection = start({ url: `redis://limited@127.0.0.1:${proxy.port}` })
    await connection.tried
    expect(connection.status()).toMatchObject({ status: 'ready', problem: null })
    expect(await connection.reader.call('LLEN', 'queue:email')).toBe(0)
    const [length, info] = await connection.reader.pipeline([['LLEN', 'queue:email'], ['INFO']])
    expect(length).toBe(0)
    expect(info).toMatchObject({ code: 'NO_PERMISSION', message: expect.stringContaining('INFO') })
    expect(await codeOf(connection.reader.call('LLEN', 'other'))).toBe('NO_PERMISSION')
  })

  it('closes every socket, and answers NOT_OPEN from then on', async () => {
    const connection = start()
    await connection.tried
    await connection.writer().call('PING')
    const dedicated = await connection.dedicated('pool')
    await connection.subscribe(
      ['a*'],
      () => {},
      () => {},
    )
    expect(await sockets()).toHaveLength(4)
    connection.close()
    expect(connection.status()).toMatchObject({ status: 'closed', writable: false })
    await gone()
    expect(await codeOf(connection.reader.call('PING'))).toBe('NOT_OPEN')
    expect(await codeOf(dedicated.call('PING'))).toBe('NOT_OPEN')
    expect(() => connection.writer()).toThrow(expect.objectContaining({ code: 'NOT_OPEN' }))
    expect(await codeOf(connection.dedicated('pool'))).toBe('NOT_OPEN')
    expect(
      await codeOf(
        connection.subscribe(
          ['a*'],
          () => {},
          () => {},
        ),
      ),
    ).toBe('NOT_OPEN')
  })

  it('can be closed while it connects', async () => {
    proxy.blackHole()
    const connection = start()
    connection.close()
    await connection.tried
    expect(connection.status().status).toBe('closed')
  })

  it('writes nothing when somebody connects, looks and leaves', async () => {
    await redis.client.rpush('queue:email', 'job')
    await redis.client.config('RESETSTAT')
    const changes = await unsaved()
    const connection = start({}, { heartbeat: { everyMs: 10, timeoutMs: 1_000 } })
    await connection.tried
    await connection.subscribe(
      ['__keyspace*'],
      () => {},
      () => {},
    )
    await connection.reader.pipeline([['SCAN', '0'], ['TYPE', 'queue:email'], ['LLEN', 'queue:email'], ['INFO']])
    await connection.reader.call('EVAL', "return redis.call('LRANGE', KEYS[1], 0, -1)", 1, 'queue:email')
    await connection.reader.call('MEMORY', 'USAGE', 'queue:email')
    connection.close()
    await gone()

    const stats = await redis.client.info('commandstats')
    const ran = [...stats.matchAll(/cmdstat_([\w|]+):/g)].map((match) => match[1] ?? '')
    const infos = (await redis.client.call('COMMAND', 'INFO', ...ran)) as [
      name: string,
      arity: number,
      flags: string[],
    ][]
    expect(ran).toContain('scan')
    expect(ran).toContain('eval_ro')
    expect(infos.filter(([, , flags]) => flags.includes('write')).map(([name]) => name)).toEqual([])
    expect(await unsaved()).toBe(changes)
  })

  async function sockets(): Promise<string[]> {
    const list = String(await redis.client.client('LIST'))
    return list.split('\n').filter((line) => line.includes('name=sluice:'))
  }
  async function gone(): Promise<void> {
    while ((await sockets()).length > 0) await new Promise((resolve) => setImmediate(resolve))
  }
  async function unsaved(): Promise<string | undefined> {
    return /rdb_changes_since_last_save:(\d+)/.exec(await redis.client.info('persistence'))?.[1]
  }
})

describe('permission to write', () => {
  const readOnly = expect.objectContaining({ code: 'READ_ONLY' })

  it('is never given by a read-only profile', async () => {
    const connection = start({ readOnly: true })
    await connection.tried
    expect(connection.status().writable).toBe(false)
    expect(() => connection.writer()).toThrow(readOnly)
    expect(() => connection.unlock(Date.now() + 60_000)).toThrow(readOnly)
    expect(await codeOf(connection.dedicated('pool'))).toBe('READ_ONLY')
    expect(proxy.connections).toBe(1)
  })

  it('is given by a production profile while it is unlocked, also to handles made before', async () => {
    const connection = start({ environment: 'production' })
    await connection.tried
    expect(() => connection.writer()).toThrow(readOnly)
    const until = Date.now() + 60_000
    connection.unlock(until)
    expect(connection.status()).toMatchObject({ writable: true, unlockedUntil: until })
    const writer = connection.writer()
    await writer.call('SET', 'key', '1')
    connection.lock()
    expect(connection.status()).toMatchObject({ writable: false, unlockedUntil: null })
    expect(await codeOf(writer.call('SET', 'key', '2'))).toBe('READ_ONLY')
    expect(await redis.client.get('key')).toBe('1')
  })

  it('ends by itself', async () => {
    const connection = start({ environment: 'production' })
    await connection.tried
    connection.unlock(Date.now() + 30)
    const writer = connection.writer()
    expect(await statusReached(connection, ({ writable }) => !writable)).toMatchObject({ unlockedUntil: null })
    expect(await codeOf(writer.call('PING'))).toBe('READ_ONLY')
  })

  it('is over when the time is, even if the timer slept', async () => {
    const connection = start({ environment: 'production' })
    connection.unlock(Date.now() - 1)
    expect(connection.status()).toMatchObject({ writable: false, unlockedUntil: null })
  })

  it('follows the profile when that changes', async () => {
    const connection = start()
    await connection.tried
    const writer = connection.writer()
    const dedicated = await connection.dedicated('pool')
    const changed = profileOf({ name: 'Renamed', readOnly: true })
    connection.update(changed)
    expect(connection.profile).toBe(changed)
    expect(connection.status().writable).toBe(false)
    expect(await codeOf(writer.call('PING'))).toBe('READ_ONLY')
    expect(await codeOf(dedicated.call('PING'))).toBe('NOT_OPEN')
  })
})

describe('a dedicated connection', () => {
  it('blocks, has its own name, and gets what it waited for', async () => {
    const connection = start()
    await connection.tried
    const dedicated = await connection.dedicated('pool:email')
    expect(String(await redis.client.client('LIST'))).toContain('name=sluice:pool:email')
    const waiting = dedicated.block(5, 'BLMOVE', 'from', 'to', 'LEFT', 'RIGHT', 5)
    await redis.client.rpush('from', 'job')
    expect(await waiting).toEqual(Buffer.from('job'))
    expect(await dedicated.block(0.01, 'BLPOP', 'from', 0.01)).toBeNull()
    expect(await codeOf(dedicated.block(0, 'BLPOP', 'from', 0))).toBe('INVALID_INPUT')
  })

  it('rejects at once when it is cut, and opens again for the next command', async () => {
    const connection = start()
    await connection.tried
    const dedicated = await connection.dedicated('pool')
    const waiting = codeOf(dedicated.block(60, 'BLPOP', 'from', 60))
    proxy.cut()
    expect(await waiting).toBe('OUTCOME_UNKNOWN')
    expect(await dedicated.call('PING')).toEqual(Buffer.from('PONG'))
  }, 50_000)

  it('lives on when the unlock of production ends, so that a pool can finish', async () => {
    const connection = start({ environment: 'production' })
    await connection.tried
    connection.unlock(Date.now() + 60_000)
    const dedicated = await connection.dedicated('pool')
    connection.lock()
    expect(await dedicated.call('PING')).toEqual(Buffer.from('PONG'))
    expect(await codeOf(connection.dedicated('pool'))).toBe('READ_ONLY')
    dedicated.close()
    expect(await codeOf(dedicated.call('PING'))).toBe('NOT_OPEN')
  })

  it('says why it cannot be opened', async () => {
    const connection = start()
    await connection.tried
    proxy.cut()
    await redis.kill()
    expect(await codeOf(connection.dedicated('pool'))).not.toBe('no error')
    await redis.start()
  })
})

describe('a subscription', () => {
  it('hears its patterns, and again after it was cut, with a note of the gap', async () => {
    const connection = start()
    await connection.tried
    const first = deferred<[string, string]>()
    const second = deferred<[string, string]>()
    const gap = deferred<void>()
    let heard = first
    const stop = await connection.subscribe(
      ['progress:*', 'done'],
      (channel, message) => heard.keep([channel, message.toString()]),
      () => gap.keep(),
    )
    await redis.client.publish('progress:7', 'half')
    expect(await first.promise).toEqual(['progress:7', 'half'])

    heard = second
    await redis.client.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
    await gap.promise
    await redis.client.publish('done', 'all')
    expect(await second.promise).toEqual(['done', 'all'])

    await stop()
    while (Number(await redis.client.pubsub('NUMPAT')) > 0) await new Promise((resolve) => setImmediate(resolve))
  })

  it('is watched too', async () => {
    const connection = start({}, { heartbeat: { everyMs: 30, timeoutMs: 60 } })
    await connection.tried
    const gap = deferred<void>()
    await connection.subscribe(
      ['x'],
      () => {},
      () => gap.keep(),
    )
    proxy.blackHole()
    await statusReached(connection, is('reconnecting'))
    proxy.heal()
    await gap.promise
  })

  it('says when the user may not listen', async () => {
    await redis.client.acl('SETUSER', 'deaf', 'on', 'nopass', '~*', 'resetchannels', '+@all')
    const connection = start({ url: `redis://deaf@127.0.0.1:${proxy.port}` })
    await connection.tried
    expect(
      await codeOf(
        connection.subscribe(
          ['x'],
          () => {},
          () => {},
        ),
      ),
    ).toBe('NO_PERMISSION')
  })
})
