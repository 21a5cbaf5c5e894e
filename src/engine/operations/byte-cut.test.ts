import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openTestConnection, type TestConnection } from '../../../test/connection.ts'
import { type OperationsStage, stageOperations } from '../../../test/operations-stage.ts'
import { startProxy, type TestProxy } from '../../../test/proxy.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { testWriter } from '../../../test/writer.ts'
import type { Outcome } from '../../domain/operation.ts'
import { systemOf } from '../../systems/registry.ts'

/** Every so many bytes of a request are tried; of a reply every byte. SLUICE_CUTS=1 tries all. */
const stride = Number(process.env.SLUICE_CUTS ?? 60)

const email = { system: 'plain-list' as const, prefix: 'queue:', name: 'email' }
const dead = { connectionId: 'c', queue: email, state: 'dead' }
const dlq = 'queue:email:dlq'
/** What no other request has: the receipt's key. */
const numbered = /sluice:trash:[\w-]+:receipt/

let server: TestRedis
let proxy: TestProxy
let connection: TestConnection
let stage: OperationsStage

beforeAll(async () => {
  server = await startRedis()
  proxy = await startProxy(server.port)
  connection = await openTestConnection({ url: `redis://127.0.0.1:${proxy.port}` }, { id: 'c' })
  stage = await stageOperations(() => connection)
})
afterAll(async () => {
  await stage?.close()
  connection?.close()
  await proxy?.close()
  await server?.stop()
})
beforeEach(() => server.client.flushall())

const jobs = ['{"id":1}', '{"id":2}', '{"id":3}']
const list = (key: string) => server.client.lrange(key, 0, -1)

async function refs(): Promise<string[]> {
  await server.client.del(dlq, 'queue:email', 'queue:other')
  await server.client.rpush(dlq, ...jobs)
  const page = await systemOf('plain-list').page(testWriter(server.client), email, 'dead', { offset: 0, limit: 10 })
  return page.jobs.map(({ ref }) => ref)
}

const acts: { name: string; act(refs: string[]): Promise<Outcome>; left: string[]; went: Record<string, string[]> }[] =
  [
    { name: 'retry', act: (of) => stage.operations.retry(dead, of), left: [], went: { 'queue:email': jobs } },
    { name: 'remove', act: (of) => stage.operations.remove(dead, of), left: [], went: {} },
    {
      name: 'move',
      act: (of) => stage.operations.move(dead, of, { ...email, name: 'other' }),
      left: [],
      went: { 'queue:other': jobs },
    },
  ]

describe.each(acts)('a connection that is cut within a $name', ({ act, left, went }) => {
  it('after any byte: it is done once, and the report is true', {
    timeout: 60_000 + 600_000 / stride,
  }, async () => {
    const tried = async () => {
      expect(await act(await refs())).toMatchObject({ done: 3, missing: 0, refused: [] })
      expect(await list(dlq)).toEqual(left)
      for (const [key, expected] of Object.entries(went)) expect((await list(key)).sort()).toEqual(expected)
    }
    await tried() // Redis knows the scripts from now on
    const measured = proxy.measure(numbered)
    await tried()
    const { request, reply } = await measured
    for (let at = 0; at < reply; at++) {
      proxy.cutWithin(numbered, 'reply', at)
      await tried()
    }
    for (let at = 0; at < request; at += stride) {
      proxy.cutWithin(numbered, 'request', at)
      await tried()
    }
    expect(proxy.pendingCuts).toBe(0)
    expect(reply).toBeGreaterThan(5)
  })
})
