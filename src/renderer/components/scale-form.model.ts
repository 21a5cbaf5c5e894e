import { mostWorkers, type Scale } from '../../domain/scale.ts'
import { formatCount, formatCounted, formatDuration } from '../ui/format.ts'
import { isNumber, isWhole, toMs, toSeconds } from './whole-number.model.ts'

/** How many workers there may be, as typed. */
export interface ScaleForm {
  readonly by: Scale['by']
  readonly count: string
  readonly min: string
  readonly max: string
  readonly jobsPerWorker: string
  readonly clearSeconds: string
  readonly cooldownSeconds: string
  readonly step: string
}

export const startingScale: ScaleForm = {
  by: 'fixed',
  count: '10',
  min: '1',
  max: '10',
  jobsPerWorker: '20',
  clearSeconds: '60',
  cooldownSeconds: '3',
  step: '1',
}

/** The form of a scale that is set already; the numbers of the other kinds are the usual ones. */
export function fromScale(scale: Scale): ScaleForm {
  if (scale.by === 'fixed') return { ...startingScale, count: String(scale.count) }
  const { by, min, max, jobsPerWorker, clearMs, cooldownMs, step } = scale
  return {
    ...startingScale,
    by,
    min: String(min),
    max: String(max),
    jobsPerWorker: String(jobsPerWorker),
    clearSeconds: toSeconds(clearMs),
    cooldownSeconds: toSeconds(cooldownMs),
    step: String(step),
  }
}

/** What is wrong with the numbers of the kind that is chosen, by field. */
export function scaleProblems(form: ScaleForm): Partial<Record<keyof ScaleForm, string>> {
  if (form.by === 'fixed')
    return isWhole(form.count, 1, mostWorkers) ? {} : { count: `1 to ${formatCount(mostWorkers)}` }
  const problems: Partial<Record<keyof ScaleForm, string>> = {}
  if (!isWhole(form.min, 0, mostWorkers)) problems.min = `0 to ${formatCount(mostWorkers)}`
  if (!isWhole(form.max, 1, mostWorkers)) problems.max = `1 to ${formatCount(mostWorkers)}`
  else if (problems.min === undefined && Number(form.min) > Number(form.max)) problems.min = 'more than the most'
  if (form.by === 'size' && !isJobCount(form.jobsPerWorker)) problems.jobsPerWorker = '1 to 1,000,000'
  if (form.by === 'wait' && !isSpan(form.clearSeconds)) problems.clearSeconds = '1 to 86,400'
  if (!isNumber(form.cooldownSeconds, 0.5, 3_600)) problems.cooldownSeconds = '0.5 to 3,600'
  if (!isWhole(form.step, 1, mostWorkers)) problems.step = `1 to ${formatCount(mostWorkers)}`
  return problems
}

/** What goes to the engine; only for a form without problems. What the other kind alone asks for may be nonsense. */
export function toScale(form: ScaleForm): Scale {
  if (form.by === 'fixed') return { by: 'fixed', count: Number(form.count) }
  const { jobsPerWorker, clearSeconds } = form
  return {
    by: form.by,
    min: Number(form.min),
    max: Number(form.max),
    jobsPerWorker: Number(isJobCount(jobsPerWorker) ? jobsPerWorker : startingScale.jobsPerWorker),
    clearMs: toMs(isSpan(clearSeconds) ? clearSeconds : startingScale.clearSeconds),
    cooldownMs: toMs(form.cooldownSeconds),
    step: Number(form.step),
  }
}

const isJobCount = (text: string) => isWhole(text, 1, 1_000_000)
const isSpan = (text: string) => isNumber(text, 1, 86_400)

/** How many there are of how many: "4 at a time", "3 of 1–10, by wait". */
export function scaleWords(scale: Scale, now: number | null): string {
  if (scale.by === 'fixed') return `${scale.count} at a time`
  const span = scale.min === scale.max ? String(scale.max) : `${scale.min}–${scale.max}`
  return `${now === null ? '' : `${now} of `}${span}, by ${scale.by}`
}

/** What a scale does, in a sentence. */
export function scaleSentence(scale: Scale): string {
  if (scale.by === 'fixed') return `Always ${formatCount(scale.count)} at a time.`
  const aim =
    scale.by === 'size'
      ? `one for every ${formatCounted(scale.jobsPerWorker, 'waiting job')}`
      : `as many as clear the queue in ${formatDuration(scale.clearMs).replace('.0 s', ' s')}`
  const pause = formatDuration(scale.cooldownMs).replace('.0 s', ' s')
  return `From ${formatCount(scale.min)} to ${formatCount(scale.max)}: ${aim}; at most ${formatCount(scale.step)} more or fewer every ${pause}.`
}
