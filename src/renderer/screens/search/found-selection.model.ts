import { queueKey } from '../../../domain/queue.ts'
import type { FoundJob } from '../../../domain/search.ts'
import type { Place, Selection } from '../../../domain/selection.ts'
import type { SearchRun } from '../../state/searches.model.ts'

/** The found jobs that were chosen: single ones, or all that the search found, shown or not. */
export interface FoundSelection {
  readonly all: boolean
  readonly keys: ReadonlySet<string>
  /** The row from which Shift stretches. */
  readonly anchor: number | null
}

export const nothingFound: FoundSelection = { all: false, keys: new Set(), anchor: null }

/** What names a found job among all that were found. */
export function foundKey({ queue, state, job }: FoundJob): string {
  return `${queueKey(queue)} ${state} ${job.ref}`
}

export const isEmpty = ({ all, keys }: FoundSelection): boolean => !all && keys.size === 0

export const isChosen = ({ all, keys }: FoundSelection, found: FoundJob): boolean => all || keys.has(foundKey(found))

/** One row in or out. Taking one out of all that were found is not possible: the selection begins anew with it. */
export function toggleFound({ all, keys }: FoundSelection, found: FoundJob, index: number): FoundSelection {
  const after = all ? new Set<string>() : new Set(keys)
  const key = foundKey(found)
  if (!after.delete(key)) after.add(key)
  return { all: false, keys: after, anchor: index }
}

/** All rows from the anchor to this one, added to what is chosen. */
export function stretchFound(selection: FoundSelection, index: number, found: readonly FoundJob[]): FoundSelection {
  const anchor = selection.anchor ?? index
  const stretch = found.slice(Math.min(anchor, index), Math.max(anchor, index) + 1)
  const keys = new Set(selection.all ? [] : selection.keys)
  for (const one of stretch) keys.add(foundKey(one))
  return { all: false, keys, anchor }
}

/** All rows that are shown; asked for again when they are chosen already, all that the search found. */
export function chooseMore(selection: FoundSelection, { found, progress }: SearchRun): FoundSelection {
  const shown = found.map(foundKey)
  const already = !selection.all && shown.every((key) => selection.keys.has(key))
  if (already && (progress?.matches ?? 0) > shown.length) return { all: true, keys: new Set(), anchor: null }
  return { all: false, keys: new Set(shown), anchor: selection.anchor }
}

/** How many jobs are chosen. */
export function chosenCount({ all, keys }: FoundSelection, run: SearchRun): number {
  return all ? (run.progress?.matches ?? 0) : keys.size
}

/** Where the chosen jobs are. */
export function chosenPlaces(selection: FoundSelection, run: SearchRun): Place[] {
  if (selection.all) return run.progress?.places ?? []
  const places = new Map<string, Place>()
  for (const one of run.found) {
    if (selection.keys.has(foundKey(one))) places.set(`${queueKey(one.queue)} ${one.state}`, one)
  }
  return [...places.values()].map(({ queue, state }) => ({ queue, state }))
}

/** The chosen jobs as the engine is told of them; null when none is. */
export function selectionOf(selection: FoundSelection, { found, progress }: SearchRun): Selection | null {
  if (progress === null || isEmpty(selection)) return null
  if (selection.all) return { type: 'search', searchId: progress.id }
  const places = new Map<string, Place & { refs: string[] }>()
  for (const one of found) {
    if (!selection.keys.has(foundKey(one))) continue
    const { queue, state, job } = one
    const key = `${queueKey(queue)} ${state}`
    const place = places.get(key) ?? { queue, state, refs: [] }
    place.refs.push(job.ref)
    places.set(key, place)
  }
  return places.size === 0 ? null : { type: 'refs', places: [...places.values()] }
}
