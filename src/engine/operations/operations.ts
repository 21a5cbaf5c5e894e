import { asSluiceError, SluiceError } from '../../domain/errors.ts'
import type { AttemptsChoice, NewJob } from '../../domain/job.ts'
import { isJson } from '../../domain/json-text.ts'
import type { OperationRun, Outcome, Plan, PlanQuestion, RunQuestion } from '../../domain/operation.ts'
import type { Action, QueueRef } from '../../domain/queue.ts'
import type { ScheduleChange } from '../../domain/schedule.ts'
import type { Writer } from '../../systems/handles.ts'
import { capability, systemOf } from '../../systems/registry.ts'
import type { StepOutcome, TrashSlot, WorkerCommand, WriteActions } from '../../systems/system.ts'
import type { Journal } from '../journal/journal.ts'
import { type Begun, trashTtlOf } from '../journal/journal-line.ts'
import type { Connection } from '../redis/connection.ts'
import { demandOneSlot } from '../slot-of-queue.ts'
import type { Trash } from '../trash/trash.ts'
import type { BulkRuns } from './bulk-runs.ts'
import { countOf } from './count-of.ts'
import { movable } from './jobs-spec.ts'
import { newTrashKey } from './new-trash.ts'
import { numberedWriter } from './numbered-writer.ts'
import type { Plans } from './plans.ts'
import { createUndo } from './undo.ts'

/** Which jobs an operator means: a state of a queue of an open connection. */
export interface Target {
  readonly connectionId: string
  readonly queue: QueueRef
  readonly state: string
}

type QueueTarget = Omit<Target, 'state'>

/** What a step gets: the methods of the system, and what they need. */
interface Tools {
  readonly write: Required<WriteActions>
  readonly writer: Writer
  readonly trash: TrashSlot
}

/** Every change an operator may make, guarded and written down. All throw READ_ONLY where the connection may not write. */
export interface Operations {
  retry(target: Target, refs: readonly string[], attempts?: AttemptsChoice): Promise<Outcome>
  editAndRetry(target: Target, ref: string, payload: string): Promise<Outcome>
  remove(target: Target, refs: readonly string[]): Promise<Outcome>
  move(target: Target, refs: readonly string[], to: QueueRef): Promise<Outcome>
  add(target: QueueTarget, job: NewJob): Promise<Outcome>
  promote(target: Target, refs: readonly string[]): Promise<Outcome>
  reschedule(target: Target, refs: readonly string[], at: number): Promise<Outcome>
  duplicate(target: Target, refs: readonly string[]): Promise<Outcome>
  log(target: Target, ref: string, line: string): Promise<Outcome>
  pause(target: QueueTarget): Promise<Outcome>
  resume(target: QueueTarget): Promise<Outcome>
  saveSchedule(target: QueueTarget, change: ScheduleChange): Promise<Outcome>
  removeSchedule(target: QueueTarget, id: string): Promise<Outcome>
  runSchedule(target: QueueTarget, id: string): Promise<Outcome>
  tellWorker(target: QueueTarget, worker: string, command: WorkerCommand): Promise<Outcome>
  /** Says what an action over many jobs would do, and freezes which jobs those are; see plans.ts. */
  plan(question: PlanQuestion): Promise<Plan>
  /** Does what a plan says, in the background. */
  run(question: RunQuestion): Promise<OperationRun>
  /**
   * Undoes a journal entry, or all entries of a run, newest first, in a run of its own. Tells what was put back when that
   * was quick, else how far it is. Throws NOT_FOUND; UNSUPPORTED with the reason; CHANGED while it works or is undone.
   */
  undo(id: string): Promise<Outcome>
  /** The actions over many jobs that run, and those that ended. */
  readonly runs: BulkRuns
  /** Writes down a change that is no queue action (a cancelled request), around the doing of it. */
  journaled(
    connection: Connection,
    what: Pick<Begun, 'action' | 'queue' | 'state' | 'stateLabel' | 'detail' | 'trash'>,
    run: (journalId: string) => Promise<StepOutcome>,
  ): Promise<Outcome>
}

export interface OperationsOptions {
  /** An open connection; throws NOT_OPEN. */
  connection(id: string): Connection
  readonly journal: Journal
  readonly trash: Trash
  readonly runs: BulkRuns
  readonly plans: Plans
}

export function createOperations(options: OperationsOptions): Operations {
  const { connection, journal, trash: kept, runs, plans } = options

  const journaled: Operations['journaled'] = async (open, what, run) => {
    const { id: connectionId, profile } = open
    const id = await journal.begin({
      connectionId,
      profileName: profile.name,
      environment: profile.environment,
      ...what,
      reason: null,
      before: await countOf(open.reader, what),
    })
    const release = what.trash === null ? () => {} : kept.hold(id)
    try {
      const { done, missing, refused, left = 0 } = await run(id)
      const rest = left > 0 && { left }
      await journal.end(id, {
        ...{ done, missing, refused: refused.length, error: null, ...rest },
        after: await countOf(open.reader, what),
      })
      return { done, missing, refused, ...rest, journalId: id }
    } catch (thrown) {
      const error = asSluiceError(thrown)
      await journal.end(id, { done: 0, missing: 0, refused: 0, error: error.message, after: null }).catch(() => {}) // the first error tells more
      throw error
    } finally {
      release()
    }
  }

  /** Makes the writer (which a read-only connection refuses), writes down, does. */
  async function perform(
    { connectionId, queue }: QueueTarget,
    action: Begun['action'],
    method: keyof WriteActions,
    { state = '', stateLabel = '', detail = '' },
    step: (tools: Tools) => Promise<StepOutcome>,
  ): Promise<Outcome> {
    const { label, write, undoes } = systemOf(queue.system)
    if (write?.[method] === undefined) throw new SluiceError('UNSUPPORTED', `${label} queues cannot do this.`)
    const open = connection(connectionId)
    open.writer() // throws READ_ONLY, before anything is written down
    demandOneSlot(open, queue)
    const trash = { key: newTrashKey(queue), ttlMs: trashTtlOf(action) }
    const undoable = method === 'remove' || undoes?.includes(method) === true
    const what = { action, queue, state, stateLabel, detail, trash: undoable ? trash.key : null }
    return journaled(open, what, () =>
      // A system that has this method has what it needs; steps only call the method they were checked for.
      step({
        write: write as Required<WriteActions>,
        writer: numberedWriter({ connection: open, trash, waits: false }),
        trash,
      }),
    )
  }

  /** The same for jobs of a state, if its system can do that there. */
  async function act(
    target: Target,
    action: Action,
    method: keyof WriteActions,
    detail: string,
    step: (tools: Tools) => Promise<StepOutcome>,
  ): Promise<Outcome> {
    const system = systemOf(target.queue.system)
    const state = system.states.find(({ id }) => id === target.state)
    if (state === undefined) throw new SluiceError('NOT_FOUND', `${system.label} has no state named ${target.state}.`)
    const able = capability(system, state, action)
    if (able !== true) throw new SluiceError('UNSUPPORTED', able)
    return perform(target, action, method, { state: state.id, stateLabel: state.label, detail }, step)
  }

  /** The same for a queue as a whole: whether that can be is said of the state where its jobs wait. */
  async function actOnQueue(
    target: QueueTarget,
    action: 'pause' | 'resume',
    step: (tools: Tools) => Promise<StepOutcome>,
  ): Promise<Outcome> {
    const system = systemOf(target.queue.system)
    const entrance = system.states.find(({ kind }) => kind === 'waiting')
    const able =
      entrance === undefined ? `${system.label} queues cannot do this.` : capability(system, entrance, action)
    if (able !== true) throw new SluiceError('UNSUPPORTED', able)
    return perform(target, action, action, {}, step)
  }

  return {
    journaled,
    runs,
    retry: (target, refs, attempts = 'keep') =>
      act(target, 'retry', 'retry', attempts === 'reset' ? 'with all attempts' : '', ({ write, writer, trash }) =>
        write.retry(writer, target.queue, target.state, refs, attempts, trash),
      ),
    async editAndRetry(target, ref, payload) {
      requireJson(payload)
      return act(target, 'edit', 'editAndRetry', '', ({ write, writer, trash }) =>
        write.editAndRetry(writer, target.queue, target.state, ref, payload, trash),
      )
    },
    remove: (target, refs) =>
      act(target, 'remove', 'remove', '', ({ write, writer, trash }) =>
        write.remove(writer, target.queue, target.state, refs, trash),
      ),
    async move(target, refs, to) {
      const able = movable(target.queue, to)
      if (able !== true)
        throw new SluiceError(to.system === target.queue.system ? 'INVALID_INPUT' : 'UNSUPPORTED', able)
      return act(target, 'move', 'move', `to ${to.name}`, ({ write, writer, trash }) =>
        write.move(writer, target.queue, target.state, refs, to, trash),
      )
    },
    async add({ connectionId, queue }, job) {
      requireJson(job.payload)
      const state = systemOf(queue.system).states.find(({ kind }) => kind === 'waiting')?.id ?? ''
      return act({ connectionId, queue, state }, 'add', 'add', '', ({ write, writer }) => write.add(writer, queue, job))
    },
    promote: (target, refs) =>
      act(target, 'promote', 'promote', '', ({ write, writer }) =>
        write.promote(writer, target.queue, target.state, refs),
      ),
    reschedule: (target, refs, at) =>
      act(target, 'reschedule', 'reschedule', `to ${new Date(at).toISOString()}`, ({ write, writer }) =>
        write.reschedule(writer, target.queue, target.state, refs, at),
      ),
    duplicate: (target, refs) =>
      act(target, 'duplicate', 'duplicate', '', ({ write, writer }) =>
        write.duplicate(writer, target.queue, target.state, refs),
      ),
    log: (target, ref, line) =>
      act(target, 'log', 'log', '', ({ write, writer }) => write.log(writer, target.queue, target.state, ref, line)),
    pause: (target) => actOnQueue(target, 'pause', ({ write, writer }) => write.pause(writer, target.queue)),
    resume: (target) => actOnQueue(target, 'resume', ({ write, writer }) => write.resume(writer, target.queue)),
    async saveSchedule(target, change) {
      requireJson(change.payload)
      if ((change.pattern === null) === (change.everyMs === null)) {
        throw new SluiceError('INVALID_INPUT', 'A schedule has either a pattern or a span of time.')
      }
      return perform(target, 'save-schedule', 'saveSchedule', { detail: change.id }, ({ write, writer }) =>
        write.saveSchedule(writer, target.queue, change),
      )
    },
    removeSchedule: (target, id) =>
      perform(target, 'remove-schedule', 'removeSchedule', { detail: id }, ({ write, writer }) =>
        write.removeSchedule(writer, target.queue, id),
      ),
    runSchedule: (target, id) =>
      perform(target, 'run-schedule', 'runSchedule', { detail: id }, ({ write, writer }) =>
        write.runSchedule(writer, target.queue, id),
      ),
    tellWorker: (target, worker, command) =>
      perform(target, 'tell-worker', 'tellWorker', { detail: `${worker} to ${command}` }, ({ write, writer }) =>
        write.tellWorker(writer, target.queue, worker, command),
      ),
    plan: (question) => plans.plan(question),
    run: (question) => plans.run(question),
    undo: createUndo({ connection, journal, runs }),
  }
}

function requireJson(payload: string): void {
  if (!isJson(payload))
    throw new SluiceError('INVALID_INPUT', 'The payload is not valid JSON, so no worker could read it.')
}
