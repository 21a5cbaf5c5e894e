import type { RequestStatus } from '../../contract/http-api.ts'
import { isJson, readFields, removeFields, scalarText } from '../../domain/json-text.ts'
import { awaitsOtp, rawMember } from '../../systems/request-tracker/edit.ts'
import { parseTrackedRequest } from '../../systems/request-tracker/parse.ts'
import { isEnded, stateOf } from '../../systems/request-tracker/status.ts'
import { parseExact } from './exact-json.ts'

const texts = ['service_slug', 'service', 'step', 'current_message', 'message', 'error_message', 'error'] as const
const times = ['started_at', 'created_at', 'updated_at', 'expires_at'] as const

/**
 * A stored request as the API tells it; in a sentence what is wrong with it where it cannot be told. `now` is epoch ms.
 * The one-time code that a person typed is left out: whoever may see the progress need not see that.
 */
export function requestStatus(hash: string, bytes: Buffer, now: number): RequestStatus | string {
  const parsed = parseTrackedRequest(hash, bytes, null, now)
  if (parsed.problem !== null) return parsed.problem
  const text = bytes.toString('utf8')
  if (!isJson(text)) return 'What is stored for this request is not JSON.'
  const fields = readFields(text, [...texts, ...times])
  const word = (...names: readonly ((typeof texts)[number] | (typeof times)[number])[]) =>
    names.map((name) => scalarText(fields[name])).find((value) => value !== null) ?? null
  const ended = isEnded(parsed.status)
  return {
    hash,
    service_slug: word('service_slug', 'service'),
    status: parsed.status,
    step: word('step'),
    progress: parsed.progress ?? 0,
    current_message: word('current_message', 'message'),
    estimated_remaining_time: ended ? 0 : parsed.etaMs === null ? null : Math.ceil(parsed.etaMs / 1000),
    requires_otp: awaitsOtp(text),
    otp_data: otpData(text),
    result_data: stateOf(parsed.status) === 'completed' ? parseExact(rawMember(text, 'result_data') ?? 'null') : null,
    error_message: word('error_message', 'error'),
    started_at: word('started_at', 'created_at'),
    updated_at: word('updated_at'),
    expires_at: word('expires_at'),
  }
}

function otpData(text: string): Record<string, unknown> | null {
  const raw = rawMember(text, 'otp_data')
  if (raw === null || !raw.startsWith('{')) return null
  const value = parseExact(removeFields(raw, ['otp']))
  return typeof value === 'object' && value !== null ? { ...value } : null
}
