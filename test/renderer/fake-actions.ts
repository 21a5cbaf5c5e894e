import { ORPCError } from '@orpc/server'
import { type ErrorCode, errorCodes } from '../../src/domain/errors.ts'
import type { Outcome } from '../../src/domain/operation.ts'
import { type Action, type Kind, kinds, type QueueRef, queueKey } from '../../src/domain/queue.ts'
import type { Bell } from './bell.ts'
import { type FakeConnection, type FakeQueue, fakeStates, type World } from './fake-world.ts'

export function refuse(code: ErrorCode, message: string = errorCodes[code].sentence): ORPCError<string, unknown> {
  return new ORPCError(code, { defined: true, message, data: { retryable: errorCodes[code].retryable } })
}

/** Actions after which jobs are where they were, and those that make jobs wait. */
const staying = new Set<Action>(['reschedule', 'duplicate', 'log', 'pause', 'resume'])
const running = new Set<Action>(['retry', 'edit', 'add', 'promote', 'duplicate'])

/** Finding things in the world and acting on its jobs, with the refusals of the real engine. */
export function worldActions(world: World, ticked: Bell) {
  const find = (connectionId: string): FakeConnection => {
    const found = world.connections.find(({ profile }) => profile.id === connectionId)
    if (found === undefined) throw refuse('NOT_FOUND', 'That connection is not known.')
    if (found.status.status === 'closed') throw refuse('NOT_OPEN')
    return found
  }
  const findQueue = (connectionId: string, ref: QueueRef): FakeQueue => {
    const found = find(connectionId).queues.find((one) => queueKey(one.ref) === queueKey(ref))
    if (found === undefined) throw refuse('NOT_FOUND', 'That queue is no longer there.')
    return found
  }
  const kindOf = (queue: FakeQueue, state: string): Kind => {
    const found = kinds.find((kind) => fakeStates(queue.ref.system)[kind] === state)
    if (found === undefined) throw refuse('INVALID_INPUT', 'That queue has no such state.')
    return found
  }
  const writable = (connectionId: string): FakeConnection => {
    const found = find(connectionId)
    if (!found.status.writable) throw refuse('READ_ONLY')
    return found
  }
  const take = (
    connectionId: string,
    ref: QueueRef,
    state: string,
    wanted: number,
    action: Action,
    words: string,
  ): Outcome => {
    const { profile } = writable(connectionId)
    const queue = findQueue(connectionId, ref)
    const stays = staying.has(action)
    const done = stays || action === 'add' ? wanted : Math.min(wanted, queue.counts[kindOf(queue, state)])
    if (!stays && action !== 'add') queue.counts[kindOf(queue, state)] -= done
    if (running.has(action)) queue.counts.waiting += done
    const id = `j-${crypto.randomUUID()}`
    const undoable = action === 'remove' || action === 'purge'
    world.journal.unshift({
      id,
      at: Date.now(),
      connectionId,
      profileName: profile.name,
      environment: profile.environment,
      action,
      queue: ref,
      who: 'ada',
      reason: null,
      before: null,
      after: null,
      summary: `${words} ${done} ${done === 1 ? 'job' : 'jobs'} in ${ref.name} (${state})`,
      done,
      missing: wanted - done,
      refused: 0,
      undo: undoable ? true : 'The jobs have been put back to work; some may have run.',
      undoneAt: null,
      expiresAt: undoable ? Date.now() + 7 * 86_400_000 : null,
    })
    ticked.ring()
    return { done, missing: wanted - done, refused: [], journalId: id }
  }
  return { find, findQueue, kindOf, writable, take }
}
