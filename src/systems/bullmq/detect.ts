import type { QueueRef } from '../../domain/queue.ts'
import type { Command, Reader, Reply } from '../handles.ts'
import { baseOf } from '../shared/hashed-jobs/layout.ts'
import { itemsOf } from '../shared/hashed-jobs/replies.ts'
import type { Found, Hints, SeenKey } from '../system.ts'

/** The keys of a queue that discovery can know by name and type. */
const own: Readonly<Record<string, string>> = {
  meta: 'hash',
  events: 'stream',
  marker: 'zset',
  prioritized: 'zset',
  'waiting-children': 'zset',
  id: 'string',
  wait: 'list',
  paused: 'list',
  active: 'list',
  delayed: 'zset',
  completed: 'zset',
  failed: 'zset',
  repeat: 'zset',
  stalled: 'set',
  'stalled-check': 'string',
}

/** What the stream of a queue tells first; other programs keep streams called `events` too. */
const eventNames = new Set(
  (
    'added waiting active completed failed delayed progress stalled removed drained paused resumed duplicated debounced ' +
    'deduplicated waiting-children retries-exhausted cleaned'
  ).split(' '),
)

/** `P:Q` and the last part of a key; null when it has no such form. Names hold no colon, so P ends at the one before the last. */
function partsOf(key: string): { base: string; suffix: string } | null {
  const end = key.lastIndexOf(':')
  const inner = end > 0 ? key.lastIndexOf(':', end - 1) : -1
  if (inner <= 0 || inner === end - 1 || key.slice(0, inner).endsWith('::relay')) return null
  return { base: key.slice(0, end), suffix: key.slice(end + 1) }
}

/** No Redis command: whether the key has the form `P:Q:suffix`, with a suffix and a type of this layout. */
export function wants({ key, type }: SeenKey): boolean {
  const suffix = partsOf(key)?.suffix
  return suffix !== undefined && Object.hasOwn(own, suffix) && own[suffix] === type
}

function gather(keys: readonly SeenKey[]): Map<string, Map<string, string>> {
  const bases = new Map<string, Map<string, string>>()
  for (const seen of keys) {
    const parts = partsOf(seen.key)
    if (parts === null || !wants(seen)) continue
    const evidence = bases.get(parts.base) ?? new Map<string, string>()
    bases.set(parts.base, evidence.set(parts.suffix, seen.type))
  }
  return bases
}

/** Whether the evidence is enough; a command that settles it; or null for what is no queue of BullMQ. */
function judge(base: string, seen: ReadonlyMap<string, string>): true | Command | null {
  const modern = ['marker', 'prioritized', 'waiting-children'].some((suffix) => seen.has(suffix))
  const others = [...seen.keys()].filter((suffix) => suffix !== 'meta' && suffix !== 'events').length
  if (seen.has('meta') && seen.has('events') && others > 0) return true
  if (seen.has('meta')) return ['HMGET', `${base}:meta`, 'opts.maxLenEvents', 'version']
  if (modern && seen.has('id')) return true
  return seen.has('events') && others > 0 ? ['XREVRANGE', `${base}:events`, '+', '-', 'COUNT', 1] : null
}

/** Whether the reply to the command of `judge` is BullMQ's: settings of its `meta` hash, or one of its events. */
function confirms(reply: Reply | undefined, asked: Command): boolean {
  if (asked[0] === 'HMGET') {
    const [length, version] = itemsOf(reply)
    return Buffer.isBuffer(length) || (Buffer.isBuffer(version) && version.toString('latin1').startsWith('bullmq'))
  }
  const [entry] = itemsOf(reply)
  const [, fields] = itemsOf(entry)
  const [name, value] = itemsOf(fields)
  return String(name) === 'event' && eventNames.has(String(value))
}

/**
 * At most 1 pipeline, of O(1) commands for doubtful queues alone. BullMQ 5 and 6 (4 is recognised too). Sure is a hash
 * `meta` with the stream `events` and any other key of the layout, or where `meta` was evicted a key that Bull has not,
 * with the counter. Doubtful is `meta` without the others, as a new or emptied queue has it, or `events` without `meta`.
 */
export async function detect(keys: readonly SeenKey[], hints: Hints, reader: Reader): Promise<Found[]> {
  const hinted = new Map(
    hints.queues.flatMap(({ system, prefix, name }) =>
      system === 'bullmq' ? [[baseOf({ system, prefix, name }), { system, prefix, name }] as const] : [],
    ),
  )
  const found = new Map<string, Found>()
  const claim = (base: string, seen: ReadonlyMap<string, string>) => {
    const evidence = Array.from(seen, ([suffix, type]) => `${type} ${base}:${suffix}`).join(', ')
    const cut = base.lastIndexOf(':')
    const queue: QueueRef = { system: 'bullmq', prefix: base.slice(0, cut), name: base.slice(cut + 1) }
    found.set(`${base}:`, { queue: hinted.get(`${base}:`) ?? queue, evidence })
  }

  const doubtful: { base: string; seen: Map<string, string>; asked: Command }[] = []
  for (const [base, seen] of gather(keys)) {
    const verdict = judge(base, seen)
    if (verdict === true) claim(base, seen)
    else if (verdict !== null) doubtful.push({ base, seen, asked: verdict })
  }
  const replies = doubtful.length === 0 ? [] : await reader.pipeline(doubtful.map(({ asked }) => asked))
  for (const [i, { base, seen, asked }] of doubtful.entries()) if (confirms(replies[i], asked)) claim(base, seen)
  for (const [base, queue] of hinted) if (!found.has(base)) found.set(base, { queue, evidence: 'named by hand' })
  return [...found.values()]
}
