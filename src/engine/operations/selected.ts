import { SluiceError } from '../../domain/errors.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Selection } from '../../domain/selection.ts'
import { systemOf } from '../../systems/registry.ts'
import type { Frozen } from '../../systems/system.ts'
import type { Connection } from '../redis/connection.ts'
import type { Searches } from '../search/searches.ts'
import { byPlace } from './jobs-spec.ts'

/** The jobs of one place that a selection means. */
export interface SelectedPlace {
  readonly queue: QueueRef
  readonly state: string
  readonly count: number
  /** Bytes of their payloads; null where nobody has read them. */
  readonly bytes: number | null
  /** Where a state ends, when all of it is meant; null for jobs that are named one by one. */
  readonly frozen: Frozen | null
  /** Refs in groups of at most `size`; walks the state when all of it is meant: then only what was in it is told. */
  refs(size: number, skip?: number): AsyncGenerator<string[], void, void>
}

/**
 * What a selection means at this moment. 1 round trip a place when all of a state is meant, else none. Throws NOT_FOUND
 * for a search that is gone or a state that is none.
 */
export async function selectedOf(
  connection: Pick<Connection, 'reader'>,
  selection: Selection,
  searches: Pick<Searches, 'set'>,
): Promise<SelectedPlace[]> {
  if (selection.type === 'search') {
    const set = searches.set(selection.searchId)
    return set.places.map(({ queue, state, count, bytes }, i) => ({
      ...{ queue, state, count, bytes, frozen: null },
      refs: (size: number, skip = 0) => set.refs(i, size, skip),
    }))
  }
  for (const { queue, state } of selection.places) {
    const { states, label } = systemOf(queue.system)
    if (!states.some(({ id }) => id === state))
      throw new SluiceError('NOT_FOUND', `${label} has no state named ${state}.`)
  }
  if (selection.type === 'refs') {
    return selection.places.map(({ queue, state, refs }) => {
      const once = byPlace([...new Set(refs)], queue)
      return {
        ...{ queue, state, count: once.length, bytes: null, frozen: null },
        refs: (size: number, skip = 0) => inGroups(once.slice(skip), size),
      }
    })
  }
  const places: SelectedPlace[] = []
  for (const { queue, state } of selection.places) {
    const frozen = await systemOf(queue.system).freeze(connection.reader, queue, state)
    const refs = (size: number, skip = 0) => walk(connection, queue, state, size, skip)
    places.push({ queue, state, count: frozen.count, bytes: null, frozen, refs })
  }
  return places
}

async function* inGroups(refs: readonly string[], size: number): AsyncGenerator<string[], void, void> {
  for (let at = 0; at < refs.length; at += size) yield refs.slice(at, at + size)
}

async function* walk(
  { reader }: Pick<Connection, 'reader'>,
  queue: QueueRef,
  state: string,
  size: number,
  skip: number,
): AsyncGenerator<string[], void, void> {
  let group: string[] = []
  let passed = 0
  for await (const { jobs } of systemOf(queue.system).scan(reader, queue, state, { chunk: 500, payloads: true })) {
    for (const { ref } of jobs) {
      if (passed++ < skip) continue
      group.push(ref)
      if (group.length < size) continue
      yield group
      group = []
    }
  }
  if (group.length > 0) yield group
}
