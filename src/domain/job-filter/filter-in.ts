import type { Kind } from '../queue.ts'
import { testOf } from './match.ts'
import type { JobFilter } from './parse.ts'

/** What is the same of all jobs of a place, each in the words under which it may be asked for. */
export interface PlaceFacts {
  readonly queue: readonly string[]
  readonly state: readonly string[]
  readonly kind: Kind
  readonly system: readonly string[]
}

/** What a filter still has to ask of the jobs of a place: true when all of them pass, false when none does. */
export function filterIn(filter: JobFilter, place: PlaceFacts): JobFilter | boolean {
  switch (filter.kind) {
    case 'all':
    case 'any': {
      const decides = filter.kind === 'any'
      const of = filter.of.map((one) => filterIn(one, place))
      if (of.includes(decides)) return decides
      const open = of.filter((one) => typeof one !== 'boolean')
      return open.length === 0 ? !decides : open.length === 1 ? (open[0] as JobFilter) : { kind: filter.kind, of: open }
    }
    case 'not': {
      const of = filterIn(filter.of, place)
      return typeof of === 'boolean' ? !of : { kind: 'not', of }
    }
    case 'text':
      return filter
    case 'compare': {
      const [fact, ...rest] = filter.path
      if (rest.length > 0) return filter
      if (fact === 'queue' || fact === 'state' || fact === 'system') return testOf(filter)(place[fact])
      if (fact === 'kind') return testOf(filter)([place.kind])
      if (fact === 'failed' && place.kind !== 'failed') return testOf(filter)([])
      return filter
    }
  }
}
