import type { Found, Hints, SeenKey } from '../system.ts'
import { nameOf, telling } from './keys.ts'

/** How many of Horizon's names must stand together where the prefix does not say that it is Horizon's. */
const enough = 3

/** A key taken apart; null for what is no key that tells of an installation. */
function parse({ key, type }: SeenKey): { prefix: string; name: string } | null {
  const name = /[a-z_]*$/.exec(key)?.[0] ?? ''
  // A prefix may itself end in letters, so the longest name that fits is looked for.
  for (let from = 0; from < name.length; from++) {
    const suffix = name.slice(from)
    if (telling[suffix] === type) return { prefix: key.slice(0, key.length - suffix.length), name: suffix }
  }
  return null
}

/** Whether the key could be one of this layout, by name and type. Jobs' own hashes are not needed. */
export function wants(key: SeenKey): boolean {
  return parse(key) !== null
}

/**
 * No Redis command: the names and types of one scan tell. One key is enough where the prefix ends in `horizon:`, as it
 * does by default; elsewhere three of them have to stand together, because other programs keep `failed_jobs` too.
 */
export function detect(keys: readonly SeenKey[], hints: Hints): Found[] {
  const evidence = new Map<string, string[]>()
  for (const seen of keys) {
    const parsed = parse(seen)
    if (parsed) evidence.set(parsed.prefix, [...(evidence.get(parsed.prefix) ?? []), `${seen.type} ${seen.key}`])
  }
  const found = new Map<string, Found>()
  for (const { system, prefix, name } of hints.queues) {
    if (system === 'horizon') found.set(prefix, { queue: { system, prefix, name }, evidence: 'named by hand' })
  }
  for (const [prefix, names] of evidence) {
    if (found.has(prefix) || (!prefix.endsWith('horizon:') && names.length < enough)) continue
    const queue = { system: 'horizon' as const, prefix, name: nameOf(prefix) }
    found.set(prefix, { queue, evidence: names.slice(0, 5).join(', ') })
  }
  return [...found.values()]
}
