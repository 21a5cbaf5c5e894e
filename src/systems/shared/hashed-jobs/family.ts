import type { JobDetail, JobLink } from '../../../domain/job.ts'
import { readFields } from '../../../domain/json-text.ts'
import type { QueueRef } from '../../../domain/queue.ts'
import { type StoredJob, textOf } from './decode.ts'
import { defaultPrefix } from './layout.ts'
import type { Sighting } from './sighting.ts'

/** What became of the children of each sort, in the order of `Sighting.children`. */
const outcomes = ['not ended', 'completed', 'failed, ignored', 'failed']

/** The parent and the children of a flow; null for a job that has neither. */
export function familyOf(
  queue: QueueRef,
  stored: StoredJob,
  { children }: Pick<Sighting, 'children'>,
): JobDetail['family'] {
  const parent = parentOf(queue, stored)
  const links = children.flatMap(({ keys }, i) =>
    keys.flatMap((key): JobLink[] => {
      const link = linkOf(queue, key)
      return link === null ? [] : [{ ...link, outcome: outcomes[i] ?? null }]
    }),
  )
  const count = children.reduce((sum, sort) => sum + sort.count, 0)
  if (parent === null && count === 0) return null
  return { parent, children: links, more: count - links.length }
}

/** By the field `parent`, which tells queue and id apart, else by the key alone. */
function parentOf(queue: QueueRef, stored: StoredJob): JobLink | null {
  const { id, queueKey } = readFields(textOf(stored, 'parent') ?? '', ['id', 'queueKey'])
  const cut = typeof queueKey === 'string' ? queueKey.lastIndexOf(':') : -1
  if (typeof id === 'string' && typeof queueKey === 'string' && cut > 0) {
    return { queue: queueOf(queue, queueKey.slice(0, cut), queueKey.slice(cut + 1)), id, outcome: null }
  }
  const key = textOf(stored, 'parentKey')
  const link = key === null ? null : linkOf(queue, key)
  return link && { ...link, outcome: null }
}

/**
 * The queue and id that a job's key `P:Q:ID` names. Prefixes may hold colons, names never do, and ids only where a
 * scheduler made them (`repeat:<scheduler>:<ms>`). The family's own prefix is tried first.
 */
function linkOf(own: QueueRef, key: string): Pick<JobLink, 'queue' | 'id'> | null {
  const prefix = own.prefix === '' ? defaultPrefix : own.prefix
  const rest = key.startsWith(`${prefix}:`) ? key.slice(prefix.length + 1) : ''
  const near = /^([^:]+):(repeat:.+|[^:]+)$/s.exec(rest)
  if (near?.[1] !== undefined && near[2] !== undefined) return { queue: queueOf(own, prefix, near[1]), id: near[2] }
  const far = /^(.+?):([^:]+):(repeat:.+|[^:]+)$/s.exec(key)
  const [, other, name, id] = far ?? []
  if (other === undefined || name === undefined || id === undefined) return null
  return { queue: queueOf(own, other, name), id }
}

/** Written as the job's own queue is, which may leave the default prefix out. */
function queueOf(own: QueueRef, prefix: string, name: string): QueueRef {
  const same = prefix === (own.prefix === '' ? defaultPrefix : own.prefix)
  return { system: own.system, prefix: same ? own.prefix : prefix, name }
}
