import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openAsUser, openTestConnection, type TestConnection } from '../../../test/connection.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import type { QueueRef } from '../../domain/queue.ts'
import { writeCalls } from '../../systems/conformance/keyspace.ts'
import { plainList } from '../../systems/plain-list/index.ts'
import type { Hints, QueueSystem, SeenKey } from '../../systems/system.ts'
import { createDiscovery, discoverOnce } from './discover.ts'

let server: TestRedis
let connection: TestConnection

beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server?.stop())
beforeEach(async () => {
  await server.client.flushall()
  connection = await openTestConnection(server)
})
afterEach(() => connection.close())

const noHints: Hints = { queues: [], trackedPrefix: 'local_request:' }
const allKeys = { keys: Number.POSITIVE_INFINITY, ms: 60_000 }
const names = (queues: readonly QueueRef[]) => queues.map(({ name }) => name)
const sent = (name: string) => connection.reader.commands.filter(([command]) => command === name).length

/** Fills the database with keys that are no queues. */
async function fill(count: number): Promise<void> {
  const pipeline = server.client.pipeline()
  for (let i = 0; i < count; i++) pipeline.set(`cache:item-${i}`, '1')
  await pipeline.exec()
}

/** Plain lists, and what of the keyspace it was shown. */
function spyingSystem(changes: Partial<QueueSystem> = {}): QueueSystem & { shown: SeenKey[] } {
  const shown: SeenKey[] = []
  return {
    ...plainList,
    ...changes,
    shown,
    async detect(keys, hints, reader) {
      shown.splice(0, shown.length, ...keys)
      return plainList.detect(keys, hints, reader)
    },
  }
}

describe('discovery', () => {
  it('finds queues in a database full of other things, without KEYS and without a write', async () => {
    await fill(3000)
    await server.client.rpush('queue:email', '{}')
    await server.client.rpush('queue:sms:dlq', '{}')
    const before = await writeCalls(server.client)
    const found = await discoverOnce(connection.reader, [plainList], noHints, allKeys)
    expect(names(found.queues)).toEqual(['email', 'sms'])
    expect(found.partial).toBeNull()
    expect(await writeCalls(server.client)).toEqual(before)
    expect(sent('KEYS')).toBe(0)
    expect(connection.reader.trips).toBeLessThanOrEqual(5)
  })

  it('finds the same where the user may run no scripts', async () => {
    await fill(3000)
    await server.client.rpush('queue:email', '{}')
    const limited = await openAsUser(server, ['-@scripting'])
    const discovery = createDiscovery([plainList], () => noHints)
    let passes = 1
    while (!(await discovery.pass(limited.reader, { keys: 1000, ms: 60_000 }))) passes++
    expect(passes).toBeGreaterThan(1)
    expect(names(discovery.queues())).toEqual(['email'])
    expect(discovery.partial()).toBeNull()
    // A thousand keys a round trip here too, and what is refused is not asked for again.
    const { trips } = limited.reader
    expect(trips).toBeLessThanOrEqual(12)
    await discovery.pass(limited.reader, allKeys)
    expect(limited.reader.commands.filter(([name]) => name === 'EVAL')).toHaveLength(1)
    expect(limited.reader.trips - trips).toBeLessThanOrEqual(6)
    limited.close()
  })

  it('does not show the console’s own keys to any system', async () => {
    await server.client.rpush('sluice:trash:1', 'x')
    await server.client.rpush('queue:email', 'x')
    const system = spyingSystem()
    await discoverOnce(connection.reader, [system], noHints, allKeys)
    expect(system.shown).toEqual([{ key: 'queue:email', type: 'list' }])
  })

  it('forgets at once what no system wants, and what is named like a job where a system does not say', async () => {
    await server.client.rpush('queue:email', 'x')
    await server.client.hset('bull:csv:17', 'data', '{}')
    await server.client.hset('bull:csv:meta', 'x', '1')
    const silent = spyingSystem({ wants: undefined })
    await discoverOnce(connection.reader, [silent], noHints, allKeys)
    expect(silent.shown.map(({ key }) => key).sort()).toEqual(['bull:csv:meta', 'queue:email'])
    const choosy = spyingSystem({ wants: ({ type }) => type === 'list' })
    await discoverOnce(connection.reader, [choosy], noHints, allKeys)
    expect(choosy.shown.map(({ key }) => key)).toEqual(['queue:email'])
  })

  it('stops when its budget is spent, says how far it got, and goes on from there', async () => {
    await fill(5000)
    for (let i = 0; i < 20; i++) await server.client.rpush(`queue:q${i}`, 'x')
    const discovery = createDiscovery([plainList], () => noHints)
    expect(await discovery.pass(connection.reader, { keys: 1000, ms: 60_000 })).toBe(false)
    expect(discovery.partial()).toMatch(/^Looked at 1,\d{3} of about 5,020 keys so far: more queues may appear\.$/)
    let passes = 1
    while (!(await discovery.pass(connection.reader, { keys: 1000, ms: 60_000 }))) passes++
    expect(passes).toBeGreaterThan(3)
    expect(discovery.queues()).toHaveLength(20)
    expect(discovery.partial()).toBeNull()
    // A second sweep that has only begun takes nothing away.
    await discovery.pass(connection.reader, { keys: 1000, ms: 60_000 })
    expect(discovery.queues()).toHaveLength(20)
    expect(discovery.partial()).toBeNull()
  })

  it('sees queues that come, and keeps those whose keys are gone, because an empty queue has none', async () => {
    await server.client.rpush('queue:email', 'x')
    const discovery = createDiscovery([plainList], () => noHints)
    await discovery.pass(connection.reader, allKeys)
    await server.client.del('queue:email')
    await server.client.rpush('queue:sms', 'x')
    await discovery.pass(connection.reader, allKeys)
    expect(names(discovery.queues())).toEqual(['email', 'sms'])
  })

  it('remembers queues from run to run, and forgets them a week after they were last there', async () => {
    let now = 1_800_000_000_000
    await server.client.rpush('queue:email', 'x')
    const first = createDiscovery(
      [plainList],
      () => noHints,
      [],
      () => now,
    )
    await first.pass(connection.reader, allKeys)
    await server.client.flushall()
    now += 6 * 24 * 3_600_000
    const second = createDiscovery(
      [plainList],
      () => noHints,
      first.remembered(),
      () => now,
    )
    await second.pass(connection.reader, allKeys)
    expect(names(second.queues())).toEqual(['email'])
    now += 2 * 24 * 3_600_000
    await second.pass(connection.reader, allKeys)
    expect(second.queues()).toEqual([])
    expect(second.remembered()).toEqual([])
  })

  it('adds what a person named by hand, for as long as it is named', async () => {
    const named: Hints = { ...noHints, queues: [{ system: 'plain-list', prefix: 'jobs/', name: 'nightly' }] }
    let hints = named
    const discovery = createDiscovery([plainList], () => hints)
    expect(names(discovery.queues())).toEqual(['nightly'])
    await discovery.pass(connection.reader, allKeys)
    expect(names(discovery.queues())).toEqual(['nightly'])
    hints = noHints
    await discovery.pass(connection.reader, allKeys)
    expect(discovery.queues()).toEqual([])
  })

  it('works with what is named where the user may not SCAN, and says so', async () => {
    await server.client.rpush('queue:email', 'x')
    const limited = await openAsUser(server, ['-scan', '-dbsize'])
    const hints: Hints = { ...noHints, queues: [{ system: 'plain-list', prefix: 'queue:', name: 'sms' }] }
    const found = await discoverOnce(limited.reader, [plainList], hints, allKeys)
    limited.close()
    expect(names(found.queues)).toEqual(['sms'])
    expect(found.partial).toMatch(/may not run SCAN/)
  })

  it('says that there are keys which the user may not read', async () => {
    await server.client.rpush('queue:email', 'x')
    await server.client.rpush('secret:queue:a', 'x')
    for (const rules of [[], ['-@scripting']]) {
      const limited = await openAsUser(server, ['resetkeys', '~queue:*', ...rules])
      const found = await discoverOnce(limited.reader, [plainList], noHints, allKeys)
      limited.close()
      expect(names(found.queues)).toEqual(['email'])
      expect(found.partial).toMatch(/may not read 1 of the keys/)
    }
  })

  it('says that there are lists with names that are not text', async () => {
    await server.client.rpush(Buffer.from([0x71, 0x3a, 0xff, 0xfe]), 'x')
    const found = await discoverOnce(connection.reader, [spyingSystem({ wants: undefined })], noHints, allKeys)
    expect(found.partial).toMatch(/^1 key has a name of bytes that are no text/)
  })

  it('goes on without a system that fails, and names it', async () => {
    await server.client.rpush('queue:email', 'x')
    const broken: QueueSystem = {
      ...plainList,
      id: 'laravel',
      label: 'Laravel',
      async detect() {
        throw new Error('a reply that nobody expected')
      },
    }
    const found = await discoverOnce(connection.reader, [plainList, broken], noHints, allKeys)
    expect(names(found.queues)).toEqual(['email'])
    expect(found.partial).toBe('Laravel queues could not be looked for: a reply that nobody expected')
  })

  it('takes up a sweep again after Redis was away', async () => {
    const other = await startRedis('--appendonly', 'yes')
    await other.client.rpush('queue:email', 'x')
    const cut = await openTestConnection(other)
    const discovery = createDiscovery([plainList], () => noHints)
    await other.kill()
    await expect(discovery.pass(cut.reader, allKeys)).rejects.toMatchObject({ code: 'CONNECTION_LOST' })
    expect(discovery.queues()).toEqual([])
    const ready = new Promise<void>((resolve) => {
      cut.onStatus(({ status }) => status === 'ready' && resolve())
    })
    await other.start()
    await ready
    expect(await discovery.pass(cut.reader, allKeys)).toBe(true)
    expect(names(discovery.queues())).toEqual(['email'])
    cut.close()
    await other.stop()
  })
})
