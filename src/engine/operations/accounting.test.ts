import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  dlq,
  email,
  type OperationsBehindProxy,
  stageOperationsBehindProxy,
} from '../../../test/operations-behind-proxy.ts'
import { atFullSpeed, planQuestion } from '../../../test/operations-stage.ts'
import { testWriter } from '../../../test/writer.ts'
import type { OperationRun, PlanQuestion } from '../../domain/operation.ts'
import { systemOf } from '../../systems/registry.ts'

/** Random worlds that are tried; more for a proof: SLUICE_WORLDS=500. */
const worlds = Number(process.env.SLUICE_WORLDS ?? 15)

const other = { ...email, name: 'other' }
const place = { queue: email, state: 'dead' }
const change = { type: 'assign' as const, text: 'edited = true' }

let on: OperationsBehindProxy

beforeAll(async () => {
  on = await stageOperationsBehindProxy()
})
afterAll(() => on?.close())

const idOf = (job: string) => String((JSON.parse(job) as { id: string }).id)

type Action = 'retry' | 'retry all' | 'remove' | 'purge' | 'move' | 'edit'

/** What others do while it runs, after so many ms. */
type Meanwhile = { readonly at: number; readonly what: 'arrive' | 'take' | 'work' | 'cut' | 'restart' }

interface World {
  readonly jobs: number
  /** Which of the jobs are selected, where not all are. */
  readonly every: number
  readonly action: Action
  readonly meanwhile: readonly Meanwhile[]
}

const world: fc.Arbitrary<World> = fc.record({
  jobs: fc.integer({ min: 1, max: 260 }),
  every: fc.integer({ min: 1, max: 3 }),
  action: fc.constantFrom<Action>('retry', 'retry all', 'remove', 'purge', 'move', 'edit'),
  meanwhile: fc.array(
    fc.record({
      at: fc.integer({ min: 0, max: 120 }),
      what: fc.constantFrom<Meanwhile['what']>('arrive', 'take', 'work', 'cut', 'restart'),
    }),
    { maxLength: 8 },
  ),
})

/** What others did, by the ids of jobs. */
interface Deeds {
  readonly arrived: string[]
  readonly taken: Set<string>
  readonly worked: Set<string>
}

const questionOf = (action: Action, refs: string[]): PlanQuestion => {
  const all = action === 'retry all' || action === 'purge'
  return planQuestion({
    connectionId: 'c',
    action: action === 'retry all' ? 'retry' : action === 'purge' ? 'remove' : action,
    selection: all ? { type: 'all', places: [place] } : { type: 'refs', places: [{ ...place, refs }] },
    ...(action === 'move' && { to: other }),
    ...(action === 'edit' && { change }),
  })
}

/** One of the others; each thing that is done is done at once, by commands of its own. */
async function interfere({ what }: Meanwhile, deeds: Deeds): Promise<void> {
  const { client } = on.server
  if (what === 'cut') on.proxy.cut()
  if (what === 'restart') await on.startAgain()
  if (what === 'arrive') {
    const job = JSON.stringify({ id: `new ${deeds.arrived.length}`, data: {} })
    deeds.arrived.push(job)
    await client.rpush(dlq, job)
  }
  if (what === 'take') {
    const job = await client.lpop(dlq) // somebody else removed a dead letter by hand
    if (job !== null) deeds.taken.add(idOf(job))
  }
  if (what === 'work') {
    for (const key of ['queue:email', 'queue:other']) {
      const job = await client.lpop(key)
      if (job !== null) deeds.worked.add(idOf(job))
    }
  }
}

/** The run as it ended, under this start of the app or one before. */
async function ended(id: string): Promise<OperationRun> {
  const { runs } = on.stage
  return runs.list().find((one) => one.id === id && one.endedAt !== null) ?? runs.ended(id)
}

async function accounted({ jobs: count, every, action, meanwhile }: World): Promise<void> {
  await on.server.client.flushall()
  await on.connectAgain()
  const jobs = Array.from({ length: count }, (_, i) => JSON.stringify({ id: `job ${i}`, data: { i } }))
  await on.server.client.rpush(dlq, ...jobs)
  const byId = new Map<string, string>()
  const request = { chunk: 500, payloads: true }
  for await (const step of systemOf('plain-list').scan(testWriter(on.server.client), email, 'dead', request)) {
    for (const job of step.jobs) byId.set(idOf(job.payload().toString()), job.ref)
  }
  const all = action === 'retry all' || action === 'purge'
  const selected = jobs.filter((_, i) => all || i % every === 0)
  const plan = await on.stage.operations.plan(
    questionOf(
      action,
      selected.map((job) => byId.get(idOf(job)) ?? ''),
    ),
  )
  const deeds: Deeds = { arrived: [], taken: new Set(), worked: new Set() }
  const { id } = await on.stage.operations.run({ ...atFullSpeed, planId: plan.id, typedCount: plan.count, pace: 2000 })
  let at = 0
  for (const one of meanwhile.toSorted((a, b) => a.at - b.at)) {
    // A random pause is the point: the others come at any moment of the run, and wait for no event of it.
    await new Promise((resolve) => setTimeout(resolve, one.at - at))
    at = one.at
    await interfere(one, deeds)
  }
  const run = await ended(id)
  expect(run.problem).toBeNull()
  expect(run.done + run.missing + run.refused).toBe(selected.length)

  const dead = await on.list(dlq)
  const target = action === 'move' ? 'queue:other' : 'queue:email'
  const went = (await on.list(target)).map(idOf)
  const ids = selected.map(idOf)
  const unselected = jobs.filter((job) => !ids.includes(idOf(job)) && !deeds.taken.has(idOf(job)))
  // What was not meant is untouched, in its order.
  expect(dead.filter((job) => !ids.includes(idOf(job)))).toEqual([
    ...unselected,
    ...deeds.arrived.filter((job) => !deeds.taken.has(idOf(job))),
  ])
  // What was meant is nowhere twice, and what was done is where it went.
  expect(new Set(went).size).toBe(went.length)
  if (action !== 'remove' && action !== 'purge') {
    expect(went.length + [...deeds.worked].filter((one) => ids.includes(one)).length).toBe(run.done)
  }
  expect(dead.filter((job) => ids.includes(idOf(job)))).toHaveLength(run.refused)

  if (run.done === 0) return
  await expect.poll(() => on.connection.status().status).toBe('ready') // after a cut
  await on.stage.operations.undo(id)
  const [undo] = on.stage.runs.list().filter((one) => one.startedAt >= (run.endedAt ?? 0) && one.action === 'undo')
  const undone = await ended(undo?.id ?? '') // its answer comes early when Redis is away for long
  expect(undone.done).toBe(run.done - deeds.worked.size)
  const gone = new Set([...deeds.taken, ...deeds.worked])
  const back = jobs.filter((job) => !gone.has(idOf(job)))
  const after = await on.list(dlq)
  const returned = after.filter((job) => jobs.includes(job))
  // Where somebody took dead letters by hand meanwhile, places are near, and the bytes the same.
  expect(deeds.taken.size === 0 ? returned : returned.toSorted()).toEqual(
    deeds.taken.size === 0 ? back : back.toSorted(),
  )
  expect(await on.list(target)).toEqual([])
}

describe('every operation, among producers, workers, cuts and restarts', () => {
  it('accounts for each job once, leaves the others alone, and can be undone', {
    timeout: 90_000 + worlds * 5000,
  }, async () => {
    // Shrinking would take long, and says little where time decides.
    await fc.assert(fc.asyncProperty(world, accounted), { numRuns: worlds, endOnFailure: true })
  })
})
