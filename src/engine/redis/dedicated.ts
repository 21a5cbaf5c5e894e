import { SluiceError } from '../../domain/errors.ts'
import type { Dedicated } from './connection.ts'
import { createWriter, send } from './handles.ts'
import type { Link } from './link.ts'
import { OnDemandLink } from './on-demand-link.ts'
import { redisError } from './redis-error.ts'
import { asWrite } from './write-commands.ts'

/** How much longer than asked a blocking command may take to answer before the link counts as dead. */
const graceMs = 5_000

/**
 * A connection of one owner. It is opened at once (throws what that met), and again by the next command after it was
 * cut; nothing is ever sent twice. `block` and `run` share the socket: while one waits, the other waits behind it.
 */
export async function openDedicated(open: () => Promise<Link>): Promise<Dedicated> {
  const demand = new OnDemandLink(open)
  await demand.get()
  let blocked = 0
  return {
    ...createWriter(() => demand.get(blocked > 0)),
    async block(seconds, ...command) {
      if (!(seconds > 0)) throw new SluiceError('INVALID_INPUT', 'A command blocks for more than 0 seconds.')
      const link = await demand.get(blocked > 0)
      blocked++
      try {
        return await send(link, asWrite(command), seconds * 1000 + graceMs)
      } catch (thrown) {
        const error = redisError(thrown, 'write')
        if (error.code === 'OUTCOME_UNKNOWN') link.drop()
        throw error
      } finally {
        blocked--
      }
    },
    close: () => demand.close(),
  }
}
