import { type Kind, kinds, parseQueueKey, type QueueRef, queueKey, type SystemInfo } from '../../../domain/queue.ts'
import type { Wanted } from '../../state/searches.model.ts'

/** What the address of the screen says is wanted. A queue or state that it does not know is left out. */
export function wantedOf(url: URLSearchParams): Wanted {
  const queue = parseQueueKey(url.get('queue') ?? '')
  const kind = url.get('kind') as Kind | null
  return {
    filter: url.get('q') ?? '',
    queue,
    state: queue === null ? null : url.get('state'),
    kinds: queue === null && kind !== null && kinds.includes(kind) ? [kind] : [],
  }
}

/** The parameters of the address for a scope; null takes one out. */
export function scopePatch(queue: QueueRef | null, state: string | null, kind: Kind | null) {
  return { queue: queue === null ? null : queueKey(queue), state: queue === null ? null : state, kind }
}

/** Where a search looks, in words: "all queues", "mail, Dead letters". */
export function scopeWords({ queue, state, kinds: only }: Wanted, systems: readonly SystemInfo[] | undefined): string {
  if (queue === null) return only.length === 0 ? 'all queues' : `the ${only.join(' and ')} jobs of all queues`
  if (state === null) return queue.name
  return `${queue.name}, ${stateLabel(systems, queue, state)}`
}

/** A state as its system calls it. */
export function stateLabel(systems: readonly SystemInfo[] | undefined, queue: QueueRef, state: string): string {
  return systems?.find(({ id }) => id === queue.system)?.states.find(({ id }) => id === state)?.label ?? state
}
