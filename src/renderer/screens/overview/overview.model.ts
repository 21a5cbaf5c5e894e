import { judge, type Overrun, type QueuePolicy } from '../../../domain/policy.ts'
import { backlog, type Kind, kinds, noKinds, type QueueRef, queueKey } from '../../../domain/queue.ts'
import type { QueueSample } from '../../../domain/sample.ts'
import type { ConnectionTelemetry } from '../../state/telemetry.model.ts'

/** A row of the overview: the heading of a connection, something to know about it, or one of its queues. */
export type OverviewRow =
  | { readonly type: 'group'; readonly connectionId: string }
  | { readonly type: 'note'; readonly connectionId: string; readonly note: Note }
  | { readonly type: 'queue'; readonly connectionId: string; readonly key: string }

export type Note =
  | { readonly kind: 'eviction'; readonly policy: string }
  | { readonly kind: 'sentence'; readonly text: string }
  | { readonly kind: 'no-queues' }
  | { readonly kind: 'no-match'; readonly hidden: number }
  | { readonly kind: 'waiting' }

export const sortColumns = ['name', 'system', 'backlog', ...kinds, 'in', 'out', 'oldest', 'drain', 'workers'] as const
export type SortColumn = (typeof sortColumns)[number]

export interface Sorting {
  readonly column: SortColumn
  readonly descending: boolean
}

/** `failed` sorts ascending by failed jobs, `-failed` descending: the form the URL has. */
export function parseSorting(text: string | null): Sorting {
  const descending = text?.startsWith('-') === true
  const column = sortColumns.find((candidate) => candidate === (descending ? text?.slice(1) : text))
  return column === undefined ? { column: 'name', descending: false } : { column, descending }
}

/** The URL's form; null for the usual order. */
export function formatSorting({ column, descending }: Sorting): string | null {
  return column === 'name' && !descending ? null : `${descending ? '-' : ''}${column}`
}

/** What a click on a heading makes of the order: names begin with A, numbers with the largest. */
export function nextSorting(now: Sorting, column: SortColumn): Sorting {
  if (now.column === column) return { column, descending: !now.descending }
  return { column, descending: column !== 'name' && column !== 'system' }
}

const natural = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

function sortValue(sample: QueueSample, column: SortColumn): number | string | null {
  const counts: Record<Kind, number> = { ...noKinds(), ...sample.kinds }
  switch (column) {
    case 'name':
      return sample.queue.name
    case 'system':
      return sample.queue.system
    case 'backlog':
      return backlog(counts)
    case 'in':
      return sample.inPerMinute
    case 'out':
      return sample.outPerMinute
    case 'oldest':
      return sample.oldestAgeMs
    case 'drain':
      // What never drains is the longest of all.
      return sample.drainMs ?? (backlog(counts) > 0 ? Number.POSITIVE_INFINITY : null)
    case 'workers':
      return sample.workers
    default:
      return counts[column]
  }
}

/** Orders two queues; unknown values come last either way, and equal ones stand by name. */
export function compareQueues(one: QueueSample, other: QueueSample, { column, descending }: Sorting): number {
  const left = sortValue(one, column)
  const right = sortValue(other, column)
  let order = 0
  if (typeof left === 'string' && typeof right === 'string') order = natural.compare(left, right)
  else if (left === null || right === null) {
    if (left !== right) return left === null ? 1 : -1
  } else if (typeof left === 'number' && typeof right === 'number' && left !== right) order = left < right ? -1 : 1
  if (order !== 0) return descending ? -order : order
  return natural.compare(one.queue.name, other.queue.name) || natural.compare(one.queue.system, other.queue.system)
}

/** The word that a filter finds queues outside their policy by. */
export const outsideWord = 'outside'

/**
 * Whether a queue has all the words of a filter in its name, prefix, system, or state ("failed", "paused", "outside" of
 * its policy).
 */
export function matchesFilter(
  sample: QueueSample,
  words: readonly string[],
  label: (queue: QueueRef) => string,
  outside: boolean,
): boolean {
  if (words.length === 0) return true
  const { name, prefix, system } = sample.queue
  const text = `${name} ${prefix} ${system} ${label(sample.queue)}`.toLocaleLowerCase()
  return words.every((word) => {
    if (text.includes(word)) return true
    if (word === outsideWord && outside) return true
    const kind = kinds.find((candidate) => candidate === word)
    return (kind !== undefined && (sample.kinds[kind] ?? 0) > 0) || (word === 'paused' && sample.paused)
  })
}

export function filterWords(filter: string): string[] {
  return filter.toLocaleLowerCase().split(/\s+/).filter(Boolean)
}

/** The filter with the word for queues outside their policy, or without it where it has it. */
export function toggleOutside(filter: string): string {
  const words = filter.split(/\s+/).filter(Boolean)
  const others = words.filter((word) => word.toLocaleLowerCase() !== outsideWord)
  return (others.length < words.length ? others : [...words, outsideWord]).join(' ')
}

/** A connection and what is known of it; undefined while that is being read. */
interface Known {
  readonly id: string
  readonly telemetry: ConnectionTelemetry | undefined
  readonly policies: readonly QueuePolicy[] | undefined
  readonly overruns: readonly Overrun[] | undefined
}

/** The keys of the queues that are there and outside their policy. */
export function outsideKeys({ telemetry, policies = [], overruns = [] }: Known): ReadonlySet<string> {
  const runs = new Map(overruns.map((overrun) => [queueKey(overrun.queue), overrun]))
  const outside = policies.flatMap(({ queue, policy }) => {
    const key = queueKey(queue)
    const sample = telemetry?.queues.get(key)
    return sample !== undefined && judge(policy, sample, runs.get(key)).length > 0 ? [key] : []
  })
  return new Set(outside)
}

interface OverviewInput {
  /** Connections in the order of the sidebar. */
  readonly connections: readonly Known[]
  readonly filter: string
  readonly sorting: Sorting
  readonly systemLabel: (queue: QueueRef) => string
}

/** All rows: connection by connection, what has to be known of each first, then its queues that match, in order. */
export function overviewRows({ connections, filter, sorting, systemLabel }: OverviewInput): OverviewRow[] {
  const words = filterWords(filter)
  return connections.flatMap((connection) => {
    const { id: connectionId, telemetry } = connection
    const note = (about: Note): OverviewRow => ({ type: 'note', connectionId, note: about })
    const rows: OverviewRow[] = [{ type: 'group', connectionId }]
    if (telemetry === undefined) return [...rows, note({ kind: 'waiting' })]
    if (telemetry.redis?.policyCanEvictQueues)
      rows.push(note({ kind: 'eviction', policy: telemetry.redis.maxmemoryPolicy }))
    if (telemetry.redisProblem !== null) rows.push(note({ kind: 'sentence', text: telemetry.redisProblem }))
    if (telemetry.partial !== null) rows.push(note({ kind: 'sentence', text: telemetry.partial }))
    const outside = words.includes(outsideWord) ? outsideKeys(connection) : new Set<string>()
    const shown = [...telemetry.queues]
      .filter(([key, sample]) => matchesFilter(sample, words, systemLabel, outside.has(key)))
      .sort(([, one], [, other]) => compareQueues(one, other, sorting))
    if (telemetry.queues.size === 0) rows.push(note({ kind: 'no-queues' }))
    else if (shown.length === 0) rows.push(note({ kind: 'no-match', hidden: telemetry.queues.size }))
    return [...rows, ...shown.map(([key]): OverviewRow => ({ type: 'queue', connectionId, key }))]
  })
}

/** A name for each row that stays the same while the row moves. */
export function rowKey(row: OverviewRow): string {
  if (row.type === 'queue') return `${row.connectionId} ${row.key}`
  return row.type === 'group'
    ? row.connectionId
    : `${row.connectionId} ${row.note.kind}${'text' in row.note ? row.note.text : ''}`
}
