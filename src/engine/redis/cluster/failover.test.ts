import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openTestConnection } from '../../../../test/connection.ts'
import { statusReached } from '../../../../test/followed-connection.ts'
import { eventually } from '../../../../test/pool.ts'
import { startProxy, type TestProxy } from '../../../../test/proxy.ts'
import { startCluster, type TestCluster } from '../../../../test/servers/cluster.ts'
import { asSluiceError } from '../../../domain/errors.ts'
import type { ConnectionStatus } from '../../../domain/profile.ts'
import type { Script } from '../../../systems/handles.ts'
import type { OpenConnection } from '../open-connection.ts'

/** The tests go on from one another: a cut, a planned failover, and at last a master that dies. */
let cluster: TestCluster
let connection: OpenConnection
let proxy: TestProxy | undefined

beforeAll(async () => {
  cluster = await startCluster({ nodeTimeoutMs: 800 })
  connection = await openTestConnection(cluster.profile, cluster.profile)
})
afterAll(async () => {
  connection.close()
  await proxy?.close()
  await cluster.stop()
})
afterEach(() => proxy?.heal())

const push: Script = { name: 'push', lua: "return redis.call('RPUSH', KEYS[1], ARGV[1])" }

const reaches = (wanted: (status: ConnectionStatus) => boolean) => statusReached(connection, wanted)

/** Writes numbers into a list, one after the other, until it is told to stop; remembers how each ended. */
function writeNumbers(key: string) {
  const ended = new Map<number, string>()
  let going = true
  const done = (async () => {
    for (let n = 0; going; n++) {
      const end = await connection
        .writer()
        .run(push, [key], [n])
        .then(
          () => 'done',
          (error: unknown) => asSluiceError(error).code,
        )
      ended.set(n, end)
      if (end !== 'done') await new Promise((resolve) => setTimeout(resolve, 20))
    }
  })()
  return {
    ended,
    count: (end: string) => [...ended.values()].filter((each) => each === end).length,
    async stop() {
      going = false
      await done
    },
  }
}

describe('a cluster in trouble', () => {
  it('does not know the outcome when the answer of one master is lost, and does nothing twice', async () => {
    proxy = await startProxy(cluster.masters[1].port)
    await cluster.announce(1, proxy.port)
    await connection.check()
    await reaches(({ servers }) => servers.length === 3 && servers.includes(`127.0.0.1:${proxy?.port}`))
    const [cut, well] = [cluster.keyAt(1, 'cut:'), cluster.keyAt(2, 'cut:')]
    expect(await connection.writer().run(push, [cut], ['first'])).toBe(1) // the script is known there from now on
    proxy.loseReplyTo(/lost/)
    await expect(connection.writer().run(push, [cut], ['lost'])).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' })
    proxy.loseReplyTo(/again/)
    const both = connection.writer().pipeline([
      ['RPUSH', cut, 'again'],
      ['RPUSH', well, 'again'],
    ])
    await expect(both).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' })
    await reaches(({ servers }) => servers.length === 3)
    expect(((await connection.reader.call('LRANGE', cut, 0, -1)) as Buffer[]).map(String)).toEqual([
      'first',
      'lost',
      'again',
    ])
    expect(await connection.reader.call('LLEN', well)).toBe(1)
  })

  it('reads the other masters while one is silent, and says which one is missing', async () => {
    const [silent, well] = [cluster.keyAt(1, 'silent:'), cluster.keyAt(2, 'silent:')]
    proxy?.cut()
    proxy?.blackHole()
    const status = await reaches(({ problem }) => problem !== null)
    expect(status).toMatchObject({ status: 'ready', code: 'REDIS_UNAVAILABLE' })
    expect(status.problem).toContain('2 of 3 masters answer')
    expect(status.problem).toContain(`127.0.0.1:${proxy?.port}`)
    const [gone, length] = await connection.reader.pipeline([
      ['LLEN', silent],
      ['LLEN', well],
    ])
    expect(gone).toMatchObject({ code: 'CONNECTION_LOST' })
    expect(length).toBe(0)
    await expect(connection.reader.call('LLEN', silent)).rejects.toMatchObject({ code: 'CONNECTION_LOST' })
    await expect(connection.writer().run(push, [silent], ['x'])).rejects.toMatchObject({ code: 'CONNECTION_LOST' })
    proxy?.heal()
    await connection.check()
    await reaches(({ problem, servers }) => problem === null && servers.length === 3)
    expect(await connection.writer().run(push, [silent], ['y'])).toBe(1)
  })

  it('follows a failover while it writes: nothing is lost, nothing is done twice', async () => {
    const key = cluster.keyAt(0, 'failover:')
    const writing = writeNumbers(key)
    await eventually('fifty are written', () => writing.count('done') > 50)
    await cluster.failover()
    const before = writing.count('done')
    await eventually('fifty more are written', () => writing.count('done') > before + 50)
    await writing.stop()
    const kept = (await cluster.replica.client.lrange(key, 0, -1)).map(Number)
    expect(new Set(kept).size).toBe(kept.length)
    const acknowledged = [...writing.ended].flatMap(([n, end]) => (end === 'done' ? [n] : []))
    expect(acknowledged.filter((n) => !kept.includes(n))).toEqual([])
    await reaches(({ servers }) => servers.includes(`127.0.0.1:${cluster.replica.port}`))
  })

  it('lives through the death of a master: reads and writes go to its replica, and nothing is done twice', async () => {
    // The replica of the last test is the master now, and the first master its replica.
    const key = cluster.keyAt(0, 'death:')
    const writing = writeNumbers(key)
    await eventually('fifty are written', () => writing.count('done') > 50)
    await cluster.replica.kill()
    const status = await reaches(({ problem }) => problem !== null)
    expect(status).toMatchObject({ status: 'ready' })
    expect(status.problem).toContain(`127.0.0.1:${cluster.replica.port}`)
    const before = writing.count('done')
    await eventually('fifty more are written', () => writing.count('done') > before + 50)
    await writing.stop()
    await reaches(
      ({ problem, servers }) => problem === null && servers.includes(`127.0.0.1:${cluster.masters[0].port}`),
    )
    const kept = ((await connection.reader.call('LRANGE', key, 0, -1)) as Buffer[]).map(Number)
    expect(new Set(kept).size).toBe(kept.length)
    // Whatever did not count as unknown either was not done or is there, as far as the replica had heard of it.
    const refused = [...writing.ended].flatMap(([n, end]) => (end === 'done' || end === 'OUTCOME_UNKNOWN' ? [] : [n]))
    expect(refused.filter((n) => kept.includes(n))).toEqual([])
  })
})
