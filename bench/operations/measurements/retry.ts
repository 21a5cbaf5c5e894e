import type { Selection } from '../../../src/domain/selection.ts'
import type { OpenConnection } from '../../../src/engine/redis/open-connection.ts'
import { plainList } from '../../../src/systems/plain-list/index.ts'
import type { WriteActions } from '../../../src/systems/system.ts'
import { freeRun } from '../../../test/free-run.ts'
import { atFullSpeed, type OperationsStage, planQuestion, stageOperations } from '../../../test/operations-stage.ts'
import type { Found } from '../../pool/measurement.ts'
import type { RetryMeasurement } from '../measurement.ts'
import { measured } from '../seed.ts'
import { cpuSince } from './cpu.ts'
import { open } from './open.ts'

const place = { queue: measured, state: 'dead' }

/** Jobs a second at which dead letters are retried, and what became of them. The plan is made before. */
export async function measureRetry(port: number, { by }: RetryMeasurement, warm: () => Promise<void>): Promise<Found> {
  const connection = await open(port)
  if (by === 'method') return byMethod(connection, warm)
  const stage = await stageOperations(() => connection)
  const selection = by === 'all' ? { type: 'all' as const, places: [place] } : await found(connection, stage)
  const question = planQuestion({ connectionId: connection.id, action: 'retry', selection })
  const plan = await stage.operations.plan(question)
  await warm()
  const [start, cpu] = [performance.now(), process.cpuUsage()]
  const { id } = await stage.operations.run({ ...atFullSpeed, planId: plan.id, typedCount: plan.count })
  const run = await stage.runs.ended(id)
  const [jobsPerSecond, cpuMs] = [(run.done / (performance.now() - start)) * 1000, cpuSince(cpu)]
  await stage.close()
  if (run.done !== plan.count) throw new Error(`${run.done} of ${plan.count} are done: ${JSON.stringify(run)}`)
  return { jobsPerSecond, cpuMs, done: run.done }
}

/** The system's own method with its trash, without a journal, receipts, and a run that could be resumed. */
async function byMethod(connection: OpenConnection, warm: () => Promise<void>): Promise<Found> {
  const { retryAll } = plainList.write as Required<WriteActions>
  const writer = connection.writer()
  await warm()
  const [start, cpu] = [performance.now(), process.cpuUsage()]
  const frozen = await plainList.freeze(connection.reader, measured, place.state)
  const trash = { key: 'sluice:trash:bench', ttlMs: 3_600_000 }
  const { done } = await retryAll(writer, measured, place.state, frozen, trash, 'keep', freeRun)
  return { jobsPerSecond: (done / (performance.now() - start)) * 1000, cpuMs: cpuSince(cpu), done }
}

/** All of them one by one, as a search that finds all of them does. */
async function found({ reader }: OpenConnection, stage: OperationsStage): Promise<Selection> {
  const set = await stage.newSet()
  for await (const { jobs } of plainList.scan(reader, measured, place.state, { chunk: 500, payloads: true })) {
    await set.add(
      place,
      jobs.map(({ ref }) => ref),
      jobs.reduce((sum, { bytes }) => sum + bytes, 0),
    )
  }
  return { type: 'search', searchId: set.id }
}
