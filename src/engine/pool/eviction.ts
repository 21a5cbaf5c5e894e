import type { Link } from './link.ts'

/** One INFO. A sentence when this Redis may drop whole queues to make room; null when not, or when it does not say. */
export async function evictionProblem(link: Link): Promise<string | null> {
  const [info] = await link.pipeline([['INFO', 'memory']])
  const policy = info instanceof Buffer ? /^maxmemory_policy:(allkeys-\S+)/m.exec(info.toString('latin1'))?.[1] : null
  if (!policy) return null
  return `Redis may evict whole queues when its memory is full (maxmemory-policy ${policy}): set it to noeviction.`
}
