import type { BulkQuestion } from './bulk-work.ts'
import type { Steering } from './gate.ts'
import type { RunLine } from './run-file.ts'

/** A chunk that was begun: how many items from where, and the number of its first script. */
export interface PendingChunk {
  readonly chunk: number
  readonly from: number
  readonly size: number
  readonly first: number
}

/** How far a place is. */
export interface PlaceState {
  readonly key: string | null
  readonly journalId: string | null
  /** Items of the chunks that were done, and what became of them. */
  readonly behind: number
  readonly done: number
  readonly missing: number
  readonly refused: number
  readonly left: number
  /** The number of the last script, and when one was sent. */
  readonly last: number
  readonly at: number
  readonly pending: PendingChunk | null
  readonly epoch: number
  readonly ended: boolean
  readonly settled: boolean
  readonly problem: string | null
}

export interface RunState {
  readonly id: string
  readonly startedAt: number
  readonly question: BulkQuestion
  readonly places: readonly PlaceState[]
  /** The number of the last chunk that was begun, of any place. */
  readonly chunk: number
  readonly steering: Steering
  readonly endedAt: number | null
  readonly problem: string | null
  readonly away: boolean
}

const noPlace: PlaceState = {
  ...{ key: null, journalId: null, behind: 0, done: 0, missing: 0, refused: 0, left: 0, last: 0, at: 0 },
  ...{ pending: null, epoch: 0, ended: false, settled: false, problem: null },
}

/** How far one place is; at its beginning where nothing was written down of it. */
export const placeOf = (state: RunState, place: number): PlaceState => state.places[place] ?? noPlace

/** The state after a line: the one place where it changes. Null before the first line. */
export function after(state: RunState | null, line: RunLine): RunState | null {
  if (line.t === 'run') return begun(line.id, line.at, line.question)
  if (state === null) return null
  switch (line.t) {
    case 'trash':
      return withPlace(state, line.place, { key: line.key })
    case 'place':
      return withPlace(state, line.place, { journalId: line.journalId })
    case 'chunk': {
      const { chunk, from, size, first, at } = line
      return { ...withPlace(state, line.place, { at, pending: { chunk, from, size, first } }), chunk }
    }
    case 'did': {
      const before = placeOf(state, line.place)
      return withPlace(state, line.place, {
        behind: before.behind + (before.pending?.size ?? 0),
        done: before.done + line.done,
        missing: before.missing + line.missing,
        refused: before.refused + line.refused,
        last: line.last,
        pending: null,
      })
    }
    case 'epoch':
      return withPlace(state, line.place, { epoch: line.epoch })
    case 'ended': {
      const { done, missing, refused, left, problem } = line
      return withPlace(state, line.place, { done, missing, refused, left, problem, pending: null, ended: true })
    }
    case 'settled':
      return withPlace(state, line.place, { settled: true })
    case 'steer': {
      const { t, ...steering } = line
      return { ...state, steering }
    }
    case 'end':
      return { ...state, endedAt: line.at, problem: line.problem }
    case 'away':
      return { ...state, away: true }
  }
}

/** The state that a file tells of; null when not even its first line is there. */
export function stateOf(lines: readonly RunLine[]): RunState | null {
  return lines.reduce<RunState | null>(after, null)
}

function begun(id: string, startedAt: number, question: BulkQuestion): RunState {
  const steering = { paused: false, held: false, heedless: false, pace: question.pace, cancelled: false }
  return { id, startedAt, question, places: [], chunk: 0, steering, endedAt: null, problem: null, away: false }
}

function withPlace(state: RunState, place: number, change: Partial<PlaceState>): RunState {
  const places = [...state.places]
  while (places.length <= place) places.push(noPlace)
  places[place] = { ...(places[place] as PlaceState), ...change } // filled just above
  return { ...state, places }
}

/** What became of all jobs so far. */
export function countsOf({ places }: RunState) {
  const sum = (pick: (place: PlaceState) => number) => places.reduce((total, place) => total + pick(place), 0)
  return { done: sum((p) => p.done), missing: sum((p) => p.missing), refused: sum((p) => p.refused) }
}
