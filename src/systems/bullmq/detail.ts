import type { JobDetail } from '../../domain/job.ts'
import { readFields } from '../../domain/json-text.ts'
import type { QueueRef } from '../../domain/queue.ts'
import { storedText } from '../../domain/stored-text.ts'
import { momentOf, type StoredJob, summaryOf, textOf, timeIn } from './decode.ts'
import { failuresOf } from './failures.ts'
import { baseOf, type StateId } from './keys.ts'

/** A field of a job's hash: its name, the size of its value, and the value or its beginning. */
export interface Field {
  readonly name: string
  readonly size: number
  readonly value: Buffer
}

/** All that was read of one job. */
export interface Sighting {
  readonly fields: readonly Field[]
  readonly wrongType: boolean
  /** The states that hold the id, with its score where they are sorted sets. */
  readonly found: ReadonlyMap<StateId, number | null>
  /** Not every state could be looked through. */
  readonly unsure: boolean
  readonly lock: { readonly token: string; readonly ttl: number } | null
  /** The last lines, oldest first. */
  readonly logs: readonly string[]
  readonly logCount: number
  /** Of a parent: how many children wait, ended, failed but are ignored, and failed, and the keys of some. */
  readonly children: readonly { readonly count: number; readonly keys: readonly string[] }[]
}

/** Fields that the detail shows under a label, in this order. */
const labels: ReadonlyMap<string, string> = new Map([
  ['parentKey', 'Parent'],
  ['priority', 'Priority'],
  ['delay', 'Delay (ms)'],
  ['rjk', 'Job scheduler'],
  ['nrjid', 'Next scheduled job'],
  ['deid', 'Deduplication id'],
  ['defa', 'Will fail because'],
  ['pb', 'Worker'],
  ['ats', 'Times started'],
  ['stc', 'Times stalled'],
])

/** Fields that have a place of their own in the detail. All others are shown last, under their own names. */
const placed = new Set([
  'name',
  'data',
  'opts',
  'timestamp',
  'processedOn',
  'finishedOn',
  'attemptsMade',
  'failedReason',
  'stacktrace',
  'returnvalue',
  'progress',
  'atm',
  'parent',
])

const childLabels = [
  'Children that wait',
  'Children that ended',
  'Children that failed, ignored',
  'Children that failed',
]

/** What the drawer shows of one job. */
export function detailOf(read: {
  queue: QueueRef
  id: Buffer
  state: StateId
  sighting: Sighting
  now: number
}): JobDetail {
  const { queue, id, state, sighting, now } = read
  const data = sighting.fields.find(({ name }) => name === 'data')
  const result = sighting.fields.find(({ name }) => name === 'returnvalue')
  const stored: StoredJob = {
    id,
    data: data?.value ?? null,
    size: data?.size ?? 0,
    fields: new Map(sighting.fields.map(({ name, value }) => [name, value])),
    score: sighting.found.get(state) ?? null,
    locked: sighting.lock !== null,
    wrongType: sighting.wrongType,
  }
  return {
    ...summaryOf(stored, state, now),
    payload: storedText(stored.data ?? Buffer.alloc(0), Number.POSITIVE_INFINITY, stored.size),
    fields: fieldsOf(baseOf(queue) + id.toString('utf8'), stored, sighting),
    timeline: timelineOf(stored, state),
    failures: failuresOf(stored),
    logs: [...sighting.logs],
    result: result ? storedText(result.value, Number.POSITIVE_INFINITY, result.size) : null,
  }
}

function fieldsOf(key: string, stored: StoredJob, sighting: Sighting): JobDetail['fields'] {
  const { lock, fields, logs, logCount, children } = sighting
  const others = fields
    .map(({ name }) => name)
    .filter((name) => !labels.has(name) && !placed.has(name))
    .sort()
  const rows: [label: string, value: string | null][] = [
    ['Options', textOf(stored, 'opts')],
    ['Progress', textOf(stored, 'progress')],
    ['Lock', lock && `${lock.token}${lock.ttl < 0 ? '' : `, for another ${(lock.ttl / 1000).toFixed(1)} s`}`],
    ...Array.from(labels, ([name, label]): (typeof rows)[number] => {
      const value = textOf(stored, name)
      // Every job has a delay and a priority; 0 means that it has none.
      return [label, value === '0' ? null : value]
    }),
    ...children.map(({ count, keys }, i): (typeof rows)[number] => {
      const more = count > keys.length ? [`and ${count - keys.length} more`] : []
      return [childLabels[i] ?? '', count === 0 ? null : [...keys, ...more].join('\n')]
    }),
    ['Logs', logCount > logs.length ? `The last ${logs.length} of ${logCount} lines are shown.` : null],
    ...others.map((name): (typeof rows)[number] => [name, textOf(stored, name)]),
    ['Key', key],
  ]
  return rows.flatMap(([label, value]) => (value === null ? [] : [{ label, value, mono: label !== 'Logs' }]))
}

function timelineOf(stored: StoredJob, state: StateId): JobDetail['timeline'] {
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
    [due, 'Due'],
  ]
  return events.flatMap(([at, label]) => (at === null ? [] : [{ at, label }])).sort((a, b) => a.at - b.at)
}
