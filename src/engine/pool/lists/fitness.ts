import { SluiceError } from '../../../domain/errors.ts'
import type { Reply } from '../../../systems/handles.ts'
import type { Layout } from './layout.ts'
import type { Link } from './link.ts'

/** LPOP of many, BLMOVE and SMISMEMBER came with this version. */
const leastVersion = [6, 2] as const

/**
 * One round trip (two on a cluster): throws UNSUPPORTED when this Redis cannot run workers on that queue, or may lose
 * what is queued. Where it does not say (INFO refused), it is taken to be fit.
 * @returns what is wrong all the same, as a sentence; null when nothing is
 */
export async function demandFitness(link: Link, layout: Layout, acceptsEviction: boolean): Promise<string | null> {
  const [server, memory, cluster] = await link.pipeline([
    ['INFO', 'server'],
    ['INFO', 'memory'],
    ['INFO', 'cluster'],
  ])
  const [major, minor] = (infoField(server, 'redis_version') ?? '').split('.').map(Number)
  if (major !== undefined && minor !== undefined && major * 100 + minor < leastVersion[0] * 100 + leastVersion[1]) {
    throw new SluiceError(
      'UNSUPPORTED',
      `Workers need Redis ${leastVersion.join('.')} or newer; this is ${major}.${minor}.`,
    )
  }
  if (infoField(cluster, 'cluster_enabled') === '1') await demandOneSlot(link, layout)
  const policy = infoField(memory, 'maxmemory_policy')
  if (policy === null || !policy.startsWith('allkeys-')) return null
  const danger = `This Redis may evict whole queues when its memory is full (maxmemory-policy ${policy})`
  if (!acceptsEviction) {
    throw new SluiceError('UNSUPPORTED', `${danger}: set it to noeviction, or start the workers in spite of it.`)
  }
  return `${danger}: set it to noeviction.`
}

/** In a cluster a script may only touch keys of one slot. */
async function demandOneSlot(link: Link, layout: Layout): Promise<void> {
  const slots = await link.pipeline([
    ['CLUSTER', 'KEYSLOT', layout.waiting],
    ['CLUSTER', 'KEYSLOT', layout.leases],
  ])
  if (slots[0] === slots[1]) return
  throw new SluiceError(
    'UNSUPPORTED',
    `In a cluster all keys of a queue must share a slot: name it with braces, {${layout.base}} or ${layout.base.replace(/([^:]+)$/, '{$1}')}.`,
  )
}

function infoField(info: Reply | undefined, name: string): string | null {
  return info instanceof Buffer ? (new RegExp(`^${name}:(\\S+)`, 'm').exec(info.toString('latin1'))?.[1] ?? null) : null
}
