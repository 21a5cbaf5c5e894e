import { isRefused } from '../../domain/errors.ts'
import type { Reader, Reply } from '../handles.ts'
import { fieldsOf, headCommand, readHead } from '../shared/elements/elements.ts'
import type { Found, Hints, SeenKey } from '../system.ts'
import { marker } from './keys.ts'

interface Candidate {
  readonly prefix: string
  readonly name: string
  readonly keys: { key: string; type: string; part: Part }[]
}
type Part = 'ready' | 'delayed' | 'reserved' | 'notify'

/** A key name taken apart at the first `queues:`; the type tells a suffix from a queue that is named like one. */
function parse({ key, type }: SeenKey): { prefix: string; name: string; part: Part } | null {
  const at = key.indexOf(marker)
  if (at < 0) return null
  const prefix = key.slice(0, at)
  const rest = key.slice(at + marker.length)
  const colon = rest.lastIndexOf(':')
  const suffix = colon > 0 ? rest.slice(colon + 1) : ''
  if (type === 'zset') {
    return suffix === 'delayed' || suffix === 'reserved' ? { prefix, name: rest.slice(0, colon), part: suffix } : null
  }
  if (type !== 'list' || rest === '') return null
  if (suffix === 'notify') return { prefix, name: rest.slice(0, colon), part: suffix }
  return { prefix, name: rest, part: 'ready' }
}

/** Whether the key could be one of this layout, by name and type. */
export function wants(key: SeenKey): boolean {
  return parse(key) !== null
}

/**
 * At most 1 pipeline: names and types tell where a queue has two of its keys; one that stands alone is looked into, for
 * the JSON that Laravel writes (a `job`, and a `displayName` or a `uuid`), because other programs name lists like that.
 */
export async function detect(keys: readonly SeenKey[], hints: Hints, reader: Reader): Promise<Found[]> {
  const candidates = new Map<string, Candidate>()
  for (const seen of keys) {
    const parsed = parse(seen)
    if (parsed === null) continue
    const { prefix, name, part } = parsed
    const id = `${prefix}${marker}${name}`
    const candidate = candidates.get(id) ?? { prefix, name, keys: [] }
    candidate.keys.push({ ...seen, part })
    candidates.set(id, candidate)
  }
  const byHand = hints.queues.filter(({ system }) => system === 'laravel')
  const doubtful = [...candidates.values()].filter((candidate) => candidate.keys.length === 1)
  const heads = doubtful.length === 0 ? [] : await reader.pipeline(doubtful.map(({ keys }) => headCommand(keyOf(keys))))
  const refuted = new Set(doubtful.filter((candidate, i) => !isLaravel(candidate, heads[i] ?? null)))

  const found = new Map<string, Found>()
  for (const { prefix, name } of byHand) {
    found.set(prefix + marker + name, { queue: { system: 'laravel', prefix, name }, evidence: 'named by hand' })
  }
  for (const [id, candidate] of candidates) {
    if (refuted.has(candidate) || found.has(id)) continue
    const { prefix, name } = candidate
    const evidence = candidate.keys.map(({ type, key }) => `${type} ${key}`).join(', ')
    found.set(id, { queue: { system: 'laravel', prefix, name }, evidence })
  }
  return [...found.values()]
}

const keyOf = (keys: Candidate['keys']) => keys[0]?.key ?? ''

function isLaravel({ prefix, keys }: Candidate, reply: Reply): boolean {
  // A user who may not run scripts cannot look: then the prefix that Laravel gives by default, or none, has to do.
  if (isRefused(reply)) return prefix === '' || prefix.endsWith('_database_')
  const head = readHead(reply)
  if (head === null) return false
  if (keys[0]?.part === 'notify') return head.element.bytes.toString() === '1'
  const { job, displayName, uuid } = fieldsOf(head.element, ['job', 'displayName', 'uuid'])
  return typeof job === 'string' && (typeof displayName === 'string' || typeof uuid === 'string')
}
