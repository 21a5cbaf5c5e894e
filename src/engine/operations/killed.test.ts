import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openTestConnection, type TestConnection } from '../../../test/connection.ts'
import { buildOperations, type OperationsProgram } from '../../../test/operations-process.ts'
import { atFullSpeed, planQuestion, stageOperations } from '../../../test/operations-stage.ts'
import { hashedPeers } from '../../../test/peers/hashed.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import type { OperationRun, PlanQuestion } from '../../domain/operation.ts'
import type { QueueRef } from '../../domain/queue.ts'
import { systemOf } from '../../systems/registry.ts'

/** How often each operation is killed; 50 for a proof: SLUICE_KILLS=50. */
const kills = Number(process.env.SLUICE_KILLS ?? 1)

const email: QueueRef = { system: 'plain-list', prefix: 'queue:', name: 'email' }
const other: QueueRef = { ...email, name: 'other' }
const jobCount = 600

let server: TestRedis
let program: OperationsProgram
let connection: TestConnection

beforeAll(async () => {
  server = await startRedis()
  program = await buildOperations()
  connection = await openTestConnection(server, { id: 'c' })
})
afterAll(async () => {
  connection?.close()
  program?.close()
  await server?.stop()
})
beforeEach(() => server.client.flushall())

const list = (key: string) => server.client.lrange(key, 0, -1)

async function refsOf(queue: QueueRef, state: string): Promise<string[]> {
  const refs: string[] = []
  for await (const { jobs } of systemOf(queue.system).scan(connection.reader, queue, state, {
    chunk: 500,
    payloads: true,
  }))
    refs.push(...jobs.map(({ ref }) => ref))
  return refs
}

/** Begins it, kills it at any moment (in a proof twice), and lets another start bring it to its end. */
async function throughKills(
  folder: string,
  task: { question: PlanQuestion } | { undo: string },
): Promise<OperationRun> {
  const base = { folder, url: server.url, how: atFullSpeed }
  await program.run({ ...base, ...task }, 10 + Math.random() * 250)
  if (kills > 1) await program.run(base, 150 + Math.random() * 400)
  const stage = await stageOperations(() => connection, folder)
  try {
    await Promise.all(stage.runs.unfinished().map((id) => stage.runs.ended(id)))
    const runs = stage.runs.list()
    const run = runs.toSorted((a, b) => a.startedAt - b.startedAt).at(-1)
    if (run === undefined) throw new Error('it was killed before it was begun')
    return run
  } finally {
    await stage.close(true)
  }
}

/** Until a kill comes after the beginning. */
async function untilBegun(question: PlanQuestion): Promise<{ folder: string; run: OperationRun }> {
  for (;;) {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-killed-'))
    const run = await throughKills(folder, { question }).catch(() => null)
    if (run !== null) return { folder, run }
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The same for the Undo of a run: a kill before it was written down has changed nothing. */
async function untilUndone(folder: string, id: string): Promise<OperationRun> {
  for (;;) {
    const run = await throughKills(folder, { undo: id })
    if (run.action === 'undo') return run
  }
}

const tell = ({ done, missing, refused, problem, status }: OperationRun) => ({
  done,
  missing,
  refused,
  problem,
  status,
})
const allDone = { done: jobCount, missing: 0, refused: 0, problem: null, status: 'ended' }

const operations: { name: string; ask(refs: string[]): Partial<PlanQuestion>; went: string | null; all?: true }[] = [
  { name: 'retry', ask: () => ({ action: 'retry' }), went: 'queue:email' },
  { name: 'retry of all', ask: () => ({ action: 'retry' }), went: 'queue:email', all: true },
  { name: 'remove', ask: () => ({ action: 'remove' }), went: null },
  { name: 'purge', ask: () => ({ action: 'remove' }), went: null, all: true },
  { name: 'move', ask: () => ({ action: 'move', to: other }), went: 'queue:other' },
  {
    name: 'edit',
    ask: () => ({ action: 'edit', change: { type: 'assign', text: 'data.n = data.n + 0' } }),
    went: 'queue:email',
  },
]

describe.each(operations)('a killed $name of dead letters', ({ ask, went, all }) => {
  it('does all of it once, and so does its killed undo', { timeout: 60_000 * kills }, async () => {
    for (let round = 0; round < kills; round++) {
      await server.client.flushall()
      const jobs = Array.from({ length: jobCount }, (_, i) => `{"id":${i},"data":{"n":${i}}}`)
      await server.client.rpush('queue:email:dlq', ...jobs)
      const place = { queue: email, state: 'dead' }
      const refs = await refsOf(email, 'dead')
      const { folder, run } = await untilBegun(
        planQuestion({
          connectionId: 'c',
          action: 'retry',
          selection: all ? { type: 'all', places: [place] } : { type: 'refs', places: [{ ...place, refs }] },
          ...ask(refs),
        }),
      )
      expect(tell(run)).toEqual(allDone)
      expect(await list('queue:email:dlq')).toEqual([])
      if (went !== null) expect((await list(went)).sort()).toEqual([...jobs].sort())
      expect(tell(await untilUndone(folder, run.id))).toEqual(allDone)
      expect(await list('queue:email:dlq')).toEqual(jobs)
      if (went !== null) expect(await list(went)).toEqual([])
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

const libraries = [hashedPeers[0], hashedPeers[2]].filter((peer) => peer !== undefined)
const hashedRuns = libraries.flatMap(({ title, open }) => [false, true].map((all) => ({ title, open, all })))

describe.each(hashedRuns)('a killed retry of failed jobs of $title (all: $all)', ({ open, all }) => {
  it('does all of it once, and so does its killed undo', { timeout: 60_000 * kills }, async () => {
    for (let round = 0; round < kills; round++) {
      await server.client.flushall()
      const peer = await open(server.port, 'mail')
      try {
        const ids: string[] = []
        for (let i = 0; i < 150; i++) ids.push(await peer.add('boom', { i }))
        await peer.work()
        for (const id of ids) await peer.ended(id)
        await peer.rest()
        const place = { queue: peer.queue, state: 'failed' }
        const refs = await refsOf(peer.queue, 'failed')
        const selection: PlanQuestion['selection'] = all
          ? { type: 'all', places: [place] }
          : { type: 'refs', places: [{ ...place, refs }] }
        const question = planQuestion({ connectionId: 'c', action: 'retry', selection })
        const { folder, run } = await untilBegun(question)
        expect(tell(run)).toEqual({ ...allDone, done: 150 })
        expect([await peer.count('failed'), await peer.count('waiting')]).toEqual([0, 150])
        expect(tell(await untilUndone(folder, run.id))).toEqual({ ...allDone, done: 150 })
        expect([await peer.count('failed'), await peer.count('waiting')]).toEqual([150, 0])
        rmSync(folder, { recursive: true, force: true })
      } finally {
        await peer.close()
      }
    }
  })
})
