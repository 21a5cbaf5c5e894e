import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { findServer } from '../../src/engine/local-redis/find-server.ts'
import { patience } from '../patience.ts'
import { freePort, startRedis, type TestRedis } from '../redis.ts'

/** A master with replicas, and the Sentinels that watch them, on free ports of loopback. */
export interface Sentinels {
  /** What the Sentinels call the group. */
  readonly group: 'mymaster'
  readonly ports: readonly number[]
  /** The servers, the first master first; `client` of each is a plain one. */
  readonly servers: readonly TestRedis[]
  /** The port of the master, as the Sentinels have it now. */
  masterPort(): Promise<number>
  /** Resolves with the port of the new master once a Sentinel names it and it says itself that it is one. */
  failover(): Promise<number>
  /** Stops a Sentinel as SIGSTOP does: it keeps its sockets and says nothing. `true` lets it go on. */
  freeze(place: number, on?: boolean): void
  stop(): Promise<void>
}

export interface SentinelsOptions {
  readonly sentinels?: number
  readonly replicas?: number
  /** What Redis asks for. */
  readonly password?: string
  /** What the Sentinels ask for, of user `default`. */
  readonly sentinelPassword?: string
  /** Lines for the configuration of each Sentinel. */
  readonly sentinelLines?: readonly string[]
  /** Arguments for each server. */
  readonly args?: readonly string[]
}

const group = 'mymaster'

/** Starts all of it; resolves when each Sentinel knows the others and the replicas. */
export async function startSentinels(options: SentinelsOptions = {}): Promise<Sentinels> {
  const { password, sentinelPassword, args = [] } = options
  const counts = { sentinels: options.sentinels ?? 3, replicas: options.replicas ?? 2 }
  const auth = password ? ['--masterauth', password] : []
  const shared = ['--repl-diskless-sync-delay', '0', '--repl-ping-replica-period', '1', ...auth, ...args]
  const master = await startRedis(...shared)
  // Told by a command and not at the start: one that was made a master stays one when it is started again.
  const replicas = await Promise.all(
    Array.from({ length: counts.replicas }, async () => {
      const replica = await startRedis(...shared)
      await replica.client.replicaof('127.0.0.1', master.port)
      return replica
    }),
  )
  const servers = [master, ...replicas]
  for (const { client } of password ? servers : []) {
    client.options.password = password as string // for when a failover cuts it
    await client.config('SET', 'requirepass', password as string)
  }

  // A Sentinel that finds replicas at its first look has not to wait ten seconds for the next.
  await until(async () => (await master.client.info('replication')).split('state=online').length > counts.replicas)

  const folder = mkdtempSync(join(tmpdir(), 'sluice-test-sentinels-'))
  const children: ChildProcess[] = []
  const ports: number[] = []
  const clients: Redis[] = []
  for (let place = 0; place < counts.sentinels; place++) {
    const port = await freePort()
    const file = join(folder, `sentinel-${place}.conf`)
    const lines = [
      `port ${port}`,
      'bind 127.0.0.1',
      `dir ${folder}`,
      ...(sentinelPassword ? [`requirepass ${sentinelPassword}`, `sentinel sentinel-pass ${sentinelPassword}`] : []),
      `sentinel monitor ${group} 127.0.0.1 ${master.port} ${Math.floor(counts.sentinels / 2) + 1}`,
      `sentinel down-after-milliseconds ${group} 1000`,
      `sentinel failover-timeout ${group} 5000`,
      ...(password ? [`sentinel auth-pass ${group} ${password}`] : []),
      ...(options.sentinelLines ?? []),
    ]
    writeFileSync(file, `${lines.join('\n')}\n`)
    const child = spawn(findServer() as string, [file, '--sentinel'], { stdio: ['ignore', 'pipe', 'pipe'] })
    children.push(child)
    ports.push(port)
    child.stderr?.resume()
    await new Promise<void>((resolve, reject) => {
      let output = ''
      child.stdout?.on('data', (chunk) => {
        output += chunk
        if (output.includes('+monitor')) resolve()
      })
      child.once('exit', () => reject(new Error(`the Sentinel ended: ${output}`)))
    })
    const client = new Redis({
      port,
      host: '127.0.0.1',
      protocol: 2,
      ...(sentinelPassword ? { password: sentinelPassword } : {}),
    })
    client.on('error', () => {})
    clients.push(client)
  }

  async function known(client: Redis, what: string): Promise<number> {
    return ((await client.call('SENTINEL', what, group)) as unknown[]).length
  }
  await until(async () => {
    for (const client of clients) {
      if ((await known(client, 'SENTINELS')) < counts.sentinels - 1) return false
      if ((await known(client, 'REPLICAS')) < counts.replicas) return false
    }
    return true
  })

  async function masterPort(): Promise<number> {
    const [, port] = (await (clients[0] as Redis).call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', group)) as [
      string,
      string,
    ]
    return Number(port)
  }
  const serverAt = (port: number) => servers.find((server) => server.port === port)

  return {
    group,
    ports,
    servers,
    masterPort,
    async failover() {
      const before = await masterPort()
      // A replica that is not known to be in step yet is not chosen; then Sentinel says so, and is asked again.
      await until(() =>
        (clients[0] as Redis).call('SENTINEL', 'FAILOVER', group).then(
          () => true,
          () => false,
        ),
      )
      await until(async () => {
        const now = await masterPort()
        if (now === before) return false
        const role = (await serverAt(now)?.client.call('ROLE')) as unknown[]
        return role[0] === 'master'
      })
      return masterPort()
    },
    freeze: (place, on = true) => void children[place]?.kill(on ? 'SIGSTOP' : 'SIGCONT'),
    async stop() {
      for (const client of clients) client.disconnect()
      for (const child of children) {
        if (child.exitCode !== null) continue
        const gone = once(child, 'exit')
        child.kill('SIGKILL')
        await gone
      }
      for (const server of servers) await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Asks again and again, for there is nothing that tells. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + patience.timeout
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('the Sentinels do not come to an agreement')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
