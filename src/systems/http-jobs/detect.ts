import type { Found, Hints, SeenKey } from '../system.ts'
import { isState, type StateId, stateTypes, wellKnownName } from './keys.ts'

/** A key name taken apart: the queue, and the state that its suffix names. */
function parse(key: string): { name: string; state: StateId } | null {
  const colon = key.lastIndexOf(':')
  const state = key.slice(colon + 1)
  return colon > 0 && isState(state) ? { name: key.slice(0, colon), state } : null
}

/** Whether the key could be one of this layout, by name and type. */
export function wants({ key, type }: SeenKey): boolean {
  const parsed = parse(key)
  return parsed !== null && (stateTypes[parsed.state] as readonly string[]).includes(type)
}

/** Words that other layouts have before a queue's name: `queue:failed` is a queue named "failed". */
const othersPrefix = /(^|:)queue$|queues$/i

/** `job_queue` itself, or behind a prefix or in the braces of a cluster. */
function isWellKnown(name: string): boolean {
  return new RegExp(`(^|[^a-z0-9])\\{?${wellKnownName}\\}?$`, 'i').test(name)
}

/**
 * No Redis command: names and types of one scan tell. Under the name `job_queue` any of the keys is enough, because the
 * empty ones do not exist; other names count with a `:ready` list and at least one more of processing, failed, completed.
 */
export function detect(keys: readonly SeenKey[], hints: Hints): Found[] {
  const seen = new Map<string, Map<StateId, string>>()
  for (const entry of keys) {
    const parsed = parse(entry.key)
    if (parsed === null || !wants(entry)) continue
    const states = seen.get(parsed.name) ?? new Map<StateId, string>()
    seen.set(parsed.name, states.set(parsed.state, `${entry.type} ${entry.key}`))
  }
  const found = new Map<string, Found>()
  for (const { system, prefix, name } of hints.queues) {
    if (system !== 'http-jobs') continue
    found.set(prefix + name, { queue: { system: 'http-jobs', prefix, name }, evidence: 'named by hand' })
  }
  for (const [name, states] of seen) {
    const siblings = (['processing', 'failed', 'completed'] as const).filter((state) => states.has(state))
    const sure = isWellKnown(name) || (states.has('ready') && siblings.length > 0 && !othersPrefix.test(name))
    if (!sure || found.has(name)) continue
    found.set(name, { queue: { system: 'http-jobs', prefix: '', name }, evidence: [...states.values()].join(', ') })
  }
  return [...found.values()]
}
