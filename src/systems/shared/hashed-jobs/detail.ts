import type { JobDetail } from '../../../domain/job.ts'
import { readFields } from '../../../domain/json-text.ts'
import type { QueueRef } from '../../../domain/queue.ts'
import { storedText } from '../../../domain/stored-text.ts'
import { momentOf, type StoredJob, summaryOf, textOf, timeIn } from './decode.ts'
import { failuresOf } from './failures.ts'
import { familyOf } from './family.ts'
import { baseOf, type Layout } from './layout.ts'
import type { Sighting } from './sighting.ts'

/** Fields that have a place of their own in the detail. All others are shown last, under their own names. */
const placed: readonly string[] = [
  'name',
  'data',
  'opts',
  'timestamp',
  'processedOn',
  'finishedOn',
  'retriedOn',
  'failedReason',
  'stacktrace',
  'returnvalue',
  'progress',
  'parent',
]

/** The hash of a job as it was seen. */
export function storedOf(id: Buffer, state: string, sighting: Sighting): StoredJob {
  const data = sighting.fields.find(({ name }) => name === 'data')
  return {
    id,
    data: data?.value ?? null,
    mark: sighting.mark,
    size: data?.size ?? 0,
    fields: new Map(sighting.fields.map(({ name, value }) => [name, value])),
    score: sighting.found.get(state) ?? null,
    locked: sighting.lock !== null,
    wrongType: sighting.wrongType,
  }
}

/** What the drawer shows of one job. */
export function detailOf(read: {
  layout: Layout
  queue: QueueRef
  id: Buffer
  state: string
  sighting: Sighting
  now: number
}): JobDetail {
  const { layout, queue, id, state, sighting, now } = read
  const stored = storedOf(id, state, sighting)
  const result = sighting.fields.find(({ name }) => name === 'returnvalue')
  return {
    ...summaryOf(layout, stored, state, now),
    payload: storedText(stored.data ?? Buffer.alloc(0), Number.POSITIVE_INFINITY, stored.size),
    fields: fieldsOf(layout, baseOf(queue) + id.toString('utf8'), stored, sighting),
    timeline: timelineOf(stored, state),
    failures: failuresOf(layout, stored),
    logs: [...sighting.logs],
    result: result ? storedText(result.value, Number.POSITIVE_INFINITY, result.size) : null,
    family: layout.flows ? familyOf(queue, stored, sighting) : null,
  }
}

function fieldsOf(layout: Layout, key: string, stored: StoredJob, sighting: Sighting): JobDetail['fields'] {
  const { lock, fields, logs, logCount } = sighting
  const others = fields
    .map(({ name }) => name)
    .filter((name) => !layout.labels.has(name) && !placed.includes(name) && !layout.attempts.includes(name))
    .sort()
  const rows: [label: string, value: string | null][] = [
    ['Options', textOf(stored, 'opts')],
    ['Progress', textOf(stored, 'progress')],
    ['Lock', lock && `${lock.token}${lock.ttl < 0 ? '' : `, for another ${(lock.ttl / 1000).toFixed(1)} s`}`],
    ...Array.from(layout.labels, ([name, label]): (typeof rows)[number] => {
      const value = textOf(stored, name)
      // Every job has a delay and a priority; 0 means that it has none.
      return [label, value === '0' ? null : value]
    }),
    ['Logs', logCount > logs.length ? `The last ${logs.length} of ${logCount} lines are shown.` : null],
    ...others.map((name): (typeof rows)[number] => [name, textOf(stored, name)]),
    ['Key', key],
  ]
  return rows.flatMap(([label, value]) => (value === null ? [] : [{ label, value, mono: label !== 'Logs' }]))
}

function timelineOf(stored: StoredJob, state: string): JobDetail['timeline'] {
  const added = timeIn(stored, 'timestamp')
  const { delay } = readFields(textOf(stored, 'opts') ?? '', ['delay'])
  const asked = added !== null && typeof delay === 'number' && delay > 0 ? added + delay : null
  const due = state === 'delayed' ? momentOf(stored, state) : null
  const ended = state === 'completed' ? 'Completed' : state === 'failed' ? 'Failed' : 'Ended'
  const events: [at: number | null, label: string][] = [
    [added, 'Added'],
    [asked === due ? null : asked, 'Delayed until'],
    [timeIn(stored, 'processedOn'), 'Last started'],
    [timeIn(stored, 'finishedOn'), ended],
    [timeIn(stored, 'retriedOn'), 'Retried by hand'],
    [due, 'Due'],
  ]
  return events.flatMap(([at, label]) => (at === null ? [] : [{ at, label }])).sort((a, b) => a.at - b.at)
}
