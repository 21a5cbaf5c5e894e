import type { RefObject } from 'react'
import type { PlanQuestion } from '../../../domain/operation.ts'
import type { QueueRef } from '../../../domain/queue.ts'
import { DueTimeInput } from '../due-time-input.tsx'
import { QueuePicker } from '../queue-picker.tsx'
import { ChangeInput } from './change-input.tsx'
import { CopyInputs } from './copy-inputs.tsx'

interface QuestionInputsProps {
  question: PlanQuestion
  /** Which points were open when the dialog opened: only those are asked for. */
  asked: PlanQuestion
  /** A payload of the sample, as stored. */
  sample: string | null
  onChange(change: Partial<PlanQuestion>): void
  /** The field of an edit. */
  text: RefObject<HTMLTextAreaElement | null>
}

/** What an action needs to know besides its jobs, where the screen that asked did not say it. */
export function QuestionInputs({ question, asked, sample, onChange, text }: QuestionInputsProps) {
  const from = fromOf(question)
  switch (asked.action) {
    case 'edit':
      return <ChangeInput value={question.change} onChange={(change) => onChange({ change })} input={text} />
    case 'copy':
      return <CopyInputs question={question} from={from} sample={sample} onChange={onChange} />
    case 'move':
      return asked.to !== null ? null : (
        <QueuePicker
          connectionId={question.connectionId}
          from={from}
          value={question.to}
          onChange={(to) => onChange({ to })}
          rows={4}
        />
      )
    case 'reschedule':
      return asked.at !== null ? null : <DueTimeInput at={question.at} onChange={(at) => onChange({ at })} />
    default:
      return null
  }
}

/** Where the jobs are, where that is one queue; of several of one system the first stands for all. */
function fromOf({ selection }: PlanQuestion): QueueRef | null {
  if (selection.type === 'search') return null
  const [first, ...rest] = selection.places
  return first !== undefined && rest.every(({ queue }) => queue.system === first.queue.system) ? first.queue : null
}
