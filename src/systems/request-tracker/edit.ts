import { isJson, members, readFields, removeFields, scalarText, setField } from '../../domain/json-text.ts'
import type { NewRequest, RequestChange } from '../../domain/request.ts'
import { ttlSeconds } from './keys.ts'
import { isEnded, stateOf } from './status.ts'

/** What becomes of a stored request: its new text, or in a sentence why it may not be changed so. */
export type Edit = { readonly text: string } | { readonly refusal: string }

/** A time as requests hold it. */
export function isoTime(at: number): string {
  return new Date(at).toISOString()
}

/**
 * The text of a new request, in the order of keys.ts. `data` goes in as it is, and an id that is a whole number stays
 * one with all its digits. `now` is epoch ms.
 */
export function newRequestText(hash: string, request: NewRequest, now: number): string {
  const at = JSON.stringify(isoTime(now))
  const { userId } = request
  const fields: [string, string][] = [
    ['hash', JSON.stringify(hash)],
    ['service_slug', JSON.stringify(request.service)],
    ['status', '"pending"'],
    ['step', '"initializing"'],
    ['progress', '0'],
    ['current_message', 'null'],
    ['estimated_duration', String(request.estimatedDuration)],
    ['requires_otp', 'false'],
    ['request_data', request.data.trim()],
    ['otp_data', 'null'],
    ['result_data', 'null'],
    ['service_id', String(request.serviceId)],
    ['user_id', userId !== null && /^(0|[1-9]\d*)$/.test(userId) ? userId : JSON.stringify(userId)],
    ['session_id', JSON.stringify(request.sessionId)],
    ['started_at', at],
    ['updated_at', at],
    ['expires_at', JSON.stringify(isoTime(now + ttlSeconds * 1000))],
  ]
  return `{${fields.map(([name, raw]) => `${JSON.stringify(name)}:${raw}`).join(',')}}`
}

/** Why what is stored cannot be changed at all, in a sentence; null when it can. */
export function unreadable(text: string): string | null {
  return isObject(text) && members(text).length > 0 ? null : 'What is stored for this request is not a JSON object.'
}

/** The status that is stored; null when there is none. */
export function statusIn(text: string): string | null {
  return scalarText(readFields(text, ['status']).status)
}

/**
 * One change of a request, as the application's own code makes it: the members it is about, and the times. Every other
 * byte stays. `now` is epoch ms. Progress is set to what it says, higher or lower than before, as the application does;
 * step and message stay where they are null. What ended takes no change.
 */
export function editRequest(text: string, change: RequestChange, now: number): Edit {
  const status = statusIn(text)
  const refusal = unreadable(text) ?? (status !== null && isEnded(status) ? `This request is ${status} already.` : null)
  return refusal === null ? edit(text, status, change, now) : { refusal }
}

function edit(text: string, status: string | null, change: RequestChange, now: number): Edit {
  const at = JSON.stringify(isoTime(now))
  switch (change.type) {
    case 'progress': {
      const { progress, step, message } = change
      return set(text, now, {
        // One that waits for a code goes on waiting, whatever its bot reports meanwhile.
        status: status === null || stateOf(status) === 'pending' ? '"processing"' : null,
        step: step === null ? null : JSON.stringify(step),
        progress: String(progress),
        current_message: message === null ? null : JSON.stringify(message),
      })
    }
    case 'complete':
      if (!isJson(change.result)) return { refusal: 'The result is not JSON.' }
      return set(text, now, {
        status: '"completed"',
        step: '"completed"',
        progress: '100',
        requires_otp: unasked(text),
        result_data: change.result.trim(),
        completed_at: at,
      })
    case 'fail': {
      if (change.data !== null && !isJson(change.data)) return { refusal: 'What belongs to the error is not JSON.' }
      const error = JSON.stringify(change.error)
      return set(text, now, {
        status: '"failed"',
        step: '"failed"',
        current_message: error,
        requires_otp: unasked(text),
        failed_at: at,
        error_message: error,
        error_data: change.data === null ? null : change.data.trim(),
      })
    }
    case 'cancel':
      return set(text, now, { status: '"cancelled"', requires_otp: unasked(text), cancelled_at: at })
    case 'require-otp': {
      if (!isObject(change.data)) return { refusal: 'What the page shall show of the code is not a JSON object.' }
      const data = change.data.trim()
      return set(text, now, {
        status: '"otp_required"',
        step: '"otp_verification"',
        requires_otp: 'true',
        otp_data: 'requested_at' in readFields(data, ['requested_at']) ? data : setField(data, 'requested_at', at),
      })
    }
    case 'submit-otp': {
      if (!awaitsOtp(text)) return { refusal: 'This request needs no code now.' }
      const coded = setField(otpDataOf(text), 'otp', JSON.stringify(change.otp))
      return set(text, now, {
        status: '"processing"',
        requires_otp: unasked(text),
        otp_data: setField(coded, 'submitted_at', at),
      })
    }
    case 'resend-otp': {
      if (!awaitsOtp(text)) return { refusal: 'This request needs no code now.' }
      const data = removeFields(otpDataOf(text), ['otp', 'submitted_at'])
      const counted = setField(data, 'resend_count', String(resendsOf(text) + 1))
      return set(text, now, { otp_data: setField(counted, 'resend_requested_at', at) })
    }
  }
}

/** What `requires_otp` becomes when no code is needed any more: false, where it was something else. */
export function unasked(text: string): 'false' | null {
  const { requires_otp } = readFields(text, ['requires_otp'])
  return requires_otp === undefined || requires_otp === false ? null : 'false'
}

/** Whether the request waits for a one-time code. */
export function awaitsOtp(text: string): boolean {
  const { status, requires_otp } = readFields(text, ['status', 'requires_otp'])
  const word = scalarText(status) ?? ''
  return stateOf(word) === 'otp' || (requires_otp === true && !isEnded(word))
}

/** The code that a person typed; null when nobody did. */
export function submittedOtp(text: string): string | null {
  return scalarText(readFields(otpDataOf(text), ['otp']).otp)
}

/** How often a person asked for another code. */
export function resendsOf(text: string): number {
  const count = readFields(otpDataOf(text), ['resend_count']).resend_count
  return typeof count === 'number' && Number.isSafeInteger(count) && count > 0 ? count : 0
}

/** The raw text of a top-level member; null where there is none. */
export function rawMember(text: string, name: string): string | null {
  const member = members(text).findLast(({ key }) => key === name)
  return member === undefined ? null : text.slice(member.valueStart, member.valueEnd)
}

/** The text with these members set (those that are null stay as they are) and its times renewed. */
export function set(text: string, now: number, fields: Readonly<Record<string, string | null>>): { text: string } {
  const times = {
    updated_at: JSON.stringify(isoTime(now)),
    expires_at: JSON.stringify(isoTime(now + ttlSeconds * 1000)),
  }
  const all = Object.entries({ ...fields, ...times })
  return { text: all.reduce((done, [name, raw]) => (raw === null ? done : setField(done, name, raw)), text) }
}

/** `otp_data` where it is an object, else an empty one. */
function otpDataOf(text: string): string {
  const raw = rawMember(text, 'otp_data') ?? ''
  return raw.startsWith('{') ? raw : '{}'
}

function isObject(text: string): boolean {
  return /^\s*\{/.test(text) && isJson(text)
}
