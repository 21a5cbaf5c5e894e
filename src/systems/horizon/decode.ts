import type { Badge, JobDetail, JobSummary } from '../../domain/job.ts'
import { type JsonScalar, scalarText, timeOf } from '../../domain/json-text.ts'
import { payloadBadges, previewOf, storedText } from '../../domain/stored-text.ts'
import { commandOf, payloadFields, payloadRows } from '../shared/laravel-payloads/payload.ts'
import type { StateId } from './keys.ts'
import { retriesOf, retriesText } from './retried.ts'
import type { StoredJob } from './stored-job.ts'

/** What a class or a queue did since Horizon's last snapshot, as its hash tells. */
export interface Measured {
  readonly label: string
  readonly throughput: string
  /** Mean, in ms. */
  readonly runtime: string
}

const messageLength = 300

const count = (field: JsonScalar | undefined) => (typeof field === 'number' ? field : null)

/** When a job came to be in a state: the newest of what its hash says. */
function reachedAt({ values }: StoredJob): number | null {
  return timeOf(values.failed_at || values.completed_at || values.reserved_at || undefined)
}

function badgesOf({ type, payload }: StoredJob): Badge[] {
  if (type === 'none') return ['no-data']
  if (type !== 'hash') return ['wrong-type']
  return payload === null ? ['no-data'] : payloadBadges(payload.bytes, payload.size)
}

/** The first line of an exception; null where there is none. */
function messageOf(exception: string): string | null {
  const line = exception.trimStart().split('\n', 1)[0] ?? ''
  return line === '' ? null : line.slice(0, messageLength)
}

export const refOf = ({ score, id }: Pick<StoredJob, 'score' | 'id'>): string => `${score}:${id}`

/** The parts of a ref; null when it is none. */
export function parseRef(ref: string): { score: string; id: string } | null {
  const match = /^(-?\d[\d.e+-]{0,30}):(.{1,500})$/s.exec(ref)
  return match && Number.isFinite(Number(match[1])) ? { score: match[1] as string, id: match[2] as string } : null
}

export function summaryOf(job: StoredJob, state: StateId): JobSummary {
  const { values, payload } = job
  const fields = payload ? payloadFields(payload) : {}
  return {
    ref: refOf(job),
    id: job.id,
    name: values.name ?? scalarText(fields.displayName) ?? scalarText(fields.job),
    state,
    preview: payload ? previewOf(payload.bytes, payload.size) : '',
    bytes: payload?.size ?? 0,
    createdAt: timeOf(values.created_at),
    at: reachedAt(job),
    attempts: count(fields.attempts),
    maxAttempts: count(fields.maxTries),
    progress: null,
    error: messageOf(job.exception),
    badges: badgesOf(job),
  }
}

export function detailOf(job: StoredJob, state: StateId, key: string, measured: readonly Measured[]): JobDetail {
  const summary = summaryOf(job, state)
  const { values, payload } = job
  const retries = retriesOf(values.retried_by)
  const rows: (readonly [string, string | null | undefined, boolean])[] = [
    ['Status', values.status, false],
    ['Queue', values.queue, true],
    ['Connection', values.connection, true],
    ['Retried', retriesText(retries), false],
    ...retries.map(({ id, status }, i) => [`Retry ${i + 1}`, `${id}, ${status}`, true] as const),
    ...(payload ? payloadRows(payload) : []),
    ['Context', values.context === 'null' ? null : values.context, true],
    ...measured.map(
      ({ label, throughput, runtime }) => [label, `${throughput} jobs, ${runtime} ms each`, false] as const,
    ),
    ['Key', key, true],
    ['Command', payload && commandOf(payload.bytes), true],
  ]
  const times: [number | null, string][] = [
    [summary.createdAt, 'Pushed'],
    [timeOf(values.reserved_at || undefined), 'Reserved'],
    [timeOf(values.completed_at || undefined), 'Completed'],
    [timeOf(values.failed_at || undefined), 'Failed'],
    ...retries.map(({ at, status }): [number | null, string] => [at && at * 1000, `Retried: ${status}`]),
  ]
  return {
    ...summary,
    payload: storedText(payload?.bytes ?? Buffer.alloc(0), payload?.bytes.length ?? 0, payload?.size ?? 0),
    fields: rows.flatMap(([label, value, mono]) => (value ? [{ label, value, mono }] : [])),
    timeline: times.flatMap(([at, label]) => (at === null ? [] : [{ at, label }])).sort((a, b) => a.at - b.at),
    failures:
      summary.error === null ? [] : [{ attempt: summary.attempts ?? 1, message: summary.error, stack: job.exception }],
    logs: [],
    result: null,
    family: null,
  }
}
