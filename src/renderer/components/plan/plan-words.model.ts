import type { BulkAction, Plan, PlanQuestion } from '../../../domain/operation.ts'
import { changerOf } from '../../../domain/payload-change/apply.ts'
import type { QueueRef } from '../../../domain/queue.ts'
import { formatCount, formatCounted, formatDateTime } from '../../ui/format.ts'
import { rulesProblem } from '../redaction-rules.model.ts'

/** A part of a sentence: words of ours, or a name that somebody else chose. */
export type SentencePart = string | { readonly name: string }

/** More places than this are told by their number alone. */
const mostNamed = 3

const before: Record<BulkAction, string> = {
  retry: 'Retry',
  edit: 'Edit',
  remove: 'Remove',
  move: 'Move',
  promote: 'Run',
  reschedule: 'Change the time of',
  duplicate: 'Duplicate',
  copy: 'Copy',
}

/** The verb: to remove all that a state holds is to purge it. */
function verbOf({ action, selection }: PlanQuestion): string {
  return action === 'remove' && selection.type === 'all' ? 'Purge' : before[action]
}

/** The action with its count, for the button: "Retry 41,215 jobs". */
export function actionWords(question: PlanQuestion, count: number): string {
  const words = `${verbOf(question)} ${formatCounted(count, 'job')}`
  return question.action === 'promote' ? `${words} now` : words
}

/** The action while nobody knows of how many jobs. */
export function actionTitle(question: PlanQuestion): string {
  const { action } = question
  if (action === 'edit') return 'Edit many jobs'
  if (action === 'copy') return 'Copy to another connection'
  return action === 'promote' ? 'Run jobs now' : `${verbOf(question)} jobs`
}

interface SentenceWords {
  /** What a state is called where it is. */
  stateLabel(queue: QueueRef, state: string): string
  /** The name of the connection that copies go to. */
  intoName: string | null
}

/** What a plan does, in one sentence. */
export function planSentence(plan: Plan, { stateLabel, intoName }: SentenceWords): SentencePart[] {
  const { action, attempts, to, at } = plan.question
  const places = plan.places.filter(({ able, count }) => able === true && count > 0)
  const parts: SentencePart[] = [verbOf(plan.question), ' ']
  const [first] = places
  if (first === undefined || places.length > mostNamed) {
    parts.push(formatCounted(plan.count, 'job'))
    if (first !== undefined) parts.push(` of ${formatCount(places.length)} places`)
  } else {
    for (const [index, { queue, state, count }] of places.entries()) {
      if (index > 0) parts.push(index === places.length - 1 ? ' and ' : ', ')
      parts.push(index === 0 ? formatCounted(count, 'job') : formatCount(count), ' of ', { name: queue.name })
      parts.push(` (${stateLabel(queue, state)})`)
    }
  }
  if (action === 'promote') parts.push(' now')
  if (action === 'retry' && attempts === 'reset') parts.push(', with all attempts')
  if (to !== null && (action === 'move' || action === 'copy')) parts.push(' to ', { name: to.name })
  if (action === 'copy' && intoName !== null) parts.push(' of ', { name: intoName })
  if (action === 'reschedule' && at !== null) parts.push(` to ${formatDateTime(at)}`)
  return [...parts, '.']
}

/** What a question still leaves open; null when a plan can be made of it. */
export function openPoint({ action, to, into, at, change, redaction }: PlanQuestion): string | null {
  if (action === 'edit') {
    if (change === null || change.text.trim() === '') return 'Write down the change.'
    const changer = changerOf(change)
    if ('problem' in changer) return changer.problem
  }
  if (action === 'copy' && into === null) return 'Choose the connection to copy to.'
  if ((action === 'copy' || action === 'move') && to === null) return 'Choose a queue.'
  if (action === 'copy' && rulesProblem(redaction) !== null) return rulesProblem(redaction)
  if (action === 'reschedule' && at === null) return 'Give a date and a time.'
  return null
}

/** Whether the jobs go back to work by it, so that one can wait and see how the first of them do. */
export function runsJobs(action: BulkAction): boolean {
  return action === 'retry' || action === 'edit'
}
