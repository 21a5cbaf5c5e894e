import { isUtf8 } from 'node:buffer'
import { byteMembers, findMembers } from '../../domain/json-bytes.ts'
import { isJson, members, removeFields } from '../../domain/json-text.ts'

/** What a dead letter has and a job has not. */
const deathFields = ['failedAt', 'failed_at', 'error']

/**
 * The bytes with which a dead letter runs again: without `failedAt` and `error`, and `attempts` back at 0 where there
 * is one. Every other byte stays as stored. What is no JSON object goes back as it is.
 */
export function retryPayload(bytes: Buffer): Buffer {
  const again = Buffer.allocUnsafe(bytes.length)
  const end = retryInto(bytes, again, 0)
  return end < 0 ? fromText(bytes) : again.subarray(0, end)
}

function fromText(bytes: Buffer): Buffer {
  if (!isUtf8(bytes)) return bytes
  const text = bytes.toString('utf8')
  const all = isJson(text) ? members(text) : []
  if (all.length === 0) return bytes
  const attempts = all.findLast(({ key }) => key === 'attempts')
  const fresh = attempts ? `${text.slice(0, attempts.valueStart)}0${text.slice(attempts.valueEnd)}` : text
  return Buffer.from(removeFields(fresh, deathFields))
}

const found = byteMembers()
const zero = 0x30
const attemptsName = Buffer.from('attempts')
const deathNames = deathFields.map((name) => Buffer.from(name))

/**
 * The same, written into another buffer, where what its death added stands at the end, as workers write it. Returns where it
 * ends, never more than the length of `bytes` further on; -1 where it is anything else, for `retryPayload`.
 */
export function retryInto(bytes: Buffer, into: Buffer, at: number): number {
  if (!isUtf8(bytes) || !findMembers(bytes, found)) return -1
  const { count, valueStart, valueEnd } = found
  let [attempts, last] = [-1, -1]
  for (let i = 0; i < count; i++) {
    if (deathNames.some((name) => isNamed(bytes, i, name))) continue
    if (last !== i - 1) return -1 // something stands behind what its death added
    last = i
    if (isNamed(bytes, i, attemptsName)) attempts = i
  }
  if (last < 0) return -1
  const [kept, end] = [valueEnd[last] as number, valueEnd[count - 1] as number]
  let to: number
  if (attempts < 0) to = at + bytes.copy(into, at, 0, kept)
  else {
    to = at + bytes.copy(into, at, 0, valueStart[attempts])
    into[to++] = zero
    to += bytes.copy(into, to, valueEnd[attempts], kept)
  }
  // Hardly ever more than a brace: calling `copy` would take as long as all before.
  for (let from = end; from < bytes.length; ) into[to++] = bytes[from++] as number
  return to
}

function isNamed(bytes: Buffer, member: number, name: Buffer): boolean {
  const start = found.nameStart[member] as number
  if (found.nameEnd[member] !== start + name.length) return false
  for (let i = 0; i < name.length; i++) if (bytes[start + i] !== name[i]) return false
  return true
}
