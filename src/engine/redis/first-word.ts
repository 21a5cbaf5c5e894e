import { once } from 'node:events'
import { ReplyError } from 'ioredis'
import type { SluiceError } from '../../domain/errors.ts'
import type { Target } from './client-options.ts'
import { openPlain } from './open-stream.ts'
import { redisError } from './redis-error.ts'

const patienceMs = 500

/**
 * What a Redis says to whom it turns away at the door: it has as many clients as it may have, or is in protected mode. It
 * says so before it was asked and hangs up; who has asked already often sees the end of the connection alone, for what was
 * on its way to him is lost with it. So this comes once more, and listens. Null when nothing is said within half a second.
 */
export async function firstWord(target: Target): Promise<SluiceError | null> {
  if (target.address.transport === 'tls') return null // the door is behind the handshake
  const signal = AbortSignal.timeout(patienceMs)
  try {
    const stream = await openPlain(target, signal)
    stream.on('error', () => {})
    try {
      const [word]: unknown[] = await once(stream, 'data', { signal })
      const [, text] = /^-([^\r\n]+)/.exec(String(word)) ?? []
      return text === undefined ? null : redisError(new ReplyError(text), 'connect')
    } finally {
      stream.destroy()
    }
  } catch {
    return null
  }
}
