import type { Found, Hints, SeenKey } from '../system.ts'
import { baseOf, baseOfKey, hintedBase, queueOfBase } from './keys.ts'

/** Whether the key is a request or a list of a tracker, by name and type. */
export function wants({ key, type }: SeenKey, hints: Hints): boolean {
  const part = baseOfKey(key, hintedBase(hints))?.part
  return (part === 'request' && type === 'string') || (part === 'list' && type === 'list')
}

/**
 * No Redis command: names and types of one scan tell. A list of hashes or one request is enough, since the list expires
 * too. Other names than `local_request` are found when they are set by hand.
 */
export function detect(keys: readonly SeenKey[], hints: Hints): Found[] {
  const hinted = hintedBase(hints)
  const seen = new Map<string, { list: boolean; requests: number }>()
  const byHand = new Set<string>()
  if (hinted !== null) byHand.add(hinted)
  for (const { system, prefix, name } of hints.queues) if (system === 'request-tracker') byHand.add(prefix + name)
  for (const base of byHand) seen.set(base, { list: false, requests: 0 })
  for (const entry of keys) {
    const parsed = baseOfKey(entry.key, hinted)
    if (parsed === null || !wants(entry, hints)) continue
    const tracker = seen.get(parsed.base) ?? { list: false, requests: 0 }
    seen.set(parsed.base, tracker)
    if (parsed.part === 'list') tracker.list = true
    else tracker.requests++
  }
  return [...seen].map(([base, { list, requests }]) => {
    const queue = queueOfBase(base)
    const evidence = [
      ...(byHand.has(base) ? ['named by hand'] : []),
      ...(list ? [`list ${baseOf(queue)}s_list`] : []),
      ...(requests > 0 ? [`${requests} ${requests === 1 ? 'key' : 'keys'} ${baseOf(queue)}:…`] : []),
    ]
    return { queue, evidence: evidence.join(', ') }
  })
}
