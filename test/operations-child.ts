import type { PlanQuestion, RunQuestion } from '../src/domain/operation.ts'
import { openTestConnection } from './connection.ts'
import { stageOperations } from './operations-stage.ts'

/** What the process is to do: begin an action or undo a run, then see all runs to their end. */
export interface ChildTask {
  readonly folder: string
  readonly url: string
  readonly question?: PlanQuestion
  readonly how?: Omit<RunQuestion, 'planId'>
  readonly undo?: string
}

/* A process with the operations of an engine, for tests that kill it. Tells the id of what it began, then "over". */
const task = JSON.parse(process.argv[2] ?? '') as ChildTask
const connection = await openTestConnection({ url: task.url }, { id: 'c' })
const { operations, runs } = await stageOperations(() => connection, task.folder)
let undone: Promise<unknown> = Promise.resolve()
if (task.question !== undefined && task.how !== undefined) {
  const plan = await operations.plan(task.question)
  process.stdout.write(`planned\n`)
  await operations.run({ ...task.how, planId: plan.id, typedCount: plan.count })
}
if (task.undo !== undefined) {
  process.stdout.write(`planned\n`)
  undone = operations.undo(task.undo)
}
await undone
await Promise.all(runs.unfinished().map((id) => runs.ended(id)))
process.stdout.write('over\n')
process.exit(0)
