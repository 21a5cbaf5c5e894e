import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  dlq,
  email,
  type OperationsBehindProxy,
  stageOperationsBehindProxy,
} from '../../../test/operations-behind-proxy.ts'
import { testWriter } from '../../../test/writer.ts'
import type { Outcome } from '../../domain/operation.ts'
import { systemOf } from '../../systems/registry.ts'

/** Every so many bytes of a request are tried; of a reply every byte. SLUICE_CUTS=1 tries all. */
const stride = Number(process.env.SLUICE_CUTS ?? 60)

const dead = { connectionId: 'c', queue: email, state: 'dead' }
/** What no other request has: the receipt's key. */
const numbered = /sluice:trash:[\w-]+:receipt/

let on: OperationsBehindProxy

beforeAll(async () => {
  on = await stageOperationsBehindProxy()
})
afterAll(() => on?.close())
beforeEach(() => on.server.client.flushall())

const jobs = ['{"id":1}', '{"id":2}', '{"id":3}']

async function refs(): Promise<string[]> {
  await on.server.client.del(dlq, 'queue:email', 'queue:other')
  await on.server.client.rpush(dlq, ...jobs)
  const page = await systemOf('plain-list').page(testWriter(on.server.client), email, 'dead', { offset: 0, limit: 10 })
  return page.jobs.map(({ ref }) => ref)
}

const acts: { name: string; act(refs: string[]): Promise<Outcome>; left: string[]; went: Record<string, string[]> }[] =
  [
    { name: 'retry', act: (of) => on.stage.operations.retry(dead, of), left: [], went: { 'queue:email': jobs } },
    { name: 'remove', act: (of) => on.stage.operations.remove(dead, of), left: [], went: {} },
    {
      name: 'move',
      act: (of) => on.stage.operations.move(dead, of, { ...email, name: 'other' }),
      left: [],
      went: { 'queue:other': jobs },
    },
  ]

describe.each(acts)('a connection that is cut within a $name', ({ act, left, went }) => {
  it('after any byte: it is done once, and the report is true', {
    timeout: 90_000 + 600_000 / stride,
  }, async () => {
    const tried = async () => {
      expect(await act(await refs())).toMatchObject({ done: 3, missing: 0, refused: [] })
      expect(await on.list(dlq)).toEqual(left)
      for (const [key, expected] of Object.entries(went)) expect((await on.list(key)).sort()).toEqual(expected)
    }
    await tried() // Redis knows the scripts from now on
    const measured = on.proxy.measure(numbered)
    await tried()
    const { request, reply } = await measured
    for (let at = 0; at < reply; at++) {
      on.proxy.cutWithin(numbered, 'reply', at)
      await tried()
    }
    for (let at = 0; at < request; at += stride) {
      on.proxy.cutWithin(numbered, 'request', at)
      await tried()
    }
    expect(on.proxy.pendingCuts).toBe(0)
    expect(reply).toBeGreaterThan(5)
  })
})
