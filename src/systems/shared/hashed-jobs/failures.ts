import type { JobDetail } from '../../../domain/job.ts'
import { attemptsOf, type StoredJob, textOf } from './decode.ts'
import type { Layout } from './layout.ts'

/** The strings of a JSON array that may be cut off: those that the text holds whole. */
function stringsOf(text: string): string[] {
  try {
    const parsed: unknown = JSON.parse(text)
    return Array.isArray(parsed)
      ? parsed.map((entry) => (typeof entry === 'string' ? entry : JSON.stringify(entry)))
      : []
  } catch {
    return [...text.matchAll(/"(?:[^"\\]|\\.)*"/gs)].flatMap(([raw]) => {
      try {
        return [String(JSON.parse(raw))]
      } catch {
        return [] // an escape that JSON does not know
      }
    })
  }
}

/** What a stack says before its first frame. */
function messageOf(stack: string): string {
  return stack.split(/\n\s+at /, 1)[0] ?? stack
}

/**
 * One entry an attempt, oldest first. `stacktrace` holds one stack a failed attempt, the last ones where the job has
 * a `stackTraceLimit`; an error without a stack (a job that stalled too often, a child that failed) is in
 * `failedReason` alone.
 */
export function failuresOf(layout: Layout, stored: StoredJob): JobDetail['failures'] {
  const stacks = stringsOf(textOf(stored, 'stacktrace') ?? '')
  const made = attemptsOf(layout, stored) ?? 0
  const reason = textOf(stored, 'failedReason')
  const before = Math.max(0, made - stacks.length)
  const failures: JobDetail['failures'] = stacks.map((stack, i) => ({
    attempt: before + i + 1,
    message: messageOf(stack),
    stack,
  }))
  const told = reason === null || failures.at(-1)?.stack?.includes(reason)
  return told ? failures : [...failures, { attempt: Math.max(made, failures.length, 1), message: reason, stack: null }]
}
