import type { TrackedRequest } from '../../domain/request.ts'

/** What `requests.watch` sends. A snapshot replaces all that was known before; `updates` counts published messages. */
export type RequestsEvent =
  | { type: 'snapshot'; requests: TrackedRequest[]; partial: string | null }
  | { type: 'changes'; changed: TrackedRequest[]; gone: string[]; updates: number }

/** A reader that fell behind by more than this gets a fresh snapshot in place of the changes. */
const mostUnread = 5000

/** Unread changes melt into one batch that tells the newest of each request; where that is no less than all, into a snapshot. */
export function coalesceRequests(
  unread: readonly RequestsEvent[],
  event: RequestsEvent,
  snapshot: () => RequestsEvent,
): RequestsEvent[] {
  const last = unread.at(-1)
  if (last === undefined || event.type === 'snapshot') return [event]
  if (last.type === 'snapshot') return [snapshot()]
  const changed = new Map(last.changed.map((request) => [request.hash, request]))
  const gone = new Set(last.gone)
  for (const hash of event.gone) {
    changed.delete(hash)
    gone.add(hash)
  }
  for (const request of event.changed) {
    gone.delete(request.hash)
    changed.set(request.hash, request)
  }
  if (changed.size + gone.size > mostUnread) return [snapshot()]
  const updates = last.updates + event.updates
  return [{ type: 'changes', changed: [...changed.values()], gone: [...gone], updates }]
}
