import type { PlaceFacts } from '../../domain/job-filter/filter-in.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Reader } from '../../systems/handles.ts'
import type { QueueSystem, State } from '../../systems/system.ts'
import type { Master } from '../redis/connection.ts'
import { readTick } from '../sampler/tick.ts'

/** A state of a queue that is to be walked; `count` is how many jobs it held when it was counted. */
export interface WalkPlace {
  readonly system: QueueSystem
  readonly queue: QueueRef
  readonly state: State
  readonly count: number
}

/**
 * The states of queues that hold jobs and that somebody wants, failed ones first, then by size: what one looks for is
 * there most often. 1 round trip, the commands of one tick. States that nobody counted have a count of 0. `problems` holds the
 * queues that cannot be counted. `masters` are those of a cluster.
 */
export async function placesIn(
  reader: Reader,
  systems: readonly QueueSystem[],
  queues: readonly QueueRef[],
  wants: (state: State) => boolean,
  masters?: readonly Master[],
): Promise<{ places: WalkPlace[]; problems: { queue: QueueRef; problem: string }[] }> {
  const able = systems.filter(({ states }) => states.some(wants))
  const { readings } = await readTick(
    reader,
    able,
    queues.filter((queue) => able.some(({ id }) => id === queue.system)),
    masters && { masters },
  )
  const problems: { queue: QueueRef; problem: string }[] = []
  const places = readings.flatMap(({ queue, states, problem }) => {
    const system = able.find(({ id }) => id === queue.system) as QueueSystem
    if (problem !== null) problems.push({ queue, problem })
    return system.states.flatMap((state) => {
      const count = states[state.id] ?? 0
      return wants(state) && (count > 0 || state.uncounted) ? [{ system, queue, state, count }] : []
    })
  })
  const rank = ({ state }: WalkPlace) => (state.kind === 'failed' ? 0 : 1)
  return { places: places.sort((a, b) => rank(a) - rank(b) || b.count - a.count), problems }
}

/** A place in the words of a filter. */
export function factsOf({ system, queue, state }: Omit<WalkPlace, 'count'>): PlaceFacts {
  return {
    queue: [queue.name, queue.prefix + queue.name],
    state: [state.id, state.label, state.label.toLowerCase()],
    kind: state.kind,
    system: [system.id, system.label],
  }
}
