import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  dlq,
  email,
  type OperationsBehindProxy,
  stageOperationsBehindProxy,
} from '../../../test/operations-behind-proxy.ts'
import { atFullSpeed, planQuestion } from '../../../test/operations-stage.ts'
import type { PlanQuestion } from '../../domain/operation.ts'
import type { Selection } from '../../domain/selection.ts'
import { systemOf } from '../../systems/registry.ts'

/** Every so many bytes of all that a run says and hears are tried; SLUICE_CUTS=1 tries all. */
const stride = Number(process.env.SLUICE_CUTS ?? 1499)

const place = { queue: email, state: 'dead' }
const jobs = Array.from({ length: 30 }, (_, i) => `{"id":${i},"data":{"n":${i}}}`)

let on: OperationsBehindProxy

beforeAll(async () => {
  on = await stageOperationsBehindProxy()
})
afterAll(() => on?.close())

async function each(): Promise<Selection> {
  const refs: string[] = []
  const request = { chunk: 50, payloads: true }
  for await (const step of systemOf('plain-list').scan(on.connection.reader, email, 'dead', request))
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
  await on.connectAgain()
  await on.server.client.flushall()
  await on.server.client.rpush(dlq, ...jobs)
  const question = planQuestion({ connectionId: 'c', action, selection: await selection() })
  const plan = await on.stage.operations.plan(question)
  on.proxy.cutAfter(direction, bytes)
  const { id } = await on.stage.operations.run({ ...atFullSpeed, planId: plan.id, typedCount: plan.count })
  expect(await on.stage.runs.ended(id)).toMatchObject({ done: jobs.length, missing: 0, refused: 0, problem: null })
  expect(await on.list(dlq)).toEqual([])
  if (went !== null) expect(await on.list(went)).toEqual(jobs)
  const isOver = !on.proxy.isCutToCome
  on.proxy.cutAfter(direction, Number.POSITIVE_INFINITY)
  return isOver
}

describe.each(runs)('a run that is cut within a $name', (run) => {
  it('at any byte of all it says and hears: each job is done once, in its order, and the report is true', {
    timeout: 90_000 + 4_000_000 / stride,
  }, async () => {
    for (const direction of ['reply', 'request'] as const) {
      let cuts = 0
      while (await cutAt(run, direction, cuts * stride)) cuts++
      expect(cuts).toBeGreaterThan(0)
    }
  })
})
