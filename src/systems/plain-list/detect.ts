import type { QueueRef } from '../../domain/queue.ts'
import type { Found, Hints, SeenKey } from '../system.ts'
import { defaultPrefix, ownSuffix } from './keys.ts'

/** Types a key of this layout may have, by suffix; the plain name is a list. */
const suffixTypes: Readonly<Record<string, readonly string[]>> = {
  ':processing': ['set'],
  ':dlq': ['list'],
  ':delayed': ['zset'],
}

/** Whether the key could be one of this layout. Any list could: its own `:dlq` or `:processing` may stand beside it. */
export function wants({ key, type }: SeenKey): boolean {
  const suffix = Object.keys(suffixTypes).find((ending) => key.endsWith(ending))
  return type === 'list' || (suffix !== undefined && suffixTypes[suffix]?.includes(type) === true)
}

/**
 * No Redis command: the names and types of one scan tell. A list `queue:NAME`, or `queue:NAME:dlq` and the like where
 * the list itself is empty and so absent. Under other names a list counts only together with its own `:dlq` or
 * `:processing`, because any program may keep lists.
 */
export function detect(keys: readonly SeenKey[], hints: Hints): Found[] {
  const types = new Map(keys.map(({ key, type }) => [key, type]))
  const found = new Map<string, { queue: QueueRef; evidence: string[] }>()
  const claim = (prefix: string, name: string, evidence: string) => {
    const base = prefix + name
    const entry = found.get(base) ?? { queue: { system: 'plain-list', prefix, name }, evidence: [] }
    entry.evidence.push(evidence)
    found.set(base, entry)
  }

  for (const { key, type } of keys) {
    const suffix = Object.keys(suffixTypes).find((ending) => key.endsWith(ending))
    if (suffix !== undefined) {
      const base = key.slice(0, -suffix.length)
      if (!suffixTypes[suffix]?.includes(type)) continue
      if (base.startsWith(defaultPrefix) && base.length > defaultPrefix.length) {
        claim(defaultPrefix, base.slice(defaultPrefix.length), `${type} ${key}`)
      } else if (types.get(base) === 'list' && suffix !== ':delayed') {
        claim('', base, `list ${base} with ${type} ${key}`)
      }
    } else if (type === 'list' && key.startsWith(defaultPrefix) && key.length > defaultPrefix.length) {
      if (!ownSuffix.test(key)) claim(defaultPrefix, key.slice(defaultPrefix.length), `list ${key}`)
    }
  }
  for (const { system, prefix, name } of hints.queues) {
    if (system === 'plain-list') claim(prefix, name, 'named by hand')
  }
  return [...found.values()].map(({ queue, evidence }) => ({ queue, evidence: evidence.join(', ') }))
}
