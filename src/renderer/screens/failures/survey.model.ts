import type { FailureGroup, FailureSurvey } from '../../../domain/failure.ts'
import { formatCount, formatCounted } from '../../ui/format.ts'

/** A reading of all failures as its screen follows it. */
export interface SurveyRun {
  readonly phase: 'running' | 'done' | 'stopped' | 'failed'
  /** What is shown: this reading, or the one before while that was complete and this is not. */
  readonly shown: FailureSurvey | null
  /** When that was read, epoch ms. */
  readonly readAt: number | null
  /** How far this reading is; null until it said something. */
  readonly reading: FailureSurvey | null
  /** Why it failed, in a sentence. */
  readonly problem: string | null
}

export function beginSurvey(before: SurveyRun | undefined): SurveyRun {
  return {
    phase: 'running',
    shown: before?.shown ?? null,
    readAt: before?.readAt ?? null,
    reading: null,
    problem: null,
  }
}

const phases = { running: 'running', done: 'done', cancelled: 'stopped' } as const

/** Groups that were complete stay until the new ones are: counted anew they would jump up and down meanwhile. */
export function heardOfSurvey(run: SurveyRun, survey: FailureSurvey, now: number): SurveyRun {
  const keep = survey.status !== 'done' && run.shown?.status === 'done'
  return {
    phase: phases[survey.status],
    shown: keep ? run.shown : { ...survey, groups: sameGroups(run.shown?.groups ?? [], survey.groups) },
    readAt: keep ? run.readAt : now,
    reading: survey,
    problem: null,
  }
}

/** The groups, with those that did not change as the objects they were: their rows need not be drawn again. */
function sameGroups(before: readonly FailureGroup[], after: readonly FailureGroup[]): FailureGroup[] {
  const known = new Map(before.map((group) => [group.signature, group]))
  return after.map((group) => {
    const old = known.get(group.signature)
    return old !== undefined && JSON.stringify(digest(old)) === JSON.stringify(digest(group)) ? old : group
  })
}

const digest = ({ count, firstAt, lastAt, trend, filter, queues, samples }: FailureGroup) => [
  count,
  firstAt,
  lastAt,
  trend,
  filter,
  queues.length,
  samples.length,
  samples[0]?.ref,
]

/** The stream is over; `problem` says why where that was not the end of the reading. */
export function endSurvey(run: SurveyRun, problem: string | null): SurveyRun {
  if (run.phase !== 'running') return run
  return { ...run, phase: 'failed', problem: problem ?? 'It broke off before everything was read.' }
}

export function stopSurvey(run: SurveyRun): SurveyRun {
  return run.phase === 'running' ? { ...run, phase: 'stopped' } : run
}

/** A cheap reading that is older than this is made again when somebody comes to the screen. */
const freshMs = 60_000
const cheapMs = 5_000

/** Whether coming to the screen begins a reading: the first time, and again where the last one is old and took little. */
export function readsOnArrival(run: SurveyRun | undefined, now: number): boolean {
  if (run === undefined) return true
  if (run.phase === 'running' || run.readAt === null) return false
  return run.phase === 'done' && now - run.readAt > freshMs && (run.shown?.elapsedMs ?? 0) < cheapMs
}

/** How many failed jobs there are and what of them is shown. */
export function surveyWords({ phase, shown }: SurveyRun, groups: number): string {
  if (shown === null) return phase === 'running' ? 'Counting the failed jobs' : ''
  const { total, groupCount, scanned, status } = shown
  const causes = formatCounted(Math.max(groups, groupCount), 'cause')
  if (status === 'done') {
    const most = groups < groupCount ? `; the largest ${formatCount(groups)} are shown` : ''
    return `${formatCounted(total, 'failed job')}, ${causes}${most}`
  }
  const read = `${formatCount(scanned)} of ${formatCounted(total, 'failed job')}`
  return phase === 'running' ? `${read}, ${causes} so far` : `Stopped: ${read} read, ${causes}`
}
