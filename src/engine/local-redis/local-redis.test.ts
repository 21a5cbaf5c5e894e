import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freePort, startRedis } from '../../../test/redis.ts'
import { findServer } from './find-server.ts'
import { type LocalRedis, startLocalRedis } from './local-redis.ts'
import { runServer } from './run-server.ts'
import { serverConfig } from './server-config.ts'

let folder: string
let local: LocalRedis | null
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-local-redis-'))
  local = null
})
afterEach(async () => {
  await local?.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function withClient<T>({ url, password }: { url: string; password: string }, run: (redis: Redis) => Promise<T>) {
  const redis = new Redis(url, { password, protocol: 2 })
  redis.on('error', () => {}) // some tests end the server on purpose
  try {
    return await run(redis)
  } finally {
    redis.disconnect()
  }
}
const pidOf = (redis: Redis) => redis.info('server').then((info) => Number(/process_id:(\d+)/.exec(info)?.[1]))
const gone = async (pid: number) => {
  for (;;) {
    try {
      process.kill(pid, 0)
    } catch {
      return
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe('the private Redis', () => {
  it('keeps its data over runs, behind a password, and tells nobody else the password', async () => {
    local = await startLocalRedis({ folder })
    expect(statSync(join(folder, 'redis.conf')).mode & 0o777).toBe(0o600)
    await withClient(local, async (redis) => {
      await redis.rpush('queue:email', 'kept')
      expect(await redis.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction'])
      expect(await redis.config('GET', 'bind')).toEqual(['bind', '127.0.0.1'])
    })
    await expect(withClient({ ...local, password: 'wrong' }, (redis) => redis.ping())).rejects.toThrow(
      /WRONGPASS|NOAUTH/,
    )
    await local.stop()
    local = await startLocalRedis({ folder })
    expect(await withClient(local, (redis) => redis.lrange('queue:email', 0, -1))).toEqual(['kept'])
  })
  it('starts again on the same port and data when it dies, and says so', async () => {
    const problems: string[] = []
    let heard = () => {}
    const problem = new Promise<void>((resolve) => {
      heard = resolve
    })
    local = await startLocalRedis({
      folder,
      onProblem(sentence) {
        problems.push(sentence)
        heard()
      },
    })
    await withClient(local, async (redis) => {
      await redis.set('a', 'b')
      await redis.config('SET', 'appendfsync', 'always')
      await redis.set('c', 'd')
      process.kill(await pidOf(redis), 'SIGKILL')
      await problem
      expect(await redis.get('c')).toBe('d') // the client waits until the server is there again
    })
    expect(problems[0]).toMatch(/ended and is being started again/)
  })
  it('ends with the process that runs it, also when that is killed', async () => {
    const runner = `import { startLocalRedis } from ${JSON.stringify(join(import.meta.dirname, 'local-redis.ts'))}
      const { url, password } = await startLocalRedis({ folder: ${JSON.stringify(folder)} })
      console.log(JSON.stringify({ url, password }))
      setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', runner], {
      stdio: ['ignore', 'pipe', 'inherit'],
      cwd: join(import.meta.dirname, '../../..'),
    })
    const line = await new Promise<string>((resolve) => child.stdout.once('data', (chunk) => resolve(String(chunk))))
    const pid = await withClient(JSON.parse(line), pidOf)
    child.kill('SIGKILL')
    await gone(pid)
    local = await startLocalRedis({ folder }) // and the folder is free again
  })
  it('ends what an earlier run left on its folder, and touches no other server', async () => {
    const other = await startRedis()
    const leftOver = { url: `redis://127.0.0.1:${await freePort()}`, password: 'of an earlier run' }
    const configFile = join(folder, 'redis.conf')
    writeFileSync(configFile, serverConfig({ port: Number(leftOver.url.split(':')[2]), ...leftOver, folder }))
    const server = await runServer(findServer() as string, configFile)
    await withClient(leftOver, (redis) => redis.set('from', 'before'))
    local = await startLocalRedis({ folder })
    await server.ended
    expect(await withClient(local, (redis) => redis.get('from'))).toBe('before')
    expect(await other.client.ping()).toBe('PONG')
    await other.stop()
  })
  it('says in one sentence how to get a server where there is none', async () => {
    await expect(startLocalRedis({ folder, binary: null })).rejects.toMatchObject({
      code: 'LOCAL_REDIS_MISSING',
      message: expect.stringMatching(/Install/),
    })
  })
})
