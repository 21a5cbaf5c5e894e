import { asSluiceError, SluiceError } from '../../domain/errors.ts'
import type { AttemptsChoice, NewJob } from '../../domain/job.ts'
import { isJson } from '../../domain/json-text.ts'
import type { Outcome } from '../../domain/operation.ts'
import { type Action, type QueueRef, queueKey } from '../../domain/queue.ts'
import type { ScheduleChange } from '../../domain/schedule.ts'
import type { Reader, Writer } from '../../systems/handles.ts'
import { capability, systemOf } from '../../systems/registry.ts'
import type { Run, StepOutcome, TrashSlot, WorkerCommand, WriteActions } from '../../systems/system.ts'
import type { Journal } from '../journal/journal.ts'
import { type Begun, trashTtlMs } from '../journal/journal-line.ts'
import { undoOf } from '../journal/sentence.ts'
import type { Connection } from '../redis/connection.ts'
import { Runs } from './runs.ts'

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
  readonly run: Run
}

/** Every change an operator may make, guarded and written down. All throw READ_ONLY where the connection may not write. */
export interface Operations {
  retry(target: Target, refs: readonly string[], attempts?: AttemptsChoice): Promise<Outcome>
  retryAll(target: Target, attempts?: AttemptsChoice): Promise<Outcome>
  editAndRetry(target: Target, ref: string, payload: string): Promise<Outcome>
  remove(target: Target, refs: readonly string[]): Promise<Outcome>
  purge(target: Target, expected: number): Promise<Outcome>
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
  /** Puts back what a journal entry removed. */
  undo(journalId: string): Promise<Outcome>
  /** The actions over many jobs that run now; `cancel` stops one after the chunk in hand. */
  readonly runs: Runs
  /** Writes down a change that is no queue action (a cancelled request), around the doing of it. */
  journaled(
    connection: Connection,
    what: Pick<Begun, 'action' | 'queue' | 'state' | 'stateLabel' | 'detail' | 'trash'>,
    /** `progress` notes how many jobs are done, so that an error half-way does not hide them. */
    run: (journalId: string, progress: (done: number) => void) => Promise<StepOutcome>,
  ): Promise<Outcome>
}

export function createOperations(options: { connection(id: string): Connection; journal: Journal }): Operations {
  const { connection, journal } = options
  const runs = new Runs()
  const undoing = new Set<string>()

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
    let behind = 0
    try {
      const {
        done,
        missing,
        refused,
        left = 0,
      } = await run(id, (count) => {
        behind = count
      })
      const rest = left > 0 && { left }
      await journal.end(id, {
        done,
        missing,
        refused: refused.length,
        error: null,
        ...rest,
        after: await countOf(open.reader, what),
      })
      return { done, missing, refused, ...rest, journalId: id }
    } catch (thrown) {
      const error = asSluiceError(thrown)
      await journal.end(id, { done: behind, missing: 0, refused: 0, error: error.message, after: null }).catch(() => {}) // the first error tells more
      throw error
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
    const { label, write, parksRetries } = systemOf(queue.system)
    if (write?.[method] === undefined) throw new SluiceError('UNSUPPORTED', `${label} queues cannot do this.`)
    const open = connection(connectionId)
    const writer = open.writer()
    const trash = newTrash(queue)
    const undoable = trashable.has(method) || (method === 'retryAll' && parksRetries)
    const what = { action, queue, state, stateLabel, detail, trash: undoable ? trash.key : null }
    return journaled(open, what, (id, progress) =>
      runs.during({ id, connectionId, action, queue, stateLabel }, progress, (run) =>
        // A system that has this method has what it needs; steps only call the method they were checked for.
        step({ write: write as Required<WriteActions>, writer, trash, run }),
      ),
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
      act(target, 'retry', 'retry', attempts === 'reset' ? 'with all attempts' : '', ({ write, writer }) =>
        write.retry(writer, target.queue, target.state, refs, attempts),
      ),
    retryAll: (target, attempts = 'keep') =>
      act(target, 'retry', 'retryAll', attempts === 'reset' ? 'with all attempts' : '', (tools) =>
        tools.write.retryAll(tools.writer, target.queue, target.state, tools.trash, attempts, tools.run),
      ),
    async editAndRetry(target, ref, payload) {
      requireJson(payload)
      return act(target, 'edit', 'editAndRetry', '', ({ write, writer }) =>
        write.editAndRetry(writer, target.queue, target.state, ref, payload),
      )
    },
    remove: (target, refs) =>
      act(target, 'remove', 'remove', '', ({ write, writer, trash }) =>
        write.remove(writer, target.queue, target.state, refs, trash),
      ),
    purge: (target, expected) =>
      act(target, 'purge', 'purge', '', ({ write, writer, trash, run }) =>
        write.purge(writer, target.queue, target.state, expected, trash, run),
      ),
    async move(target, refs, to) {
      if (to.system !== target.queue.system) {
        throw new SluiceError('UNSUPPORTED', 'Jobs can only move between queues of one system.')
      }
      if (to.name === '') throw new SluiceError('INVALID_INPUT', 'Name the queue to move to.')
      if (queueKey(to) === queueKey(target.queue)) {
        throw new SluiceError('INVALID_INPUT', 'That is the queue in which the jobs are.')
      }
      return act(target, 'move', 'move', `to ${to.name}`, ({ write, writer }) =>
        write.move(writer, target.queue, target.state, refs, to),
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
    async undo(journalId) {
      const record = journal.record(journalId)
      if (record === null) throw new SluiceError('NOT_FOUND')
      const able = undoOf(record, Date.now())
      const { connectionId, queue, state, stateLabel, trash } = record.begun
      if (able !== true) throw new SluiceError('UNSUPPORTED', able)
      const restore = queue && systemOf(queue.system).write?.restore
      if (queue === null || trash === null || !restore) throw new SluiceError('UNSUPPORTED')
      if (undoing.has(journalId)) throw new SluiceError('CHANGED', 'This is being undone at the moment.')
      const open = connection(connectionId)
      const writer = open.writer()
      undoing.add(journalId)
      try {
        const what = { action: 'undo' as const, queue, state, stateLabel, detail: '', trash: null }
        const outcome = await journaled(open, what, (id, progress) =>
          runs.during({ id, connectionId, action: 'undo', queue, stateLabel }, progress, (run) =>
            restore(writer, queue, state, { key: trash, ttlMs: trashTtlMs }, run),
          ),
        )
        // What a cancel or a refusal left in the trash can be put back later.
        if (outcome.left === undefined && outcome.refused.length === 0) await journal.undone(journalId)
        return outcome
      } finally {
        undoing.delete(journalId)
      }
    },
  }
}

/** Jobs in the state of an action, by 1 round trip; null for what is no state, or cannot be counted at the moment. */
async function countOf(reader: Reader, { queue, state }: Pick<Begun, 'queue' | 'state'>): Promise<number | null> {
  if (queue === null || state === '') return null
  const page = systemOf(queue.system).page(reader, queue, state, { offset: 0, limit: 1 })
  return page.then(({ total }) => total).catch(() => null)
}

/** Actions that put something into the trash. */
const trashable = new Set<keyof WriteActions>(['remove', 'purge'])

/** A place in the trash; it has the hash tag of the queue's keys, because a script's keys share a slot in a cluster. */
function newTrash(queue: QueueRef): TrashSlot {
  const key = systemOf(queue.system).keysOf(queue)[0]?.key ?? ''
  const tag = /^[^{]*(\{[^}]+\})/.exec(key)?.[1] ?? ''
  return { key: `sluice:trash:${tag}${crypto.randomUUID()}`, ttlMs: trashTtlMs }
}

function requireJson(payload: string): void {
  if (!isJson(payload))
    throw new SluiceError('INVALID_INPUT', 'The payload is not valid JSON, so no worker could read it.')
}
