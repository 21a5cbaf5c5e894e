import type { FailureGroup } from '../../../domain/failure.ts'
import { type QueueRef, queueKey } from '../../../domain/queue.ts'

/** Jobs of one group in one state of one queue, and those of them that are known by name. */
export interface FailurePlace {
  readonly connectionId: string
  readonly queue: QueueRef
  readonly state: string
  readonly count: number
  readonly samples: FailureGroup['samples']
}

const placeKey = ({ connectionId, queue, state }: Pick<FailurePlace, 'connectionId' | 'queue' | 'state'>) =>
  [connectionId, queueKey(queue), state].join('\n')

/** Where the jobs of a group are, most first, each place with the samples that are from there. */
export function placesOf(group: FailureGroup): FailurePlace[] {
  const samples = new Map<string, FailureGroup['samples']>()
  for (const sample of group.samples) {
    const key = placeKey(sample)
    samples.set(key, [...(samples.get(key) ?? []), sample])
  }
  return group.queues
    .map((place) => ({ ...place, samples: samples.get(placeKey(place)) ?? [] }))
    .sort((one, other) => other.count - one.count)
}

/** The groups that have all words of a filter in their error, or in the name of one of their queues. */
export function filterGroups(groups: readonly FailureGroup[], filter: string): FailureGroup[] {
  const words = filter.toLocaleLowerCase().split(/\s+/).filter(Boolean)
  return groups.filter(({ signature, example, queues }) => {
    const text = `${signature}\n${example}\n${queues.map(({ queue }) => queue.name).join('\n')}`.toLocaleLowerCase()
    return words.every((word) => text.includes(word))
  })
}

/** How much of the largest group a group is, for its bar; never so little that it is not seen. */
export function barShare(count: number, largest: number): number {
  return largest <= 0 ? 0 : Math.max(0.02, count / largest)
}
