import { SluiceError } from '../../domain/errors.ts'
import { type JobFilter, parseFilter } from '../../domain/job-filter/parse.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { FoundJob, SearchProgress, SearchQuestion } from '../../domain/search.ts'
import { systems as allSystems } from '../../systems/registry.ts'
import type { QueueSystem } from '../../systems/system.ts'
import { Alarm } from '../alarm.ts'
import { createFrozenSet, type FrozenSet, sweepFrozenSets } from '../operations/frozen-set.ts'
import type { Connection } from '../redis/connection.ts'
import { within } from '../within.ts'
import { SearchWalk } from './search-walk.ts'

/** What a search tells: how far it is, and what it found since the last time. */
export interface SearchEvent {
  readonly progress: SearchProgress
  readonly found: FoundJob[]
}

/** Searches for jobs, and what they found. */
export interface Searches {
  /**
   * First the id of what it will find, with the job of that id where the filter is one; then what it finds, at most 10
   * times a second and the first match at once; last how it ended. Ends early, with what it has, when the signal aborts.
   * Throws INVALID_INPUT for a filter that is none, with where; NOT_OPEN; DISK_FAILED. Later trouble is in `problems`.
   */
  run(question: SearchQuestion, signal?: AbortSignal): AsyncGenerator<SearchEvent, void, void>
  /** What a search found. Throws NOT_FOUND after an hour, or 20 later searches; INVALID_INPUT while it still looks. */
  set(id: string): FrozenSet
  /** Ends all searches, and forgets what they found. */
  close(): Promise<void>
}

export interface SearchesOptions {
  /** Where the sets are, nothing else: what an earlier start left there is removed. */
  readonly folder: string
  /** Throws NOT_OPEN. */
  connection(id: string): Pick<Connection, 'profile' | 'reader' | 'masters'>
  /** The queues that are known of a connection. */
  queues(id: string): readonly QueueRef[] | Promise<readonly QueueRef[]>
  readonly systems?: readonly QueueSystem[]
}

const mostKept = 20
const keptForMs = 3_600_000
const everyMs = 100
/** How long the first event waits for the job of an id. */
const firstWithinMs = 300

interface Kept {
  readonly set: FrozenSet
  readonly walk: SearchWalk
  readonly end: AbortController
  /** Resolves when it looks no longer; never rejects. */
  readonly over: Promise<void>
  /** Epoch ms; null while it looks. */
  endedAt: number | null
}

export function createSearches({ folder, connection, queues, systems = allSystems }: SearchesOptions): Searches {
  const kept = new Map<string, Kept>()
  const swept = sweepFrozenSets(folder, () => false)
  const timer = setInterval(() => forgetOld(), 60_000)
  timer.unref()
  let closed = false

  function forgetOld(): void {
    const ended = [...kept.entries()].filter(([, { endedAt }]) => endedAt !== null)
    const old = ended.filter(([, { endedAt }], i) => {
      return i < ended.length - mostKept || (endedAt ?? 0) < Date.now() - keptForMs
    })
    for (const [id, { set }] of old) {
      kept.delete(id)
      set.close(true).catch(() => {}) // swept at the next start
    }
  }

  return {
    async *run(question, signal) {
      const filter = parsed(question.filter)
      const on = connection(question.connectionId)
      await swept
      if (closed) throw new SluiceError('NOT_OPEN')
      const set = await createFrozenSet(folder)
      const end = new AbortController()
      const until = signal ? AbortSignal.any([signal, end.signal]) : end.signal
      const alarm = new Alarm()
      const walk = new SearchWalk({
        ...{ question, filter, connection: on, systems, set, signal: until },
        queues: async () => queues(question.connectionId),
        changed: () => alarm.ring(),
      })
      const over = walk.run()
      const entry: Kept = { set, walk, end, over, endedAt: null }
      kept.set(set.id, entry)
      void over.then(() => {
        entry.endedAt = Date.now()
        forgetOld()
      })
      try {
        yield* told(walk, alarm)
      } finally {
        end.abort()
        await over
      }
    },
    set(id) {
      const found = kept.get(id)
      if (found === undefined)
        throw new SluiceError('NOT_FOUND', 'What that search found is no longer kept: search again.')
      if (found.walk.status === 'running')
        throw new SluiceError('INVALID_INPUT', 'That search still looks: stop it, or wait until it is done.')
      return found.set
    },
    async close() {
      closed = true
      clearInterval(timer)
      const all = [...kept.values()]
      kept.clear()
      for (const { end } of all) end.abort()
      await Promise.all(all.map(({ over }) => over))
      await Promise.all(all.map(({ set }) => set.close(true)))
    },
  }
}

function parsed(text: string): JobFilter | null {
  const filter = parseFilter(text)
  if (filter !== null && 'problem' in filter)
    throw new SluiceError('INVALID_INPUT', `At character ${filter.at + 1} of the filter: ${filter.problem}`)
  return filter
}

async function* told(walk: SearchWalk, alarm: Alarm): AsyncGenerator<SearchEvent, void, void> {
  await within(firstWithinMs, walk.asked)
  let last = Number.NEGATIVE_INFINITY
  let shown = 0
  for (;;) {
    const ended = walk.status !== 'running'
    const due = last + everyMs - performance.now()
    if (due > 0 && !ended && (shown > 0 || walk.fresh.length === 0)) {
      await alarm.sleep(due)
      continue
    }
    const found = walk.fresh
    walk.fresh = []
    shown += found.length
    last = performance.now()
    yield { progress: walk.progress, found }
    if (ended) return
    if (walk.fresh.length === 0 && walk.status === 'running') await alarm.sleep(null)
  }
}
