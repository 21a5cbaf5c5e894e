import { type FoundJob, mostShown, type SearchProgress, type SearchQuestion } from '../../domain/search.ts'

/** A search as a screen follows it. It stays when it has ended: what it found is a selection for an hour. */
export interface SearchRun {
  readonly question: SearchQuestion
  readonly startedAt: number
  /** `stopped` by a person; `failed` before it had read everything. */
  readonly phase: 'running' | 'done' | 'stopped' | 'failed'
  /** Null until the engine said how much there is to read. */
  readonly progress: SearchProgress | null
  /** The first that were found, in the order of finding. */
  readonly found: readonly FoundJob[]
  /** From the start to the first match on the screen, ms. */
  readonly firstMatchMs: number | null
  /** Why it failed, in a sentence. */
  readonly problem: string | null
}

export interface SearchEvent {
  readonly progress: SearchProgress
  readonly found: readonly FoundJob[]
}

export function beginSearch(question: SearchQuestion, now: number): SearchRun {
  return { question, startedAt: now, phase: 'running', progress: null, found: [], firstMatchMs: null, problem: null }
}

const phases: Record<SearchProgress['status'], SearchRun['phase']> = {
  running: 'running',
  done: 'done',
  cancelled: 'stopped',
  failed: 'failed',
}

export function heardOfSearch(run: SearchRun, { progress, found }: SearchEvent, now: number): SearchRun {
  return {
    ...run,
    phase: phases[progress.status],
    progress,
    found: found.length === 0 ? run.found : [...run.found, ...found].slice(0, mostShown),
    firstMatchMs: run.firstMatchMs ?? (found.length === 0 ? null : now - run.startedAt),
    problem: progress.status === 'failed' ? (progress.problems.at(-1) ?? brokeOff) : null,
  }
}

const brokeOff = 'It broke off before everything was read.'

/** The stream is over; `problem` says why where that was not the end of the search. */
export function endSearch(run: SearchRun, problem: string | null): SearchRun {
  if (run.phase !== 'running') return run
  return { ...run, phase: 'failed', problem: problem ?? brokeOff }
}

export function stopSearch(run: SearchRun): SearchRun {
  return run.phase === 'running' ? { ...run, phase: 'stopped' } : run
}

/** What a person has typed and chosen, without what does not change which jobs are meant. */
export type Wanted = Omit<SearchQuestion, 'connectionId' | 'budget'>

/** Whether a search went through the same jobs with the same filter as is wanted now. */
export function answers({ question }: SearchRun, wanted: Wanted): boolean {
  const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other)
  return (
    question.filter.trim() === wanted.filter.trim() &&
    question.state === wanted.state &&
    same(question.kinds, wanted.kinds) &&
    same(
      question.queue && [question.queue.system, question.queue.prefix, question.queue.name],
      wanted.queue && [wanted.queue.system, wanted.queue.prefix, wanted.queue.name],
    )
  )
}
