import { type HandlerId, poolSystems, processHandlers } from '../../../domain/pool.ts'
import type { QueueRef } from '../../../domain/queue.ts'
import { guessHandler } from '../../components/guess-handler.model.ts'
import { handlerPathProblem } from '../../components/handler-file.model.ts'
import { fittingHandlers } from '../../components/handler-look.ts'
import { type LimitsForm, limitsProblems, startingLimits } from '../../components/limits-form.model.ts'

/** By what one job is run. */
export interface RunForm {
  readonly handler: HandlerId
  readonly file: string
  readonly limits: LimitsForm
}

/** The handlers that one job of a queue can be run by; of systems that no pool works on only a file of one's own. */
export function runHandlers({ system }: QueueRef): readonly HandlerId[] {
  const known = poolSystems.find((id) => id === system)
  return known === undefined ? ['own'] : fittingHandlers[known]
}

export function startingRun(queue: QueueRef): RunForm {
  const guess = guessHandler(queue)
  const able = runHandlers(queue)
  return { handler: able.includes(guess) ? guess : 'own', file: '', limits: startingLimits }
}

/** What is wrong with the form, by field; of the limits only that something is. */
export function runProblems({ handler, file, limits }: RunForm): Partial<Record<keyof RunForm, string>> {
  const path = handler === 'own' ? handlerPathProblem(file) : null
  return {
    ...(path !== null && { file: path }),
    ...(processHandlers.has(handler) && Object.keys(limitsProblems(limits)).length > 0 && { limits: 'See above.' }),
  }
}

/** What a run does to the world, in a sentence, for whoever is about to try it. */
export const effects: Record<HandlerId, string> = {
  email: 'Where a provider key is set, the e-mail goes to its real reader; without one it is only rendered.',
  sms: 'Where a provider key is set, the SMS goes to its real reader; without one it is only rendered.',
  http: 'The call goes out to the real server.',
  csv: 'The file is read to its end, and what it says is done again.',
  request: 'The local API is called for real.',
  own: 'Whatever your file does, it does for real.',
}
