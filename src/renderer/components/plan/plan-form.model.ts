import type { Plan, RunQuestion } from '../../../domain/operation.ts'
import { type TrashPlace, trashPlaces } from '../../../domain/trash.ts'
import { formatBytes, formatCount } from '../../ui/format.ts'
import { isNumber, isWhole, toMs } from '../whole-number.model.ts'

/** How a plan is to be run, as it is typed. */
export interface PlanForm {
  readonly limited: boolean
  /** Jobs a second. */
  readonly pace: string
  readonly canary: boolean
  readonly second: string
  readonly failPercent: string
  /** Seconds. */
  readonly patience: string
  readonly trash: TrashPlace
  readonly typed: string
  readonly reason: string
}

export const firstForm: PlanForm = {
  limited: false,
  pace: '100',
  canary: false,
  second: '10',
  failPercent: '20',
  patience: '300',
  trash: 'redis',
  typed: '',
  reason: '',
}

/** How long a plan may be looked at before it should be made anew, and how long the engine keeps it. */
const freshMs = 10 * 60_000
const keptMs = 60 * 60_000

export function ageOf({ at }: Plan, now: number): 'fresh' | 'old' | 'gone' {
  return now - at < freshMs ? 'fresh' : now - at < keptMs ? 'old' : 'gone'
}

/** Where the removed jobs of a plan may go; none where nothing is removed. */
export function trashChoices({ trash }: Plan): TrashPlace[] {
  if (trash === null) return []
  const named = trashPlaces.filter((place) => trash.places.includes(place))
  return named.length === 0 ? [...trashPlaces] : named
}

/** The place that is chosen at first: Redis while it has room, never nowhere. */
export function firstTrash(plan: Plan): TrashPlace {
  const choices = trashChoices(plan)
  return !choices.includes('redis') && choices.includes('computer') ? 'computer' : 'redis'
}

/** Whether the count has to be typed: where the plan says so, and where nothing could bring the jobs back. */
export function mustType(form: PlanForm, plan: Plan): boolean {
  return plan.typeCount || (plan.trash !== null && form.trash === 'none')
}

type Numbers = 'pace' | 'second' | 'failPercent' | 'patience'

/** What is wrong with the numbers, by field. */
export function numberProblems(form: PlanForm): Partial<Record<Numbers, string>> {
  return {
    ...(form.limited && !isNumber(form.pace, 0.1, 1_000_000) && { pace: '0.1 to 1,000,000' }),
    ...(form.canary && {
      ...(!isWhole(form.second, 1, 10_000) && { second: '1 to 10,000' }),
      ...(!isNumber(form.failPercent, 0, 100) && { failPercent: '0 to 100' }),
      ...(!isNumber(form.patience, 1, 86_400) && { patience: '1 to 86,400' }),
    }),
  }
}

/** What is missing before a plan can be run, as a sentence; null when nothing is. */
export function missingFor(form: PlanForm, plan: Plan, production: boolean, now: number): string | null {
  if (plan.count === 0) return 'There is nothing to do.'
  if (ageOf(plan, now) === 'gone') return 'This plan is too old: plan again.'
  if (Object.keys(numberProblems(form)).length > 0) return 'A number is not right.'
  if (plan.trash !== null && form.trash === 'redis' && !plan.trash.fits) {
    const { bytes, used, limit } = plan.trash
    return `The trash in Redis has room for ${formatBytes(Math.max(0, limit - used))}, not for ${formatBytes(bytes)}.`
  }
  if (production && form.reason.trim() === '') return 'Say why.'
  if (mustType(form, plan) && typedCount(form) !== plan.count) return `Type ${formatCount(plan.count)} to confirm.`
  return null
}

/** The number that was typed, with or without separators; null where it is none. */
export function typedCount({ typed }: PlanForm): number | null {
  const plain = typed.replaceAll(/[,\s_.’']/g, '')
  return /^\d{1,15}$/.test(plain) ? Number(plain) : null
}

/** What goes to the engine; `missingFor` said that nothing is missing. */
export function runOf(form: PlanForm, plan: Plan, canary: boolean): RunQuestion {
  return {
    planId: plan.id,
    typedCount: mustType(form, plan) ? typedCount(form) : null,
    reason: form.reason.trim() === '' ? null : form.reason.trim(),
    pace: form.limited ? Number(form.pace) : null,
    canary:
      canary && form.canary
        ? { second: Number(form.second), failPercent: Number(form.failPercent), patienceMs: toMs(form.patience) }
        : null,
    trash: form.trash,
  }
}

/** How long it takes at the pace that was chosen, ms; null when nobody knows. */
export function estimateOf(form: PlanForm, plan: Plan): number | null {
  const paced = form.limited && isNumber(form.pace, 0.1, 1_000_000) ? (plan.count / Number(form.pace)) * 1000 : null
  if (paced === null) return plan.estimateMs
  return Math.max(paced, plan.estimateMs ?? 0)
}
