import type { Endpoint } from '../../../domain/profile.ts'
import { heartbeat, type KeptOpen, keepOpen } from '../keep-open.ts'
import type { Link } from '../link.ts'
import { redisError } from '../redis-error.ts'

const channel = '+switch-master'

/**
 * Listens at a Sentinel for a new master of a group, until it is stopped; tells it, with the one that was replaced. Each
 * time it begins to listen, also the first, `onGap` says that a message may have been missed. Cost: one socket to a
 * Sentinel, none to Redis.
 */
export function watchSentinels(options: {
  readonly group: string
  open(): Promise<Link>
  onSwitch(before: Endpoint, now: Endpoint): void
  onGap(): void
}): KeptOpen {
  function hear(message: string) {
    // <group> <old ip> <old port> <new ip> <new port>
    const [group, oldHost = '', oldPort, host = '', port] = message.split(' ')
    if (group !== options.group) return
    options.onSwitch({ host: oldHost, port: Number(oldPort) }, { host, port: Number(port) })
  }
  return keepOpen({
    open: options.open,
    async setUp({ client }) {
      client.on('pmessageBuffer', (_pattern: Buffer, _channel: Buffer, message: Buffer) => hear(message.toString()))
      try {
        await client.psubscribe(channel)
      } catch (error) {
        throw redisError(error, 'read')
      }
    },
    onOpen: options.onGap,
    onLost() {}, // who asks for the master hears why himself
    heartbeat,
  })
}
