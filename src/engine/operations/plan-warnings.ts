import type { QueueRef } from '../../domain/queue.ts'
import { queueKey } from '../../domain/queue.ts'
import type { PlannedPlace } from './jobs-spec.ts'

/** What is known of a queue at the moment, beside its jobs. */
export interface QueueFacts {
  /** Workers that serve it, of anybody; null when that is not known. */
  readonly workers: number | null
  readonly paused: boolean
  /** Whether workers of this computer serve it. */
  readonly poolHere: boolean
}

/** What an operator should know of the queues before an action, a sentence for each. */
export function warningsOf(
  places: readonly PlannedPlace[],
  runsAgain: boolean,
  facts: (queue: QueueRef) => QueueFacts | null,
): string[] {
  const queues = new Map(places.map(({ queue }) => [queueKey(queue), queue]))
  return Array.from(queues.values()).flatMap((queue) => {
    const known = facts(queue)
    if (known === null) return []
    const { workers, paused, poolHere } = known
    const sentences: string[] = []
    if (poolHere) sentences.push(`Workers of this computer serve ${queue.name}: they take jobs meanwhile.`)
    else if (workers !== null && workers > 0) {
      const serve = workers === 1 ? '1 worker serves' : `${workers.toLocaleString('en')} workers serve`
      sentences.push(`${serve} ${queue.name} and may take jobs meanwhile.`)
    } else if (workers === 0 && runsAgain) sentences.push(`No worker serves ${queue.name}: the jobs will wait.`)
    if (paused && runsAgain) sentences.push(`${queue.name} is paused: the jobs will wait until it is resumed.`)
    return sentences
  })
}
