import { Cluster } from 'ioredis'
import type { Topology } from '../../src/domain/profile.ts'
import { slotCount, slotOf } from '../../src/engine/redis/cluster/slot.ts'
import { patience } from '../patience.ts'
import { freePort, startRedis, type TestRedis } from '../redis.ts'

/** A Redis Cluster on loopback: three masters, and one replica of the first. */
export interface TestCluster {
  readonly masters: readonly [TestRedis, TestRedis, TestRedis]
  /** Of the first master; when that is killed it takes over within a few seconds. */
  readonly replica: TestRedis
  /** What a profile needs to reach it: its first two masters. */
  readonly profile: { readonly url: string; readonly topology: Topology }
  /** A client of the whole cluster for arranging and checking; closed by `stop`. */
  readonly client: Cluster
  /** A key that the master with this index has: `q:{12}`, say, or `prefix` with a hash tag behind it. */
  keyAt(master: number, prefix?: string): string
  /** Which master had the slot of this key when the cluster was made. */
  masterOf(key: string): number
  /** Begins to move the slot of a key to another master: from now on the old one says ASK for what it does not hold. */
  migrate(key: string, to: number): Promise<Migration>
  /** Moves the slot of a key with all it holds; whoever asks the old master hears MOVED. */
  reshard(key: string, to: number): Promise<void>
  /** Lets the replica take over from the first master, which becomes its replica. */
  failover(): Promise<void>
  /** Lets a master announce another port, that of a proxy before it, and waits until all masters know. */
  announce(master: 0 | 1 | 2, port: number): Promise<void>
  stop(): Promise<void>
}

export interface Migration {
  /** Moves keys of the slot; without names all of them. */
  move(...keys: string[]): Promise<void>
  /** Tells all masters who has the slot now. */
  end(): Promise<void>
}

/** Starts a cluster; takes two to four seconds. `nodeTimeoutMs`: after how long a silent master counts as gone. */
export async function startCluster({ nodeTimeoutMs = 1500, args = [] as string[] } = {}): Promise<TestCluster> {
  const start = async () => {
    const busPort = await freePort()
    const server = await startRedis(
      ...['--cluster-enabled', 'yes', '--cluster-port', String(busPort)],
      ...['--cluster-node-timeout', String(nodeTimeoutMs), '--repl-diskless-sync-delay', '0', ...args],
    )
    return { ...server, busPort, id: String(await server.client.call('CLUSTER', 'MYID')) }
  }
  const nodes = await Promise.all([start(), start(), start(), start()])
  const [a, b, c, replica] = nodes as [Node, Node, Node, Node]
  const masters = [a, b, c] as const

  const share = Math.ceil(slotCount / masters.length)
  const rangeOf = (i: number) => [i * share, Math.min((i + 1) * share, slotCount) - 1] as const
  await Promise.all(
    nodes.map(async ({ client }, i) => {
      await client.call('CLUSTER', 'SET-CONFIG-EPOCH', i + 1)
      if (i < masters.length) await client.call('CLUSTER', 'ADDSLOTSRANGE', ...rangeOf(i))
    }),
  )
  for (const node of nodes.slice(1)) {
    await a.client.call('CLUSTER', 'MEET', '127.0.0.1', node.port, node.busPort)
  }
  await eventually('every node knows every other', async () => {
    const known = await Promise.all(nodes.map(({ client }) => client.call('CLUSTER', 'NODES').then(String)))
    return known.every((text) => nodes.every(({ id }) => text.includes(id)) && !/handshake/.test(text))
  })
  await replica.client.call('CLUSTER', 'REPLICATE', a.id)
  await eventually('the cluster is well', async () => {
    const infos = await Promise.all(nodes.map(({ client }) => client.call('CLUSTER', 'INFO').then(String)))
    const slots = await Promise.all(masters.map(({ client }) => client.call('CLUSTER', 'NODES').then(String)))
    const isSlave = slots.every((text) =>
      text.split('\n').some((line) => line.startsWith(replica.id) && /slave/.test(line)),
    )
    const link = String(await replica.client.info('replication'))
    return infos.every((info) => info.includes('cluster_state:ok')) && isSlave && link.includes('master_link_status:up')
  })

  const client = new Cluster(
    masters.map(({ port }) => ({ host: '127.0.0.1', port })),
    {
      redisOptions: { protocol: 2 },
      clusterRetryStrategy: () => 100,
      retryDelayOnFailover: 50,
      retryDelayOnClusterDown: 50,
    },
  )
  client.on('error', () => {}) // tests stop nodes on purpose

  const masterOf = (key: string) => Math.floor(slotOf(key) / share)
  /** Who has a slot now. */
  const ownerOf = async (slot: number): Promise<Node> => {
    const alive = nodes.find(({ client }) => client.status === 'ready')
    const reply = (await alive?.client.call('CLUSTER', 'SLOTS')) as [number, number, [Buffer | string, number]][]
    const range = reply.find(([first, last]) => slot >= first && slot <= last)
    return nodes.find(({ port }) => port === range?.[2][1]) as Node
  }

  async function migrate(key: string, to: number): Promise<Migration> {
    const slot = slotOf(key)
    const from = await ownerOf(slot)
    const target = masters[to] as Node
    await target.client.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from.id)
    await from.client.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', target.id)
    return {
      async move(...keys) {
        const all =
          keys.length > 0 ? keys : ((await from.client.call('CLUSTER', 'GETKEYSINSLOT', slot, 10_000)) as string[])
        if (all.length > 0) await from.client.call('MIGRATE', '127.0.0.1', target.port, '', 0, 5000, 'KEYS', ...all)
      },
      async end() {
        await target.client.call('CLUSTER', 'SETSLOT', slot, 'NODE', target.id)
        for (const node of masters) {
          if (node !== target) await node.client.call('CLUSTER', 'SETSLOT', slot, 'NODE', target.id).catch(() => {})
        }
      },
    }
  }

  return {
    masters,
    replica,
    client,
    profile: {
      url: `redis://127.0.0.1:${a.port}`,
      topology: { kind: 'cluster', others: [{ host: '127.0.0.1', port: b.port }] },
    },
    keyAt(master, prefix = 'q:') {
      let n = 0
      while (masterOf(`{${n}}`) !== master) n++
      return `${prefix}{${n}}`
    },
    masterOf,
    migrate,
    async reshard(key, to) {
      const migration = await migrate(key, to)
      await migration.move()
      await migration.end()
    },
    async failover() {
      await replica.client.call('CLUSTER', 'FAILOVER')
      await eventually('the replica is the master', async () =>
        String(await replica.client.info('replication')).includes('role:master'),
      )
    },
    async announce(master, port) {
      await masters[master].client.config('SET', 'cluster-announce-port', port)
      await eventually('all masters know the port', async () => {
        const views = await Promise.all(masters.map(({ client }) => client.call('CLUSTER', 'NODES').then(String)))
        return views.every((view) => view.includes(`:${port}@`))
      })
    },
    async stop() {
      client.disconnect()
      await Promise.all(nodes.map((node) => node.stop()))
    },
  }
}

type Node = TestRedis & { readonly busPort: number; readonly id: string }

async function eventually(what: string, check: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + patience.timeout
  while (!(await check().catch(() => false))) {
    if (Date.now() > end) throw new Error(`never came about: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
