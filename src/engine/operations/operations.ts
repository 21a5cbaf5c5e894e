import { asSluiceError, SluiceError } from '../../domain/errors.ts'
import { isJson } from '../../domain/json-text.ts'
import type { Outcome } from '../../domain/operation.ts'
import { type Action, type QueueRef, queueKey } from '../../domain/queue.ts'
import type { Writer } from '../../systems/handles.ts'
import { capability, systemOf } from '../../systems/registry.ts'
import type { StepOutcome, TrashSlot, WriteActions } from '../../systems/system.ts'
import type { Journal } from '../journal/journal.ts'
import { type Begun, trashTtlMs } from '../journal/journal-line.ts'
import { undoOf } from '../journal/sentence.ts'
import type { Connection } from '../redis/connection.ts'

/** Which jobs an operator means: a state of a queue of an open connection. */
export interface Target {
  readonly connectionId: string
  readonly queue: QueueRef
  readonly state: string
}

type Step = (write: Required<WriteActions>, writer: Writer, trash: TrashSlot) => Promise<StepOutcome>

/** Every change an operator may make, guarded and written down. All throw READ_ONLY where the connection may not write. */
export interface Operations {
  retry(target: Target, refs: readonly string[]): Promise<Outcome>
  retryAll(target: Target): Promise<Outcome>
  editAndRetry(target: Target, ref: string, payload: string): Promise<Outcome>
  remove(target: Target, refs: readonly string[]): Promise<Outcome>
  purge(target: Target, expected: number): Promise<Outcome>
  move(target: Target, refs: readonly string[], to: QueueRef): Promise<Outcome>
  add(connectionId: string, queue: QueueRef, payload: string): Promise<Outcome>
  /** Puts back what a journal entry removed. */
  undo(journalId: string): Promise<Outcome>
  /** Writes down a change that is no queue action (a cancelled request), around the doing of it. */
  journaled(
    connection: Connection,
    what: Pick<Begun, 'action' | 'queue' | 'state' | 'stateLabel' | 'detail' | 'trash'>,
    run: () => Promise<StepOutcome>,
  ): Promise<Outcome>
}

export function createOperations(options: { connection(id: string): Connection; journal: Journal }): Operations {
  const { connection, journal } = options
  const undoing = new Set<string>()

  const journaled: Operations['journaled'] = async (open, what, run) => {
    const { id: connectionId, profile } = open
    const id = await journal.begin({
      connectionId,
      profileName: profile.name,
      environment: profile.environment,
      ...what,
    })
    try {
      const { done, missing, refused } = await run()
      await journal.end(id, { done, missing, refused: refused.length, error: null })
      return { done, missing, refused, journalId: id }
    } catch (thrown) {
      const error = asSluiceError(thrown)
      await journal.end(id, { done: 0, missing: 0, refused: 0, error: error.message }).catch(() => {}) // the first error tells more
      throw error
    }
  }

  /** Checks that the action can be, makes the writer (which a read-only connection refuses), writes down, does. */
  async function act(target: Target, action: Action, method: keyof WriteActions, detail: string, step: Step) {
    const system = systemOf(target.queue.system)
    const state = system.states.find(({ id }) => id === target.state)
    if (state === undefined) throw new SluiceError('NOT_FOUND', `${system.label} has no state named ${target.state}.`)
    const able = capability(system, state, action)
    const write = system.write
    if (able !== true) throw new SluiceError('UNSUPPORTED', able)
    if (write?.[method] === undefined) throw new SluiceError('UNSUPPORTED')
    const open = connection(target.connectionId)
    const writer = open.writer()
    const trash = trashable.has(method) ? newTrash() : null
    const what = {
      action,
      queue: target.queue,
      state: state.id,
      stateLabel: state.label,
      detail,
      trash: trash?.key ?? null,
    }
    // A system that has this method has what it needs; steps only call the method they were checked for.
    return journaled(open, what, () => step(write as Required<WriteActions>, writer, trash ?? newTrash()))
  }

  return {
    journaled,
    retry: (target, refs) =>
      act(target, 'retry', 'retry', '', (write, writer) => write.retry(writer, target.queue, target.state, refs)),
    retryAll: (target) =>
      act(target, 'retry', 'retryAll', '', (write, writer, trash) =>
        write.retryAll(writer, target.queue, target.state, trash),
      ),
    async editAndRetry(target, ref, payload) {
      requireJson(payload)
      return act(target, 'edit', 'editAndRetry', '', (write, writer) =>
        write.editAndRetry(writer, target.queue, target.state, ref, payload),
      )
    },
    remove: (target, refs) =>
      act(target, 'remove', 'remove', '', (write, writer, trash) =>
        write.remove(writer, target.queue, target.state, refs, trash),
      ),
    purge: (target, expected) =>
      act(target, 'purge', 'purge', '', (write, writer, trash) =>
        write.purge(writer, target.queue, target.state, expected, trash),
      ),
    async move(target, refs, to) {
      if (to.system !== target.queue.system) {
        throw new SluiceError('UNSUPPORTED', 'Jobs can only move between queues of one system.')
      }
      if (to.name === '') throw new SluiceError('INVALID_INPUT', 'Name the queue to move to.')
      if (queueKey(to) === queueKey(target.queue)) {
        throw new SluiceError('INVALID_INPUT', 'That is the queue in which the jobs are.')
      }
      return act(target, 'move', 'move', `to ${to.name}`, (write, writer) =>
        write.move(writer, target.queue, target.state, refs, to),
      )
    },
    async add(connectionId, queue, payload) {
      requireJson(payload)
      const state = systemOf(queue.system).states.find(({ kind }) => kind === 'waiting')?.id ?? ''
      return act({ connectionId, queue, state }, 'add', 'add', '', (write, writer) => write.add(writer, queue, payload))
    },
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
        const outcome = await journaled(open, what, () =>
          restore(writer, queue, state, { key: trash, ttlMs: trashTtlMs }),
        )
        await journal.undone(journalId)
        return outcome
      } finally {
        undoing.delete(journalId)
      }
    },
  }
}

/** Actions that put something into the trash. */
const trashable = new Set<keyof WriteActions>(['remove', 'purge', 'retryAll'])

function newTrash(): TrashSlot {
  return { key: `sluice:trash:${crypto.randomUUID()}`, ttlMs: trashTtlMs }
}

function requireJson(payload: string): void {
  if (!isJson(payload))
    throw new SluiceError('INVALID_INPUT', 'The payload is not valid JSON, so no worker could read it.')
}
