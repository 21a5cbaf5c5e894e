import type { FailureGroup, Trait } from '../../../domain/failure.ts'
import { type Kind, type QueueRef, queueKey, type SystemInfo } from '../../../domain/queue.ts'
import type { SearchQuestion } from '../../../domain/search.ts'
import type { Selection } from '../../../domain/selection.ts'

/** Jobs of one group in one state of one queue, and those of them that are known by name. */
export interface FailurePlace {
  readonly connectionId: string
  readonly queue: QueueRef
  readonly state: string
  readonly count: number
  readonly samples: FailureGroup['samples']
}

/** Jobs of one group in one connection: what one plan can be about. */
export interface FailureShare {
  readonly connectionId: string
  readonly count: number
  /** Most first. */
  readonly places: readonly FailurePlace[]
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

/** The same by connection, most first. */
export function sharesOf(places: readonly FailurePlace[]): FailureShare[] {
  const shares = new Map<string, FailurePlace[]>()
  for (const place of places) shares.set(place.connectionId, [...(shares.get(place.connectionId) ?? []), place])
  return [...shares]
    .map(([connectionId, own]) => ({
      connectionId,
      places: own,
      count: own.reduce((sum, { count }) => sum + count, 0),
    }))
    .sort((one, other) => other.count - one.count)
}

/** The jobs themselves where all of them are known by name: then nothing has to be looked for. Else null. */
export function knownJobs(places: readonly FailurePlace[]): Selection | null {
  if (places.length === 0 || places.some(({ count, samples }) => samples.length !== count)) return null
  return {
    type: 'refs',
    places: places.map(({ queue, state, samples }) => ({ queue, state, refs: samples.map(({ ref }) => ref) })),
  }
}

/** The search that finds the jobs of these places, which are of one connection, and no others. */
export function questionOf(
  filter: string,
  places: readonly FailurePlace[],
  systems: readonly SystemInfo[] | undefined,
  budget: number,
): SearchQuestion {
  const [first] = places
  const one = places.every(({ queue }) => first !== undefined && queueKey(queue) === queueKey(first.queue))
  const single = places.length === 1
  const kindOf = ({ queue, state }: FailurePlace): Kind =>
    systems?.find(({ id }) => id === queue.system)?.states.find(({ id }) => id === state)?.kind ?? 'failed'
  return {
    connectionId: first?.connectionId ?? '',
    queue: one ? (first?.queue ?? null) : null,
    state: single ? (first?.state ?? null) : null,
    kinds: single ? [] : [...new Set(places.map(kindOf))],
    filter,
    budget,
  }
}

/** Both have to hold. */
export function bothFilters(one: string, other: string): string {
  return `(${one}) and ${other}`
}

/** What a trait says of the failing jobs, and of the others, as whole percent with words for little. */
export function traitShares({ failing, failingOf, others, othersOf }: Trait): {
  failing: number
  others: number | null
} {
  return { failing: failingOf === 0 ? 0 : failing / failingOf, others: othersOf === 0 ? null : others / othersOf }
}

/** The groups that have all words of a filter in their error, or in the name of one of their queues. */
export function filterGroups(groups: readonly FailureGroup[], filter: string): FailureGroup[] {
  const words = filter.toLocaleLowerCase().split(/\s+/).filter(Boolean)
  return groups.filter(({ signature, example, queues }) => {
    const text = `${signature}\n${example}\n${queues.map(({ queue }) => queue.name).join('\n')}`.toLocaleLowerCase()
    return words.every((word) => text.includes(word))
  })
}

/** How much of the largest group a group is, for its bar, in hundredths; never so little that it is not seen. */
export function barShare(count: number, largest: number): number {
  return largest <= 0 ? 0 : Math.max(0.02, Math.round((count / largest) * 100) / 100)
}

/** The groups where those that are shown stand already, and the others after them: none moves away from a pointer. */
export function keepPlaces(shown: readonly FailureGroup[], groups: readonly FailureGroup[]): readonly FailureGroup[] {
  const places = new Map(shown.map(({ signature }, place) => [signature, place]))
  const placeOf = ({ signature }: FailureGroup) => places.get(signature) ?? shown.length
  return groups.toSorted((one, other) => placeOf(one) - placeOf(other))
}
