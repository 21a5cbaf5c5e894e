import type { PlanQuestion } from '../../domain/operation.ts'
import type { QueueRef } from '../../domain/queue.ts'
import { queueKey } from '../../domain/queue.ts'
import type { Reader } from '../../systems/handles.ts'
import { systemOf } from '../../systems/registry.ts'
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

/** Actions that take jobs out of where they are. */
const takesOut: readonly PlanQuestion['action'][] = ['retry', 'remove', 'move', 'edit']
/** From this length on it takes Redis longer than 10 ms to walk to the middle of a list; and how far it walks in one, about. */
const longList = 300_000
const walkedInMs = 15_000

/**
 * 1 round trip for the places of a plan whose jobs are taken one by one: a sentence for each list that is so long that
 * Redis is held up by that. No command takes an element out of a list by its index: LREM and LINSERT walk from an end,
 * and all others only reach the ends. So one script, which takes up to a hundred out in one walk, takes as long as
 * walking to the farthest of them.
 */
export async function walkWarningsOf(
  reader: Reader,
  { action }: PlanQuestion,
  places: readonly PlannedPlace[],
): Promise<string[]> {
  if (!takesOut.includes(action)) return []
  const looked = places
    .filter(({ frozen }) => frozen === null)
    .flatMap(({ queue, state }) => {
      const { keysOf, states } = systemOf(queue.system)
      const label = states.find(({ id }) => id === state)?.label ?? state
      const keys = keysOf(queue).filter((key) => key.state === state)
      return keys.map(({ key }) => ({ key, name: `${queue.name} (${label})` }))
    })
  // What is no list answers with an error, and has no middle to walk to.
  const lengths = await reader.pipeline(looked.map(({ key }) => ['LLEN', key]))
  return looked.flatMap(({ name }, i) => {
    const length = lengths[i]
    if (typeof length !== 'number' || length < longList) return []
    const ms = Math.round(length / 2 / walkedInMs)
    return `${name} is a list of ${length.toLocaleString('en')} jobs. To take some out of its middle, Redis has to walk there, and does nothing else for up to ${ms} ms each time. Near its ends, or for all of it at once, it has not.`
  })
}
