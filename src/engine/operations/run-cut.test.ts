import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestConnection, type TestConnection } from '../../../test/connection.ts'
import { atFullSpeed, type OperationsStage, planQuestion, stageOperations } from '../../../test/operations-stage.ts'
import { startProxy, type TestProxy } from '../../../test/proxy.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import type { PlanQuestion } from '../../domain/operation.ts'
import type { Selection } from '../../domain/selection.ts'
import { systemOf } from '../../systems/registry.ts'

/** Every so many bytes of all that a run says and hears are tried; SLUICE_CUTS=1 tries all. */
const stride = Number(process.env.SLUICE_CUTS ?? 1499)

const email = { system: 'plain-list' as const, prefix: 'queue:', name: 'email' }
const place = { queue: email, state: 'dead' }
const dlq = 'queue:email:dlq'
const jobs = Array.from({ length: 30 }, (_, i) => `{"id":${i},"data":{"n":${i}}}`)

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

const list = (key: string) => server.client.lrange(key, 0, -1)

async function each(): Promise<Selection> {
  const refs: string[] = []
  for await (const step of systemOf('plain-list').scan(connection.reader, email, 'dead', { chunk: 50, payloads: true }))
    refs.push(...step.jobs.map(({ ref }) => ref))
  return { type: 'refs', places: [{ ...place, refs }] }
}
const all = async (): Promise<Selection> => ({ type: 'all', places: [place] })

const runs: { name: string; selection(): Promise<Selection>; action: PlanQuestion['action']; went: string | null }[] = [
  { name: 'retry', selection: each, action: 'retry', went: 'queue:email' },
  { name: 'retry of all', selection: all, action: 'retry', went: 'queue:email' },
  { name: 'remove', selection: each, action: 'remove', went: null },
  { name: 'purge', selection: all, action: 'remove', went: null },
]

/** Runs it with one cut after so many bytes; false when it had ended before. */
async function cutAt(
  { selection, action, went }: (typeof runs)[number],
  direction: 'request' | 'reply',
  bytes: number,
): Promise<boolean> {
  connection.close() // the cut before makes it hesitate
  connection = await openTestConnection({ url: `redis://127.0.0.1:${proxy.port}` }, { id: 'c' })
  await server.client.flushall()
  await server.client.rpush(dlq, ...jobs)
  const question = planQuestion({ connectionId: 'c', action, selection: await selection() })
  const plan = await stage.operations.plan(question)
  proxy.cutAfter(direction, bytes)
  const { id } = await stage.operations.run({ ...atFullSpeed, planId: plan.id, typedCount: plan.count })
  expect(await stage.runs.ended(id)).toMatchObject({ done: jobs.length, missing: 0, refused: 0, problem: null })
  expect(await list(dlq)).toEqual([])
  if (went !== null) expect(await list(went)).toEqual(jobs)
  const isOver = !proxy.isCutToCome
  proxy.cutAfter(direction, Number.POSITIVE_INFINITY)
  return isOver
}

describe.each(runs)('a run that is cut within a $name', (run) => {
  it('at any byte of all it says and hears: each job is done once, in its order, and the report is true', {
    timeout: 60_000 + 4_000_000 / stride,
  }, async () => {
    for (const direction of ['reply', 'request'] as const) {
      let cuts = 0
      while (await cutAt(run, direction, cuts * stride)) cuts++
      expect(cuts).toBeGreaterThan(0)
    }
  })
})
