import { once } from 'node:events'
import { connect } from 'node:net'
import Bull from 'bull'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { freePort, startRedis } from '../../../../test/redis.ts'
import { startCluster, type TestCluster } from '../../../../test/servers/cluster.ts'
import { tunnelLike } from '../../../../test/servers/tunnel-like.ts'
import { type Endpoint, type Profile, usualProfile } from '../../../domain/profile.ts'
import type { DialOptions } from '../../ssh/ssh-tunnels.ts'
import type { TunnelStream } from '../../ssh/tunnel-stream.ts'
import type { Target } from '../client-options.ts'
import { libraryOptions } from '../library-options.ts'
import { type Reach, reachOf } from './reach.ts'

const host = '127.0.0.1'
let cluster: TestCluster
let dialled: number[] = []
const reaches: Reach[] = []

beforeAll(async () => {
  cluster = await startCluster()
})
afterEach(() => {
  dialled = []
  for (const reach of reaches.splice(0)) reach.close()
})
afterAll(() => cluster.stop())

async function dial({ to }: Pick<DialOptions, 'to'>): Promise<TunnelStream> {
  dialled.push(to.port)
  const socket = connect(to)
  await once(socket, 'connect')
  return tunnelLike(socket) as TunnelStream
}

function reach(ports: readonly number[], changes: Partial<Profile> = {}): Reach {
  const [first = 0, ...others] = ports
  const made = reachOf({
    profile: {
      ...usualProfile,
      id: 'p',
      url: `redis://${host}:${first}`,
      topology: { kind: 'cluster', others: others.map((port): Endpoint => ({ host, port })) },
      ...changes,
    },
    secret: async () => null,
    ssh: { dial },
  })
  reaches.push(made)
  return made
}

const portOf = ({ address }: Target) => (address.transport === 'unix' ? 0 : address.port)

describe('the way into a cluster', () => {
  it('leads to the first node that answers', async () => {
    const [one, two] = cluster.masters
    expect(portOf(await reach([one.port, two.port]).target())).toBe(one.port)
    expect(portOf(await reach([await freePort(), two.port]).target())).toBe(two.port)
  })

  it.each([0, 1, 2])('leads to the master that has a key: %s', async (place) => {
    const target = await reach([cluster.masters[0].port]).target(cluster.keyAt(place))
    expect(portOf(target)).toBe(cluster.masters[place]?.port)
  })

  it('goes through SSH to every node', async () => {
    const ssh = { host, port: 22, username: 'u', login: 'agent' as const, keyFile: '', jump: null }
    const made = reach([cluster.masters[0].port], { ssh })
    const target = await made.target(cluster.keyAt(2))
    await target.dial?.({ host, port: portOf(target) }, new AbortController().signal)
    expect(dialled).toEqual([cluster.masters[0].port, cluster.masters[2].port])
  })

  it('says what each node said when none answers', async () => {
    const [one, two] = [await freePort(), await freePort()]
    await expect(reach([one, two]).target()).rejects.toMatchObject({
      code: 'CONNECTION_REFUSED',
      message: expect.stringMatching(`${host}:${one}: .*${host}:${two}: `),
    })
  })

  it('tells what all nodes would say, and asks no other', async () => {
    const guarded = await startRedis('--requirepass', 'canary')
    const asked = await startRedis()
    try {
      const refused = reach([guarded.port, asked.port]).target()
      await expect(refused).rejects.toMatchObject({ code: 'AUTH_FAILED', remedy: { secret: 'password' } })
      expect(await asked.client.info('stats')).toContain('total_connections_received:1\r\n')
    } finally {
      await guarded.stop()
      await asked.stop()
    }
  })

  it('has no other databases', () => {
    expect(() => reach([], { url: 'redis://h/3' })).toThrow('only the database 0')
  })
})

describe('a library in a cluster', () => {
  it('goes to the master of its queue, and follows when the slot moves', async () => {
    const prefix = tagAt(0)
    const key = `${prefix}:q:id`
    const made = reach([cluster.masters[1].port])
    const options = await libraryOptions({ target: () => made.target(key), name: 'pool', wanted: () => true, key })
    const queue = new Bull('q', { redis: options, prefix })
    queue.on('error', () => {})
    try {
      await queue.add({ at: 'before' })
      await cluster.reshard(key, 2)
      await queue.add({ at: 'after' })
      expect(await cluster.masters[2].client.get(key)).toBe('2')
    } finally {
      await queue.close(true)
    }
  })
})

/** A hash tag whose slot a master has. */
function tagAt(master: number): string {
  for (let at = 0; ; at++) if (cluster.masterOf(`{t${at}}`) === master) return `{t${at}}`
}
