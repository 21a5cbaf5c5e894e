import { isRefused } from '../../domain/errors.ts'
import type { Command, Reader, Reply } from '../../systems/handles.ts'
import { msBetween, timeCommand } from '../redis/redis-time.ts'

/**
 * Measures what readers cost a Redis. TIME stands before and after the commands in the same pipeline, so that the time is
 * Redis' own, without the network. Where a user may not run TIME, and where one pipeline goes to several servers, the
 * round trip less the shortest one seen stands for it: too much rather than too little. No further round trips.
 */
export class RedisClock {
  /** Time of Redis since the beginning, ms. */
  spentMs = 0
  /** Commands sent since the beginning, those of the clock among them. */
  commands = 0
  #refused = false
  #shortestMs = Number.POSITIVE_INFINITY

  /** The same reader, measured. `servers` tells how many servers its pipelines may go to. */
  wrap(reader: Reader, servers: () => number = () => 1): Reader {
    const pipeline = (commands: readonly Command[]) => this.#trip(reader, commands, servers() === 1 && !this.#refused)
    return {
      pipeline,
      async call(...command) {
        const [reply = null] = await pipeline([command])
        if (reply instanceof Error) throw reply
        return reply
      },
    }
  }

  async #trip(reader: Reader, commands: readonly Command[], clocked: boolean): Promise<Reply[]> {
    if (commands.length === 0) return []
    const sent = clocked ? [timeCommand, ...commands, timeCommand] : commands
    this.commands += sent.length
    const began = performance.now()
    const replies = await reader.pipeline(sent)
    const tripMs = performance.now() - began
    this.#shortestMs = Math.min(this.#shortestMs, tripMs)
    const byRedis = clocked ? msBetween(replies[0], replies.at(-1)) : null
    this.spentMs += byRedis ?? tripMs - this.#shortestMs
    if (!clocked) return replies
    if (isRefused(replies[0])) this.#refused = true
    return replies.slice(1, -1)
  }
}
