import { SluiceError } from '../../domain/errors.ts'
import type { Command, Reply } from '../../systems/handles.ts'
import type { Dedicated } from './connection.ts'
import { createWriter, send } from './handles.ts'
import type { Link } from './link.ts'
import { OnDemandLink } from './on-demand-link.ts'
import { isErrorReply, redisError } from './redis-error.ts'
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
    async block(seconds, ...asked) {
      const command = asBlocking(seconds, asked)
      const link = await demand.get(blocked > 0)
      blocked++
      try {
        return await sendBlocking(link, seconds, command)
      } catch (thrown) {
        throw blockProblem(link, thrown)
      } finally {
        blocked--
      }
    },
    close: () => demand.close(),
  }
}

/** A command that may block; throws READ_ONLY for one that Sluice never sends, INVALID_INPUT for one without an end. */
export function asBlocking(seconds: number, command: Command): Command {
  if (!(seconds > 0)) throw new SluiceError('INVALID_INPUT', 'A command blocks for more than 0 seconds.')
  return asWrite(command)
}

/** Sends a command that blocks for so long at most; throws what the client throws. */
export function sendBlocking(link: Link, seconds: number, command: Command): Promise<Reply> {
  return send(link, command, seconds * 1000 + graceMs)
}

/** What a blocking command met. Drops a link that has an answer outstanding, or whose server is no master any more. */
export function blockProblem(link: Link, thrown: unknown): SluiceError {
  if (isErrorReply(thrown) && thrown instanceof Error && /^UNBLOCKED|^READONLY/.test(thrown.message)) {
    // Redis says so to all that wait when it becomes a replica: nothing was taken.
    link.drop()
    return new SluiceError('CONNECTION_LOST', 'This Redis stopped to be the master.')
  }
  const error = redisError(thrown, 'write')
  if (error.code === 'OUTCOME_UNKNOWN') link.drop()
  return error
}
