import { SluiceError } from '../../domain/errors.ts'
import type { Command, Writer } from '../../systems/handles.ts'
import type { Form, KeyPart } from './key-parts.ts'

/** Bytes that are sent together, about. */
const sentBytes = 1_048_576

const adds: Readonly<Record<Exclude<Form, 'dump'>, string>> = { list: 'RPUSH', zset: 'ZADD', hash: 'HSET', set: 'SADD' }

/**
 * Writes the values of keys, in place of what is there by their names, to live for `ttlMs`. Each key is there as a whole
 * or not at all, in the order of the parts; done once more after a cut it comes to the same. Redis cost: 1 round trip a
 * MB. Throws what Redis refused; then the keys before it are there.
 */
export async function writeKeys(writer: Writer, parts: AsyncIterable<KeyPart>, ttlMs: number): Promise<void> {
  let waiting: Command[] = []
  let bytes = 0
  let begun: string | null = null
  let filled = false
  const send = async () => {
    if (waiting.length === 0) return
    const replies = await writer.pipeline(waiting)
    waiting = []
    bytes = 0
    const refused = replies.find((reply) => reply instanceof Error)
    if (refused !== undefined) throw asTold(refused as Error)
  }
  for await (const { key, form, last, values } of parts) {
    if (form === 'dump') {
      waiting.push(['RESTORE', key, ttlMs, values[0] as Buffer, 'REPLACE'])
    } else {
      const staging = stagingOf(key)
      if (begun !== key) {
        waiting.push(['UNLINK', staging])
        filled = false
      }
      begun = last ? null : key
      if (values.length > 0) {
        waiting.push([adds[form], staging, ...values], ['PEXPIRE', staging, ttlMs])
        filled = true
      }
      if (last && filled) {
        await send() // only what is whole gets its name
        waiting.push(['RENAME', staging, key])
      }
    }
    bytes += values.reduce((sum, { length }) => sum + length, 0)
    if (bytes >= sentBytes) await send()
  }
  await send()
}

/** The name of a key while it is not whole: in the same slot of a cluster. */
function stagingOf(key: string): string {
  const suffix = ':arriving'
  return /^[^{]*\{[^}]+\}/.test(key) ? `${key}${suffix}` : `{${key}}${suffix}`
}

function asTold(error: Error): Error {
  return /DUMP payload version or checksum/.test(error.message)
    ? new SluiceError('UNSUPPORTED', 'This Redis is older than the one from which the jobs were taken.')
    : error
}
