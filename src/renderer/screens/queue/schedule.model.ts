import type { Schedule, ScheduleChange } from '../../../domain/schedule.ts'
import { formatDuration } from '../../ui/format.ts'
import { jsonProblem } from './json-problem.model.ts'

/** When a schedule runs, in a few characters: its pattern, or "every 5m". */
export function timingWords({ pattern, everyMs }: Pick<Schedule, 'pattern' | 'everyMs'>): string {
  if (pattern !== null) return pattern
  return everyMs === null ? '–' : `every ${formatDuration(everyMs)}`
}

/** What is typed into the form of a schedule. */
export interface ScheduleForm {
  readonly kind: 'pattern' | 'every'
  readonly pattern: string
  readonly seconds: string
  readonly timeZone: string
  readonly payload: string
}

export function formOf({ pattern, everyMs, timeZone, payload }: Schedule): ScheduleForm {
  return {
    kind: pattern === null ? 'every' : 'pattern',
    pattern: pattern ?? '0 * * * *',
    seconds: String((everyMs ?? 60_000) / 1000),
    timeZone: timeZone ?? '',
    payload: payload ?? '{}',
  }
}

/** The change that a form asks for, or by field what is wrong with it. */
export function changeOf(
  id: string,
  form: ScheduleForm,
): { change: ScheduleChange } | { errors: Partial<Record<keyof ScheduleForm, string>> } {
  const errors: Partial<Record<keyof ScheduleForm, string>> = {}
  const every = Math.round(Number(form.seconds) * 1000)
  if (form.kind === 'pattern' && !/^\S+( +\S+){4,5}$/.test(form.pattern.trim())) {
    errors.pattern = 'A pattern has five fields: minute, hour, day, month, weekday; or six, with seconds first.'
  }
  if (form.kind === 'every' && !(every >= 1 && Number.isSafeInteger(every)))
    errors.seconds = 'Give a number of seconds.'
  const payload = jsonProblem(form.payload)
  if (payload !== null) errors.payload = payload
  if (Object.keys(errors).length > 0) return { errors }
  const byPattern = form.kind === 'pattern'
  return {
    change: {
      id,
      pattern: byPattern ? form.pattern.trim() : null,
      everyMs: byPattern ? null : every,
      timeZone: byPattern && form.timeZone.trim() !== '' ? form.timeZone.trim() : null,
      payload: form.payload,
    },
  }
}
