import { SluiceError } from '../../domain/errors.ts'
import type { Command, Reader, Reply } from '../../systems/handles.ts'
import { msBetween, timeCommand } from '../redis/redis-time.ts'

/** A Reader that says what it cost. */
export interface MeteredReader extends Reader {
  /** Bytes of all string replies. */
  readonly bytes: number
  /** Time that Redis worked for it, by its own clock, and what sending its replies takes, ms. */
  readonly redisMs: number
}

interface Meter {
  /** Share of one core of Redis that it may take, in percent. */
  readonly budget: number
  /** Once aborted, every read rejects with the reason, and a wait ends. */
  readonly signal: AbortSignal
  /** Time of Redis that it may take at once, before the budget holds it back, ms: what is small is not slowed at all. */
  readonly allowanceMs?: number
}

/** What Redis takes to send a byte, ms: it does so after its clock was asked, and takes nearly as long as to read it. */
const sendingMs = 0.5e-6

/**
 * Measures another Reader, and paces it. TIME stands before and after the commands in the same pipeline, so that the time
 * is Redis' own, without the network; where a user may not run TIME, the whole round trip counts. What it may take grows
 * by `budget` percent of the time that passes, up to the allowance that it begins with; a round trip waits while it took
 * more than that. No further round trips.
 */
export function meteredReader(reader: Reader, { budget, signal, allowanceMs = 50 }: Meter): MeteredReader {
  let bytes = 0
  let redisMs = 0
  /** Time of Redis that it may take now, ms; less than 0 when it took too much. */
  let allowed = allowanceMs
  let asOf = performance.now()

  function grow(): void {
    const now = performance.now()
    allowed = Math.min(allowanceMs, allowed + ((now - asOf) * budget) / 100)
    asOf = now
  }

  async function metered(commands: readonly Command[]): Promise<Reply[]> {
    signal.throwIfAborted()
    grow()
    if (allowed < 0) await pause((-allowed * 100) / budget, signal)
    const began = performance.now()
    const replies = await reader.pipeline([timeCommand, ...commands, timeCommand])
    const took = msBetween(replies[0], replies.at(-1)) ?? performance.now() - began
    const own = replies.slice(1, -1)
    let size = 0
    for (const reply of own) size += sizeOf(reply)
    bytes += size
    redisMs += took + size * sendingMs
    grow()
    allowed -= took + size * sendingMs
    return own
  }

  return {
    get bytes() {
      return bytes
    },
    get redisMs() {
      return redisMs
    },
    pipeline: (commands) => (commands.length === 0 ? reader.pipeline(commands) : metered(commands)),
    async call(...command) {
      const [reply] = await metered([command])
      if (reply instanceof Error) throw reply
      return reply ?? null
    },
  }
}

function sizeOf(reply: Reply): number {
  if (Buffer.isBuffer(reply)) return reply.length
  if (!Array.isArray(reply)) return 0
  let sum = 0
  for (const part of reply) sum += sizeOf(part)
  return sum
}

/** Resolves after `ms`; rejects with the signal's reason when that is aborted first. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(signal.reason ?? new SluiceError('INTERNAL'))
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal.addEventListener('abort', stop, { once: true })
  })
}
