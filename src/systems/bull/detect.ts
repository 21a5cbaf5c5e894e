import type { QueueRef } from '../../domain/queue.ts'
import type { Command, Reader } from '../handles.ts'
import { baseOf, defaultPrefix } from '../shared/hashed-jobs/layout.ts'
import { itemsOf, numberOf } from '../shared/hashed-jobs/replies.ts'
import type { Found, Hints, SeenKey } from '../system.ts'

/** The keys of a queue that discovery can know by name and type. */
const own: Readonly<Record<string, string>> = {
  id: 'string',
  wait: 'list',
  paused: 'list',
  active: 'list',
  delayed: 'zset',
  priority: 'zset',
  completed: 'zset',
  failed: 'zset',
  repeat: 'zset',
  stalled: 'set',
  'stalled-check': 'string',
  'meta-paused': 'string',
}

/** Keys that only BullMQ (or Bee-Queue: `jobs`) has beside the ones that it shares with Bull. */
const foreign: Readonly<Record<string, string>> = {
  events: 'stream',
  marker: 'zset',
  prioritized: 'zset',
  'waiting-children': 'zset',
  pc: 'string',
  jobs: 'hash',
}

/** `P:Q` and the last part of a key; null when it has no such form. */
function partsOf(key: string): { base: string; suffix: string } | null {
  const end = key.lastIndexOf(':')
  const inner = key.indexOf(':')
  return inner > 0 && inner < end - 1 ? { base: key.slice(0, end), suffix: key.slice(end + 1) } : null
}

/** No Redis command: whether the key has the form `P:Q:suffix`, with a suffix and a type that tell something. */
export function wants({ key, type }: SeenKey): boolean {
  const suffix = partsOf(key)?.suffix
  if (suffix === undefined) return false
  if (suffix === 'meta') return type === 'hash'
  return Object.hasOwn(own, suffix) ? own[suffix] === type : Object.hasOwn(foreign, suffix) && foreign[suffix] === type
}

interface Evidence {
  readonly seen: Map<string, string>
  /** A hash `meta`: Bull has one while it is paused, BullMQ always. */
  meta: boolean
  foreign: boolean
}

function gather(keys: readonly SeenKey[]): Map<string, Evidence> {
  const bases = new Map<string, Evidence>()
  for (const seen of keys) {
    const parts = partsOf(seen.key)
    if (parts === null || !wants(seen)) continue
    const { base, suffix } = parts
    const evidence = bases.get(base) ?? { seen: new Map(), meta: false, foreign: false }
    if (suffix === 'meta') evidence.meta = true
    else if (Object.hasOwn(own, suffix)) evidence.seen.set(suffix, seen.type)
    else evidence.foreign = true
    bases.set(base, evidence)
  }
  return bases
}

/**
 * Where the prefix ends. Bull allows colons in both parts and stores neither, so `a:b:c` may be read in two ways; the
 * keys are the same in both. Read as: what a person named by hand; else the default prefix, or a hash tag, up to its
 * colon; else all up to the last colon. It depends on nothing else, so that a queue keeps its name as others come.
 */
export function split(base: string, hinted: ReadonlyMap<string, QueueRef>): QueueRef {
  const byHand = hinted.get(`${base}:`)
  if (byHand) return byHand
  const known = [...hinted.values()].map(({ prefix }) => prefix || defaultPrefix).sort((a, b) => b.length - a.length)
  const prefix =
    known.find((each) => base.startsWith(`${each}:`)) ??
    /^(bull|\{[^}]+\})(?=:)/.exec(base)?.[1] ??
    base.slice(0, base.lastIndexOf(':'))
  return { system: 'bull', prefix, name: base.slice(prefix.length + 1) }
}

/**
 * At most 1 pipeline, of O(1) commands for doubtful queues alone. Bull 4. Sure is the counter `id` with any other key of
 * the layout, or three of them where the counter was evicted. Doubtful are a hash `meta`, which BullMQ has as well, and
 * a counter that stands alone, which a drained queue leaves but other programs keep too: it counts under the default
 * prefix, or a prefix that has other queues. A worker that never saw a job leaves nothing to find.
 */
export async function detect(keys: readonly SeenKey[], hints: Hints, reader: Reader): Promise<Found[]> {
  const hinted = new Map(
    hints.queues.flatMap(({ system, prefix, name }) =>
      system === 'bull' ? [[baseOf({ system, prefix, name }), { system, prefix, name }] as const] : [],
    ),
  )
  const found = new Map<string, Found>()
  const doubtful: { base: string; command: Command; seen: Evidence['seen'] }[] = []
  const lonely: { base: string; seen: Evidence['seen'] }[] = []
  const claim = (base: string, seen: Evidence['seen']) => {
    const evidence = Array.from(seen, ([suffix, type]) => `${type} ${base}:${suffix}`).join(', ')
    found.set(base, { queue: split(base, hinted), evidence })
  }

  for (const [base, { seen, meta, foreign }] of gather(keys)) {
    if (foreign || seen.size === 0) continue
    if (seen.size === 1 && seen.has('id')) lonely.push({ base, seen })
    else if (!seen.has('id') && seen.size < 3) continue
    else if (meta) doubtful.push({ base, command: ['HMGET', `${base}:meta`, 'opts.maxLenEvents', 'version'], seen })
    else claim(base, seen)
  }
  const prefixes = new Set([defaultPrefix, `{${defaultPrefix}}`, ...Array.from(found.values(), (f) => f.queue.prefix)])
  const counters = lonely.filter(({ base }) => prefixes.has(split(base, hinted).prefix) && !isPart(base, found))
  const asked: Command[] = [
    ...doubtful.map(({ command }) => command),
    ...counters.map(({ base }) => ['GET', `${base}:id`] as const),
  ]
  const replies = asked.length === 0 ? [] : await reader.pipeline(asked)
  for (const [i, { base, seen }] of doubtful.entries()) {
    const reply = replies[i]
    const bullmq = itemsOf(reply).some((field) => field !== null)
    if (Array.isArray(reply) ? !bullmq : seen.has('meta-paused')) claim(base, seen)
  }
  for (const [i, { base, seen }] of counters.entries()) {
    if (Number.isSafeInteger(numberOf(replies[doubtful.length + i]))) claim(base, seen)
  }
  for (const [base, queue] of hinted) {
    const key = base.slice(0, -1)
    if (!found.has(key)) found.set(key, { queue, evidence: 'named by hand' })
  }
  return [...found.values()]
}

/** Whether a base is only a part of a queue that was found: `P:Q:de` holds debounce ids, and one may be called `id`. */
function isPart(base: string, found: ReadonlyMap<string, Found>): boolean {
  const end = base.lastIndexOf(':')
  return base.slice(end + 1) === 'de' && found.has(base.slice(0, end))
}
