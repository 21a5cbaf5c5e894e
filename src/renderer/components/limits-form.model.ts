import { type Limits, poolDefaults } from '../../domain/pool.ts'
import { isNumber, isWhole, toMs, toSeconds } from './whole-number.model.ts'

/** What a job in a process of its own may take, as typed. */
export interface LimitsForm {
  readonly timeSeconds: string
  readonly memoryMb: string
  readonly jobsPerProcess: string
}

export function fromLimits({ timeMs, memoryMb, jobsPerProcess }: Limits): LimitsForm {
  return {
    timeSeconds: toSeconds(timeMs),
    memoryMb: String(memoryMb),
    jobsPerProcess: String(jobsPerProcess),
  }
}

export const startingLimits: LimitsForm = fromLimits(poolDefaults.limits)

/** What is wrong with the form, by field. */
export function limitsProblems(form: LimitsForm): Partial<Record<keyof LimitsForm, string>> {
  const problems: Partial<Record<keyof LimitsForm, string>> = {}
  if (!isNumber(form.timeSeconds, 0.1, 86_400)) problems.timeSeconds = '0.1 to 86,400'
  if (!isWhole(form.memoryMb, 32, 65_536)) problems.memoryMb = '32 to 65,536'
  if (!isWhole(form.jobsPerProcess, 1, 100)) problems.jobsPerProcess = '1 to 100'
  return problems
}

/** What goes to the engine; only for a form without problems. */
export function toLimits({ timeSeconds, memoryMb, jobsPerProcess }: LimitsForm): Limits {
  return { timeMs: toMs(timeSeconds), memoryMb: Number(memoryMb), jobsPerProcess: Number(jobsPerProcess) }
}
