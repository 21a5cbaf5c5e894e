import type { QueueRef } from '../../../domain/queue.ts'
import type { Command, Reply } from '../../handles.ts'
import { keyOfState, type Layout, placesByType } from './layout.ts'
import { lookLimit } from './lua.ts'

/** What became of a schedule's next job: it has yet to run, it ran, it is in no state, or it cannot be told. */
export type Fate = 'there' | 'ended' | 'missing' | 'unsure'

/** What is wrong with a schedule whose next job fared so; null when nothing is, or it is not sure. */
export function problemOf(fate: Fate): string | null {
  if (fate === 'ended') return 'Its last job ended and no next one was made, so it will not run again.'
  return fate === 'missing' ? 'Its next job is missing, so it will not run again.' : null
}

/** Runs made so far; `count` is the number of the job that was made last. */
export function runsOf(count: number | null, fate: Fate): number | null {
  return count === null ? null : fate === 'there' || fate === 'unsure' ? count - 1 : count
}

/** Whether the job that was made last was to be the last one. */
export function isOver(last: {
  count: number | null
  limit: number | null
  nextAt: number | null
  endsAt: number | null
}): boolean {
  const { count, limit, nextAt, endsAt } = last
  return (count !== null && limit !== null && count >= limit) || (nextAt !== null && endsAt !== null && nextAt > endsAt)
}

/**
 * What became of the next job of each schedule: the library makes it when a worker takes the one before, so that a
 * schedule whose next job was removed never runs again. Two pipelines that the caller sends with its own commands: first
 * a ZSCORE an id, then for those that are not delayed a few O(1) reads and LPOS through at most 10,000 ids of each list.
 */
export class NextRuns {
  readonly #delayed = new Set<string>()
  readonly #lists: readonly string[]
  readonly #sets: readonly string[]

  constructor(
    private readonly layout: Layout,
    private readonly queue: QueueRef,
    /** For each schedule the ids that its next job may have; none where that cannot be known. */
    private readonly runs: readonly (readonly string[])[],
  ) {
    const { lists, sets } = placesByType(layout)
    this.#lists = lists
    this.#sets = sets.filter((state) => state !== 'delayed')
  }

  first(): Command[] {
    return this.#ids.map((id) => ['ZSCORE', keyOfState(this.layout, this.queue, 'delayed'), id])
  }

  takeFirst(replies: readonly Reply[]): void {
    for (const [i, id] of this.#ids.entries()) if (replies[i] !== null) this.#delayed.add(id)
  }

  second(): Command[] {
    const key = (state: string) => keyOfState(this.layout, this.queue, state)
    return this.#missing.flatMap((id): Command[] => [
      ...this.#lists.map((state): Command => ['LPOS', key(state), id, 'MAXLEN', lookLimit]),
      ...this.#lists.map((state): Command => ['LLEN', key(state)]),
      ...this.#sets.map((state): Command => ['ZSCORE', key(state), id]),
    ])
  }

  /** For each schedule, from the replies to `second`. */
  fates(replies: readonly Reply[]): Fate[] {
    const wide = 2 * this.#lists.length + this.#sets.length
    const places = new Map(this.#missing.map((id, i) => [id, this.#fateOf(replies.slice(i * wide, (i + 1) * wide))]))
    return this.runs.map((ids) => {
      const found = ids.map((id) => (this.#delayed.has(id) ? 'there' : (places.get(id) ?? 'unsure')))
      return (['there', 'unsure', 'ended', 'missing'] as const).find((fate) => found.includes(fate)) ?? 'unsure'
    })
  }

  #fateOf(replies: readonly Reply[]): Fate {
    const count = this.#lists.length
    if (replies.slice(0, count).some((at) => typeof at === 'number')) return 'there'
    const held = this.#sets.filter((_, i) => Buffer.isBuffer(replies[2 * count + i]))
    if (held.length > 0) return held.every((state) => state === 'completed' || state === 'failed') ? 'ended' : 'there'
    const failed = replies.some((reply) => reply instanceof Error)
    const long = replies.slice(count, 2 * count).some((length) => typeof length === 'number' && length > lookLimit)
    return failed || long ? 'unsure' : 'missing'
  }

  get #ids(): string[] {
    return [...new Set(this.runs.flat())]
  }

  get #missing(): string[] {
    return this.#ids.filter((id) => !this.#delayed.has(id))
  }
}
