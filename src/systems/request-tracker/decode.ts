import { isUtf8 } from 'node:buffer'
import type { Badge, JobDetail, JobSummary } from '../../domain/job.ts'
import { type JsonScalar, members, readFields, scalarText, timeOf } from '../../domain/json-text.ts'
import type { QueueRef } from '../../domain/queue.ts'
import { payloadBadges, previewOf, storedText } from '../../domain/stored-text.ts'
import type { Reply } from '../handles.ts'
import { channelOf, requestKey } from './keys.ts'
import { parseTrackedRequest, requestFields } from './parse.ts'
import { type StateId, stateOf } from './status.ts'

/** A request as the scripts return it: `type` of its key (`none` when it expired), size, ms to live, beginning. */
export interface Stored {
  readonly hash: Buffer
  readonly type: string
  readonly size: number
  readonly ttlMs: number
  readonly bytes: Buffer
}

/** A script's row; nothing when it is none. */
export function storedOf(row: Reply): Stored[] {
  const [hash, type, size, ttlMs, bytes] = Array.isArray(row) ? row : []
  if (!(hash instanceof Buffer) || !(bytes instanceof Buffer)) return []
  return [{ hash, type: String(type), size: Number(size), ttlMs: Number(ttlMs), bytes }]
}

/** A hash as a ref: as text where it is text, else in base64, so that any bytes come back the same. */
export function refOf(hash: Buffer): string {
  return isUtf8(hash) ? `hash:${hash.toString('utf8')}` : `bytes:${hash.toString('base64')}`
}

/** The hash that a ref names; null when it is none. */
export function hashOfRef(ref: string): Buffer | null {
  if (ref.startsWith('hash:')) return Buffer.from(ref.slice('hash:'.length), 'utf8')
  return ref.startsWith('bytes:') ? Buffer.from(ref.slice('bytes:'.length), 'base64') : null
}

function badgesOf({ type, bytes, size }: Stored): Badge[] {
  if (type === 'none') return ['no-data']
  return type === 'string' ? payloadBadges(bytes, size) : ['wrong-type']
}

/** The state of a request that was read by itself. */
export function stateOfStored(stored: Stored): StateId {
  if (stored.type === 'none') return 'expired'
  const status = scalarText(readFields(stored.bytes.toString('utf8'), ['status']).status)
  return status === null ? 'other' : stateOf(status)
}

const ended: Partial<Record<StateId, string>> = {
  completed: 'completed_at',
  failed: 'failed_at',
  cancelled: 'cancelled_at',
}

/** When a request started, or when it ended by its own word. */
function timeIn(state: StateId, fields: Record<string, JsonScalar>, startedAt: number | null): number | null {
  if (state === 'pending' || state === 'expired') return null
  const field = ended[state]
  return field === undefined ? startedAt : (timeOf(fields[field]) ?? timeOf(fields.updated_at))
}

/** When a request entered its state, by its own word. */
export function timeOfStored({ bytes }: Stored, state: StateId): number | null {
  const fields = readFields(bytes.toString('utf8'), requestFields)
  return timeIn(state, fields, timeOf(fields.started_at) ?? timeOf(fields.created_at))
}

/** The error as a request holds it, whole. */
export function errorOf({ bytes }: Stored): string | null {
  const fields = readFields(bytes.toString('utf8'), ['error_message', 'error'])
  return scalarText(fields.error_message) ?? scalarText(fields.error)
}

export function summaryOf(stored: Stored, state: StateId, now: number): JobSummary {
  const { hash, bytes, size, ttlMs } = stored
  const request = parseTrackedRequest(hash.toString('utf8'), bytes, ttlMs, now)
  const fields = readFields(bytes.toString('utf8'), requestFields)
  return {
    ref: refOf(hash),
    id: request.hash,
    name: request.service,
    state,
    preview: previewOf(bytes, size),
    bytes: size,
    createdAt: request.startedAt,
    at: timeIn(state, fields, request.startedAt),
    attempts: null,
    maxAttempts: null,
    progress: request.progress,
    error: request.error,
    badges: badgesOf(stored),
  }
}

export function detailOf(stored: Stored, queue: QueueRef, now: number): JobDetail {
  const state = stateOfStored(stored)
  const summary = summaryOf(stored, state, now)
  const hash = stored.hash.toString('utf8')
  const request = parseTrackedRequest(hash, stored.bytes, stored.ttlMs, now)
  const fields = readFields(stored.bytes.toString('utf8'), requestFields)
  const seconds = (ms: number | null) => (ms === null || ms < 0 ? null : `${Math.round(ms / 1000)} s`)
  const estimate = scalarText(fields.estimated_duration)
  const rows: [string, string | null, boolean][] = [
    ['Status', stored.type === 'none' ? 'expired' : request.status, false],
    ['Step', request.step, false],
    ['Message', request.message, false],
    ['Needs a one-time code', request.requiresOtp ? 'yes' : null, false],
    ['Estimated in all', estimate === null ? null : `${estimate} s`, false],
    ['Estimated to the end', seconds(request.etaMs), false],
    ['Redis drops it in', seconds(stored.ttlMs), false],
    ['User', request.userId, true],
    ['Problem', stored.type === 'none' ? null : request.problem, false],
    ['Key', requestKey(queue, hash), true],
    ['Channel', channelOf(queue, hash), true],
  ]
  const times: [number | null, string][] = [
    [request.startedAt, 'Started'],
    [timeOf(fields.updated_at), 'Updated'],
    [timeOf(fields.completed_at), 'Completed'],
    [timeOf(fields.failed_at), 'Failed'],
    [timeOf(fields.cancelled_at), 'Cancelled'],
    [stored.ttlMs > 0 ? request.expiresAt : null, 'Expires'],
  ]
  return {
    ...summary,
    payload: storedText(stored.bytes, stored.bytes.length, stored.size),
    fields: rows.flatMap(([label, value, mono]) => (value === null ? [] : [{ label, value, mono }])),
    timeline: times.flatMap(([at, label]) => (at === null ? [] : [{ at, label }])).sort((a, b) => a.at - b.at),
    failures: request.error === null ? [] : [{ attempt: 1, message: request.error, stack: null }],
    logs: [],
    result: resultOf(stored.bytes),
    family: null,
  }
}

function resultOf(bytes: Buffer): JobDetail['result'] {
  const json = bytes.toString('utf8')
  const found = members(json).findLast(({ key }) => key === 'result_data')
  const raw = found ? json.slice(found.valueStart, found.valueEnd) : 'null'
  return raw === 'null' ? null : storedText(Buffer.from(raw))
}
