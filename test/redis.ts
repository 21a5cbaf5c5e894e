import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { findServer } from '../src/engine/local-redis/find-server.ts'

/** The system may give a port again as soon as it was tried, before the one who asked first listens there. */
const given = new Set<number>()

/** A free port of the loopback address; another one each time. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  if (given.has(address.port)) return freePort()
  given.add(address.port)
  return address.port
}

/** A throw-away redis-server for tests: its own port and folder, gone after `stop`. */
export interface TestRedis {
  readonly port: number
  readonly url: string
  /** A plain client for arranging and checking; closed by `stop`. */
  readonly client: Redis
  /** Ends the server as kill -9 does; `start` brings it back with what AOF kept. */
  kill(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}

/** Starts a redis-server with extra command-line arguments (`'--appendonly', 'yes'`); without them it keeps nothing on disk. */
export async function startRedis(...args: string[]): Promise<TestRedis> {
  const binary = findServer()
  if (binary === null) throw new Error('no redis-server: run npm run setup')
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'sluice-test-redis-'))
  const persistence = args.includes('--appendonly') ? [] : ['--appendonly', 'no']
  let child: ChildProcess | null = null

  async function start() {
    const started = spawn(
      binary as string,
      ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder, ...persistence, ...args],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    )
    child = started
    await new Promise<void>((resolve, reject) => {
      let output = ''
      started.stdout?.on('data', (chunk) => {
        output += chunk
        if (/Ready to accept connections/.test(output)) resolve()
      })
      started.once('exit', (code) => reject(new Error(`redis-server ended with ${code}: ${output}`)))
    })
  }

  async function kill() {
    const running = child
    child = null
    if (running === null || running.exitCode !== null) return
    const gone = new Promise((resolve) => running.once('exit', resolve))
    running.kill('SIGKILL')
    await gone
  }

  await start()
  const client = new Redis({ port, host: '127.0.0.1', protocol: 2 })
  client.on('error', () => {}) // tests stop the server on purpose
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    client,
    kill,
    start,
    async stop() {
      client.disconnect()
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
