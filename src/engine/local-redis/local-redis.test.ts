import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startRedis } from '../../../test/redis.ts'
import { findServer } from './find-server.ts'
import { freePort } from './free-port.ts'
import { type LocalRedis, startLocalRedis } from './local-redis.ts'
import { missingServer } from './missing-server.ts'
import { writeConfig } from './server-config.ts'

let folder: string
let local: LocalRedis | null
const children: ChildProcess[] = []
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'sluice "local" redis-')))
  local = null
})
afterEach(async () => {
  await local?.stop()
  for (const child of children.splice(0)) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

async function start(options: Partial<Parameters<typeof startLocalRedis>[0]> = {}): Promise<LocalRedis> {
  local = await startLocalRedis({ folder, ...options })
  return local
}

async function withClient<T>(
  { port, password }: { port: number; password: string },
  run: (redis: Redis) => Promise<T>,
) {
  const redis = new Redis({ host: '127.0.0.1', port, password, protocol: 2 })
  redis.on('error', () => {}) // some tests end the server on purpose
  try {
    return await run(redis)
  } finally {
    redis.disconnect()
  }
}

const pidOf = (redis: Redis) => redis.info('server').then((info) => Number(/process_id:(\d+)/.exec(info)?.[1]))

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function gone(pid: number): Promise<void> {
  while (alive(pid)) await new Promise((resolve) => setImmediate(resolve))
}

/** Runs a server on the folder as a crash may leave one behind: without the watcher. */
async function leaveBehind(access: { port: number; password: string }): Promise<ChildProcess> {
  const child = spawn(findServer() as string, [await writeConfig(folder, access)], { stdio: 'ignore' })
  children.push(child)
  await withClient(access, (redis) => redis.set('from', 'before'))
  return child
}

describe('the private Redis', () => {
  it('keeps its data over runs, behind a password, and leaves no process behind', async () => {
    const first = await start()
    const pid = await withClient(first, async (redis) => {
      await redis.rpush('queue:email', 'kept')
      expect(await redis.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction'])
      expect(await redis.config('GET', 'bind')).toEqual(['bind', '127.0.0.1'])
      expect(await redis.config('GET', 'appendfsync')).toEqual(['appendfsync', 'everysec'])
      expect(await redis.config('GET', 'notify-keyspace-events')).toEqual(['notify-keyspace-events', ''])
      return pidOf(redis)
    })
    await expect(withClient({ ...first, password: 'wrong' }, (redis) => redis.ping())).rejects.toThrow(/WRONGPASS/)
    await Promise.all([first.stop(), first.stop()])
    expect(alive(pid)).toBe(false)
    const second = await start()
    expect(await withClient(second, (redis) => redis.lrange('queue:email', 0, -1))).toEqual(['kept'])
    expect(second.password).not.toBe(first.password)
  })

  it('tells nobody else the password', async () => {
    const { url, password, ...rest } = await start()
    expect(url).not.toContain(password)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(statSync(join(folder, 'redis.conf')).mode & 0o777).toBe(0o600)
    const pid = await withClient({ password, ...rest }, pidOf)
    if (process.platform === 'linux') {
      expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).not.toContain(password)
      expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).not.toContain(password)
    }
    expect(readFileSync(join(folder, 'redis.log'), 'utf8')).not.toContain(password)
    await local?.stop()
    expect(readdirSync(folder)).not.toContain('redis.conf')
  })

  it('starts again on the same port and data when it dies, and says so', async () => {
    let heard = (_: string) => {}
    const problem = new Promise<string>((resolve) => {
      heard = resolve
    })
    const running = await start({ onProblem: (sentence) => heard(sentence) })
    await withClient(running, async (redis) => {
      await redis.config('SET', 'appendfsync', 'always')
      await redis.set('a', 'b')
      process.kill(await pidOf(redis), 'SIGKILL')
      expect(await problem).toBe('The private Redis ended (signal SIGKILL) and is being started again.')
      expect(await redis.get('a')).toBe('b') // the client waits until the server is there again
    })
  })

  it('stops while it waits to start a dead server again', async () => {
    let heard = () => {}
    const problem = new Promise<void>((resolve) => {
      heard = resolve
    })
    const running = await start({ onProblem: () => heard() })
    process.kill(await withClient(running, pidOf), 'SIGKILL')
    await problem
    await running.stop()
    const socket = connect(running.port, '127.0.0.1')
    const [error] = await once(socket, 'error')
    expect(error).toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('ends with the process that runs it, also when that is killed', async () => {
    const runner = `import { startLocalRedis } from ${JSON.stringify(join(import.meta.dirname, 'local-redis.ts'))}
      const { port, password } = await startLocalRedis({ folder: ${JSON.stringify(folder)} })
      console.log(JSON.stringify({ port, password }))
      setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', runner], {
      stdio: ['ignore', 'pipe', 'inherit'],
      cwd: join(import.meta.dirname, '../../..'),
    })
    children.push(child)
    const line = await new Promise<string>((resolve) => child.stdout?.once('data', (chunk) => resolve(String(chunk))))
    const pid = await withClient(JSON.parse(line), async (redis) => {
      await redis.set('from', 'before')
      return pidOf(redis)
    })
    child.kill('SIGKILL')
    await once(child, 'exit')
    const next = await start() // at once: the old server may still be there, ending
    expect(await withClient(next, (redis) => redis.get('from'))).toBe('before')
    await gone(pid)
  })

  it('ends what an earlier run left on its folder, and keeps its data', async () => {
    const other = await startRedis()
    try {
      const left = await leaveBehind({ port: await freePort(), password: 'of an earlier run' })
      const next = await start()
      expect(left.exitCode).toBe(0)
      expect(await withClient(next, (redis) => redis.get('from'))).toBe('before')
      expect(await other.client.ping()).toBe('PONG')
    } finally {
      await other.stop()
    }
  })

  it('ends it also when nobody knows its password any more', async () => {
    const access = { port: await freePort(), password: 'forgotten' }
    const left = await leaveBehind(access)
    await writeConfig(folder, { ...access, password: 'another' })
    const next = await start()
    expect(left.exitCode).toBe(0)
    expect(await withClient(next, (redis) => redis.get('from'))).toBe('before')
  })

  it('touches no other Redis, even one that took the old port or wrote the old process id', async () => {
    const other = await startRedis()
    try {
      await writeConfig(folder, { port: other.port, password: 'ours' })
      writeFileSync(join(folder, 'redis.pid'), String(await pidOf(other.client)))
      const warn = vi.spyOn(console, 'warn').mockImplementation(() => {}) // the client finds our password needless there
      const next = await start()
      warn.mockRestore()
      expect(next.port).not.toBe(other.port)
      expect(await other.client.ping()).toBe('PONG')
    } finally {
      await other.stop()
    }
  })

  it('does not share its folder', async () => {
    const running = await start()
    await expect(startLocalRedis({ folder })).rejects.toMatchObject({ code: 'INTERNAL' })
    expect(await withClient(running, (redis) => redis.ping())).toBe('PONG')
    await running.stop()
    await start()
  })

  it('says in the words of the server why it does not start, and lets go of the folder', async () => {
    await withClient(await start(), (redis) => redis.set('a', 'b'))
    await local?.stop()
    const appendOnly = join(folder, 'appendonlydir')
    const manifest = readdirSync(appendOnly).find((name) => name.endsWith('.manifest')) ?? ''
    const good = readFileSync(join(appendOnly, manifest))
    writeFileSync(join(appendOnly, manifest), 'nonsense\n')
    await expect(startLocalRedis({ folder })).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.stringMatching(/did not start: .*AOF/),
    })
    writeFileSync(join(appendOnly, manifest), good)
    expect(await withClient(await start(), (redis) => redis.get('a'))).toBe('b')
  })

  it('says in one sentence how to get a server where there is none', async () => {
    await expect(start({ binary: null })).rejects.toMatchObject({ code: 'LOCAL_REDIS_MISSING' })
    expect(missingServer('linux').message).toContain('apt-get install redis-server')
    expect(missingServer('darwin').message).toContain('brew install redis')
    expect(missingServer('win32').message).toMatch(/Memurai.*WSL/)
    expect(missingServer('freebsd').message).toMatch(/install Redis or Valkey, .*\.$/)
  })
})
