import type { Redis } from 'ioredis'
import { asSluiceError, isRefused, SluiceError } from '../src/domain/errors.ts'
import type { Command, Reader, Reply } from '../src/systems/handles.ts'

/** A real Reader for tests on a plain client (`protocol: 2`); the engine has its own. */
export function testReader(redis: Redis): Reader {
  return {
    async pipeline(commands) {
      const pipeline = redis.pipeline()
      for (const [name, ...args] of commands) pipeline.callBuffer(name, ...args)
      const replies = (await pipeline.exec()) ?? []
      return replies.map(([error, reply]) => error ?? (reply as Reply))
    },
    async call(name, ...args) {
      try {
        return (await redis.callBuffer(name, ...args)) as Reply
      } catch (error) {
        if (isRefused(error)) throw new SluiceError('NO_PERMISSION')
        if (error instanceof Error && error.message.startsWith('WRONGTYPE')) throw new SluiceError('WRONG_TYPE')
        throw asSluiceError(error)
      }
    },
  }
}

/** A Reader that counts what passes through it. */
export interface CountingReader extends Reader {
  /** Round trips so far. */
  trips: number
  /** Every command sent, in order. */
  readonly commands: Command[]
  /** Bytes of all string replies. */
  bytes: number
}

/** Counts the round trips, commands and reply bytes of another Reader. */
export function countingReader(inner: Reader): CountingReader {
  const counting: CountingReader = {
    trips: 0,
    commands: [],
    bytes: 0,
    async pipeline(commands) {
      counting.trips++
      counting.commands.push(...commands)
      const replies = await inner.pipeline(commands)
      for (const reply of replies) counting.bytes += replyBytes(reply)
      return replies
    },
    async call(...command) {
      counting.trips++
      counting.commands.push(command)
      const reply = await inner.call(...command)
      counting.bytes += replyBytes(reply)
      return reply
    },
  }
  return counting
}

function replyBytes(reply: Reply): number {
  if (Array.isArray(reply)) return reply.reduce<number>((sum, part) => sum + replyBytes(part), 0)
  return Buffer.isBuffer(reply) ? reply.length : 0
}
