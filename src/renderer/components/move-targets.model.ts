import { type QueueRef, queueKey } from '../../domain/queue.ts'

export interface MoveTarget {
  readonly queue: QueueRef
  /** The move will make it. */
  readonly isNew: boolean
}

const natural = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

/**
 * The queues that jobs of a queue can go to: those of its system that hold the typed text, by name, best match first; and
 * where none has exactly that name, a new one beside it. `elsewhere` is for the queues of another connection, where the
 * one of the same name is as good as any. Where nobody knows from which queue (null), every system's queues are offered.
 */
export function moveTargets(
  queues: readonly QueueRef[],
  from: QueueRef | null,
  typed: string,
  elsewhere = false,
): MoveTarget[] {
  const own = from === null || elsewhere ? null : queueKey(from)
  const text = typed.trim().toLocaleLowerCase()
  const rank = ({ name }: QueueRef) => {
    const lower = name.toLocaleLowerCase()
    return lower === text ? 0 : lower.startsWith(text) ? 1 : 2
  }
  const found = queues
    .filter((queue) => (from === null || queue.system === from.system) && queueKey(queue) !== own)
    .filter(({ name }) => name.toLocaleLowerCase().includes(text))
    .sort((one, other) => rank(one) - rank(other) || natural.compare(one.name, other.name))
    .map((queue) => ({ queue, isNew: false }))
  const name = typed.trim()
  if (from === null || name === '') return found
  const named = { ...from, name }
  const known = queueKey(named) === own || queues.some((queue) => queueKey(queue) === queueKey(named))
  return known ? found : [...found, { queue: named, isNew: true }]
}
