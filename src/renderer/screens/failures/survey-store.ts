import { create } from 'zustand'
import type { FailureSurvey } from '../../../domain/failure.ts'
import { client } from '../../api/client.ts'
import { errorSentence } from '../../api/error-text.ts'
import { readToEnd } from '../../api/read-to-end.ts'
import { beginSurvey, endSurvey, heardOfSurvey, type SurveyRun, stopSurvey } from './survey.model.ts'

/** The surveys of this window, one a connection and one over all: a look at a failed job does not begin them anew. */
const useSurveys = create<{ runs: Readonly<Record<string, SurveyRun>> }>(() => ({ runs: {} }))

const stops = new Map<string, () => void>()

const everywhere = '*'

const keyOf = (connectionId: string | null) => connectionId ?? everywhere

/** The survey of a connection, or of all (null); undefined before the first. */
export const useSurvey = (connectionId: string | null): SurveyRun | undefined =>
  useSurveys((state) => state.runs[keyOf(connectionId)])

function put(key: string, change: (run: SurveyRun) => SurveyRun): void {
  const run = useSurveys.getState().runs[key]
  if (run !== undefined) useSurveys.setState(({ runs }) => ({ runs: { ...runs, [key]: change(run) } }))
}

/** Reads the failures again. What was read before is shown until there is something new. */
export function startSurvey(connectionId: string | null, budget: number): void {
  const key = keyOf(connectionId)
  stops.get(key)?.()
  useSurveys.setState(({ runs }) => ({ runs: { ...runs, [key]: beginSurvey(runs[key]) } }))
  const stop = readToEnd((signal) => client.failures.survey({ connectionId, budget }, { signal }), {
    event: (survey: FailureSurvey) => put(key, (run) => heardOfSurvey(run, survey, Date.now())),
    end: (error) => put(key, (run) => endSurvey(run, error === null ? null : errorSentence(error))),
  })
  stops.set(key, stop)
}

/** Stops reading; the groups so far stay. */
export function stopSurveying(connectionId: string | null): void {
  const key = keyOf(connectionId)
  stops.get(key)?.()
  put(key, stopSurvey)
}
