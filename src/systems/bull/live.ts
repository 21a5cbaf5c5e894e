import { readFields, scalarText } from '../../domain/json-text.ts'
import type { LiveEvent } from '../../domain/live.ts'
import type { QueueRef } from '../../domain/queue.ts'
import { baseOf } from '../shared/hashed-jobs/layout.ts'
import { dueText, percentIn, shortDetail } from '../shared/hashed-jobs/live.ts'
import type { LiveSource } from '../system.ts'

/** What the message of a channel is: a job's id, JSON that names one, a time, or nothing of a job. */
const events: Readonly<Record<string, 'id' | 'json' | 'due' | 'queue'>> = {
  waiting: 'id',
  active: 'id',
  stalled: 'id',
  duplicated: 'id',
  debounced: 'id',
  progress: 'json',
  completed: 'json',
  failed: 'json',
  delayed: 'due',
  paused: 'queue',
  resumed: 'queue',
  drained: 'queue',
}

/**
 * No Redis command. Bull 4 publishes on `P:Q:<event>` or `P:Q:<event>@<token of who did it>`. What an operator retries
 * or removes in bulk it does not tell.
 */
export function live(queue: QueueRef): LiveSource {
  const base = baseOf(queue)
  return {
    type: 'channels',
    pattern: `${base.replace(/[*?[\]\\]/g, '\\$&')}*`,
    read(channel, message, now) {
      if (!channel.startsWith(base)) return null
      // What a queue `Q:R` publishes matches the pattern too.
      const event = channel.slice(base.length).split('@', 1)[0] ?? ''
      return Object.hasOwn(events, event) ? eventOf(event, message.toString('utf8'), now) : null
    },
  }
}

function eventOf(event: string, text: string, now: number): LiveEvent {
  const told = { at: now, event, jobId: null, detail: null, progress: null }
  const form = events[event]
  if (form === 'id') return { ...told, jobId: text === '' ? null : text }
  if (form === 'due') return { ...told, detail: dueText(text) }
  if (form === 'queue') return told
  const { jobId, val, progress } = readFields(text, ['jobId', 'val', 'progress'])
  const value = scalarText(event === 'progress' ? progress : val)
  return {
    ...told,
    jobId: scalarText(jobId),
    detail: shortDetail(value),
    progress: event === 'progress' ? percentIn(value) : null,
  }
}
