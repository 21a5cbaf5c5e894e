import { SluiceError } from '../../../domain/errors.ts'
import type { Reader } from '../../../systems/handles.ts'

/**
 * One INFO. Throws UNSUPPORTED where this Redis may lose what is queued and nobody has accepted that; a Redis that does
 * not say is taken to be fit. bull and bullmq ask for `noeviction`: all other policies may remove a part of a queue,
 * `volatile-*` only its locks, which comes to a job that runs twice.
 * @returns what is wrong all the same, as a sentence; null when nothing is
 */
export async function evictionRisk(reader: Reader, accepts: boolean): Promise<string | null> {
  const [info] = await reader.pipeline([['INFO', 'memory']])
  const policy = Buffer.isBuffer(info) ? /^maxmemory_policy:(\S+)/m.exec(info.toString('latin1'))?.[1] : undefined
  if (policy === undefined || policy === 'noeviction') return null
  const sentence = `This Redis may evict parts of a queue when its memory is full (maxmemory-policy ${policy})`
  if (!accepts && policy.startsWith('allkeys-')) {
    throw new SluiceError('UNSUPPORTED', `${sentence}: set it to noeviction, or start the workers in spite of it.`)
  }
  return `${sentence}: set it to noeviction.`
}
