import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestConnection, type TestConnection } from '../../../test/connection.ts'
import { statusReached } from '../../../test/followed-connection.ts'
import { type OperationsStage, stageOperations } from '../../../test/operations-stage.ts'
import { startProxy, type TestProxy } from '../../../test/proxy.ts'
import { startCluster, type TestCluster } from '../../../test/servers/cluster.ts'
import { plainList } from '../../systems/plain-list/index.ts'

let cluster: TestCluster
let proxy: TestProxy
let connection: TestConnection
let stage: OperationsStage

beforeAll(async () => {
  cluster = await startCluster({ nodeTimeoutMs: 15_000 })
  proxy = await startProxy(cluster.masters[1].port)
  await cluster.announce(1, proxy.port)
  connection = await openTestConnection(cluster.profile, { ...cluster.profile, id: 'c' })
  // The proxy has to stand between before anything is tried.
  await statusReached(connection, ({ servers }) => servers.includes(`127.0.0.1:${proxy.port}`))
  stage = await stageOperations(() => connection)
})
afterAll(async () => {
  await stage.close()
  connection.close()
  await proxy.close()
  await cluster.stop()
})

describe('operations in a cluster', () => {
  it('keep what they remove beside the queue, and give it back byte for byte', async () => {
    const queue = { system: 'plain-list' as const, prefix: 'queue:', name: cluster.keyAt(2, 'mail') }
    const key = `queue:${queue.name}:dlq`
    const kept = Array.from({ length: 5 }, (_, i) => `{"id":"${i}","type":"t","n":9007199254740993}`)
    await cluster.client.rpush(key, ...kept)
    const { jobs } = await plainList.page(connection.reader, queue, 'dead', { offset: 0, limit: 10 })
    const refs = jobs.slice(0, 3).map(({ ref }) => ref)
    const { journalId, done } = await stage.operations.remove({ connectionId: 'c', queue, state: 'dead' }, refs)
    expect(done).toBe(3)
    expect(await cluster.masters[2].client.keys('sluice:trash:*')).not.toEqual([])
    await stage.operations.undo(journalId as string)
    expect(await cluster.client.lrange(key, 0, -1)).toEqual(kept)
  })

  it('ask again under their number when the answer of the master was lost, and do it once', async () => {
    const queue = { system: 'plain-list' as const, prefix: 'queue:', name: cluster.keyAt(1, 'mail') }
    const kept = Array.from({ length: 5 }, (_, i) => `{"id":"${i}","type":"t","error":"no"}`)
    await cluster.client.rpush(`queue:${queue.name}:dlq`, ...kept)
    const { jobs } = await plainList.page(connection.reader, queue, 'dead', { offset: 0, limit: 10 })
    const refs = jobs.map(({ ref }) => ref)
    proxy.loseReplyTo(/sluice:trash:[^\r]*:receipt/)
    const { done } = await stage.operations.retry({ connectionId: 'c', queue, state: 'dead' }, refs)
    expect(done).toBe(5)
    const waiting = await cluster.client.lrange(`queue:${queue.name}`, 0, -1)
    expect(waiting.map((text) => JSON.parse(text).id).toSorted()).toEqual(['0', '1', '2', '3', '4'])
    expect(await cluster.client.llen(`queue:${queue.name}:dlq`)).toBe(0)
  })

  it('refuse a queue in several slots with what would mend it, and change nothing', async () => {
    const queue = { system: 'plain-list' as const, prefix: 'queue:', name: 'email' }
    await cluster.client.rpush('queue:email:dlq', '{"id":"1","type":"t","error":"no"}')
    const { jobs } = await plainList.page(connection.reader, queue, 'dead', { offset: 0, limit: 10 })
    const refs = jobs.map(({ ref }) => ref)
    const target = { connectionId: 'c', queue, state: 'dead' }
    const entries = stage.journal.list(100).length
    for (const act of [() => stage.operations.retry(target, refs), () => stage.operations.remove(target, refs)]) {
      await expect(act()).rejects.toMatchObject({ code: 'CROSS_SLOT', message: expect.stringContaining('{email}') })
    }
    expect(await cluster.client.llen('queue:email:dlq')).toBe(1)
    expect(await cluster.client.exists('queue:email')).toBe(0)
    expect(stage.journal.list(100)).toHaveLength(entries)
    const bull = { system: 'bull' as const, prefix: 'bull', name: 'mail' }
    await expect(stage.operations.pause({ connectionId: 'c', queue: bull })).rejects.toMatchObject({
      code: 'CROSS_SLOT',
      message: expect.stringContaining('{bull}'),
    })
  })
})
