import type { SluiceError } from '../../domain/errors.ts'
import { type Heartbeat, keepOpen } from './keep-open.ts'
import type { Link } from './link.ts'
import { redisError } from './redis-error.ts'

/**
 * Subscribes to channel patterns over a link of its own, and again each time that link was lost; then `onGap` tells that
 * messages may have been missed. Resolves to how to stop, once Redis confirmed the patterns; throws when the first
 * attempt fails. Cost: one PSUBSCRIBE a connection, nothing per message.
 */
export function openSubscription({
  open,
  patterns,
  onMessage,
  onGap,
  heartbeat,
}: {
  open: () => Promise<Link>
  patterns: readonly string[]
  onMessage: (channel: string, message: Buffer) => void
  onGap: () => void
  heartbeat: Heartbeat
}): Promise<() => void> {
  return new Promise((resolve, reject) => {
    let subscribed = false
    const kept = keepOpen({
      open,
      async setUp({ client }) {
        client.on('pmessageBuffer', (_pattern: Buffer, channel: Buffer, message: Buffer) => {
          onMessage(channel.toString(), message)
        })
        try {
          await client.psubscribe(...patterns)
        } catch (error) {
          throw redisError(error, 'read')
        }
      },
      onOpen() {
        if (subscribed) onGap()
        else resolve(() => kept.stop())
        subscribed = true
      },
      onLost(problem: SluiceError) {
        if (subscribed) return
        kept.stop()
        reject(problem)
      },
      heartbeat,
    })
  })
}
