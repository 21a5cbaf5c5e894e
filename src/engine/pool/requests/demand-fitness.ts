import { SluiceError } from '../../../domain/errors.ts'
import { infoFields } from '../../sampler/info.ts'
import type { Link } from '../lists/link.ts'

/**
 * 1 round trip: throws UNSUPPORTED when this Redis cannot run workers on requests (a cluster, since scripts look at keys
 * that they find in the list), or may drop live requests. Where it does not say (INFO refused), it is taken to be fit.
 * @returns what is wrong all the same, as a sentence; null when nothing is
 */
export async function demandFitness(link: Link, acceptsEviction: boolean): Promise<string | null> {
  const replies = await link.pipeline([
    ['INFO', 'memory'],
    ['INFO', 'cluster'],
  ])
  const text = replies.map((reply) => (Buffer.isBuffer(reply) ? reply.toString('latin1') : '')).join('\r\n')
  const info = infoFields(text)
  if (info.get('cluster_enabled') === '1') {
    throw new SluiceError('UNSUPPORTED', 'Workers on tracked requests need a single Redis: this is a cluster.')
  }
  const policy = info.get('maxmemory_policy') ?? 'noeviction'
  // Without a limit nothing is evicted, whatever the policy.
  if (policy === 'noeviction' || (info.get('maxmemory') ?? '0') === '0') return null
  const danger = `This Redis may drop live requests when its memory is full (maxmemory-policy ${policy})`
  if (!acceptsEviction && policy.startsWith('allkeys-')) {
    throw new SluiceError('UNSUPPORTED', `${danger}: set it to noeviction, or start the workers in spite of it.`)
  }
  return `${danger}.`
}
