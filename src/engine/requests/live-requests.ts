import { SluiceError } from '../../domain/errors.ts'
import type { Outcome } from '../../domain/operation.ts'
import { type QueueRef, queueKey } from '../../domain/queue.ts'
import type { NewRequest, RequestChange } from '../../domain/request.ts'
import { trackerOf } from '../../systems/request-tracker/keys.ts'
import type { Connection } from '../redis/connection.ts'
import { changeRequest } from './change-request.ts'
import { cleanUpRequests } from './clean-up.ts'
import { createRequest } from './create-request.ts'
import type { RequestsEvent } from './request-events.ts'
import { RequestWatcher } from './request-watcher.ts'

/** The tracked requests of open connections, live. */
export interface LiveRequests {
  /** First all requests, then batches of changes, ten a second at most; ends when the connection closes. */
  watch(connection: Connection, signal?: AbortSignal): AsyncGenerator<RequestsEvent, void, void>
  /** Cancels one request: done, missing or refused. Throws READ_ONLY, CHANGED. */
  cancel(connection: Connection, hash: string): Promise<Outcome>
  /** Begins a request in the tracker of the connection's profile. Throws READ_ONLY, INVALID_INPUT. */
  create(connection: Connection, request: NewRequest): Promise<{ readonly hash: string }>
  /** One change of one request: done, missing or refused. Throws READ_ONLY, CHANGED. */
  change(connection: Connection, hash: string, change: RequestChange): Promise<Outcome>
  /** Takes what expired out of the lists of all trackers; `done` entries. Throws READ_ONLY. */
  cleanUp(connection: Connection): Promise<Outcome>
}

/**
 * One watcher a connection serves all who watch it, and stops when the last one left.
 * @param queuesOf the queues that discovery knows: trackers under other names than the profile's are followed too
 */
export function createLiveRequests(queuesOf: (connectionId: string) => readonly QueueRef[] = () => []): LiveRequests {
  const watchers = new Map<Connection, { watcher: RequestWatcher; readers: number; ended: AbortController }>()

  function trackersOf(connection: Connection): QueueRef[] {
    const found = queuesOf(connection.id).filter(({ system }) => system === 'request-tracker')
    const all = [trackerOf(connection.profile), ...found]
    return [...new Map(all.map((tracker) => [queueKey(tracker), tracker])).values()]
  }

  function shared(connection: Connection) {
    const known = watchers.get(connection)
    if (known) return known
    if (connection.status().status === 'closed') throw new SluiceError('NOT_OPEN')
    const ended = new AbortController()
    const watcher = new RequestWatcher(connection, () => trackersOf(connection))
    const entry = { watcher, readers: 0, ended }
    watchers.set(connection, entry)
    const stopListening = connection.onStatus(({ status }) => {
      if (status === 'closed') ended.abort()
    })
    ended.signal.addEventListener('abort', () => {
      stopListening()
      watchers.delete(connection)
      watcher.stop()
    })
    return entry
  }

  async function change(connection: Connection, hash: string, what: RequestChange): Promise<Outcome> {
    const followed = watchers.get(connection)?.watcher.trackerOf(hash)
    return changeRequest(connection.writer(), followed ? [followed] : trackersOf(connection), hash, what)
  }

  return {
    async *watch(connection, signal) {
      const entry = shared(connection)
      const { watcher, ended } = entry
      entry.readers++
      const until = signal ? AbortSignal.any([signal, ended.signal]) : ended.signal
      try {
        await Promise.race([watcher.first, aborted(until)])
        if (!until.aborted) yield* watcher.feed.read(until, () => watcher.snapshot())
      } finally {
        entry.readers--
        if (entry.readers === 0) ended.abort()
      }
    },
    cancel: (connection, hash) => change(connection, hash, { type: 'cancel' }),
    change,
    async create(connection, request) {
      return createRequest(connection.writer(), trackerOf(connection.profile), request)
    },
    async cleanUp(connection) {
      const writer = connection.writer()
      let done = 0
      for (const tracker of trackersOf(connection)) done += (await cleanUpRequests(writer, tracker)).done
      return { done, missing: 0, refused: [], journalId: null }
    },
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
