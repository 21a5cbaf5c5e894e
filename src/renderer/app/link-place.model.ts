import type { Link } from '../../domain/link.ts'
import { queueKey } from '../../domain/queue.ts'
import { routes } from './routes.ts'

/** The address in this app that a link leads to. */
export function linkRoute({ connectionId, queue, state }: Link): string {
  if (queue === null) return routes.section('overview', connectionId)
  return routes.queue(connectionId, queueKey(queue), state ?? undefined)
}

export type LinkPlace =
  | { readonly kind: 'unknown' }
  /** The connection is not open, and a link opens none: the list of connections, where the person may. */
  | { readonly kind: 'closed'; readonly route: string }
  | { readonly kind: 'there'; readonly route: string }

/** Where a link leads now. `isOpen` is null for a connection that is not known here. */
export function linkPlace(link: Link, isOpen: boolean | null): LinkPlace {
  if (isOpen === null) return { kind: 'unknown' }
  return isOpen
    ? { kind: 'there', route: linkRoute(link) }
    : { kind: 'closed', route: routes.profileInList(link.connectionId) }
}
