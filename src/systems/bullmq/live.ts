import type { LiveEvent } from '../../domain/live.ts'
import type { QueueRef } from '../../domain/queue.ts'
import { baseOf } from '../shared/hashed-jobs/layout.ts'
import { dueText, percentIn, shortDetail } from '../shared/hashed-jobs/live.ts'
import type { LiveSource } from '../system.ts'

/** No Redis command. BullMQ 5 and 6 tell everything in the stream `P:Q:events`, which reading leaves as it is. */
export function live(queue: QueueRef): LiveSource {
  return { type: 'stream', key: `${baseOf(queue)}events`, read }
}

function read(id: string, fields: readonly Buffer[]): LiveEvent | null {
  const told = new Map<string, string>()
  for (let i = 0; i + 1 < fields.length; i += 2) told.set(String(fields[i]), String(fields[i + 1]))
  const event = told.get('event') ?? ''
  const at = Number(id.split('-', 1)[0])
  if (event === '' || !Number.isSafeInteger(at)) return null
  const jobId = told.get('jobId') ?? null
  told.delete('event')
  told.delete('jobId')
  return {
    at,
    jobId,
    event,
    detail: shortDetail(detailOf(event, told)),
    progress: event === 'progress' ? percentIn(told.get('data') ?? null) : null,
  }
}

/** What says most of the event; all fields by name where none is known. */
function detailOf(event: string, told: ReadonlyMap<string, string>): string | null {
  const before = told.get('prev')
  if (event === 'completed') return told.get('returnvalue') ?? null
  if (event === 'failed') return told.get('failedReason') ?? null
  if (event === 'progress') return told.get('data') ?? null
  if (event === 'added') return told.get('name') ?? null
  if (event === 'delayed') return dueText(told.get('delay') ?? null)
  if (told.size === 1 && before !== undefined) return `was ${before}`
  return told.size === 0 ? null : Array.from(told, ([name, value]) => `${name} ${value}`).join(', ')
}
