import { Command, Redis } from 'ioredis'
import { asSluiceError, type ErrorCode, SluiceError } from '../../domain/errors.ts'
import type { Arg } from '../../systems/handles.ts'
import { clientOptions, connectTimeoutMs, type Purpose, type Target } from './client-options.ts'
import { firstWord } from './first-word.ts'
import type { StreamStep } from './open-stream.ts'
import { redisError } from './redis-error.ts'

/** One socket to Redis, logged in and answering. It never reconnects: when it is lost, its owner opens another. */
export interface Link {
  readonly client: Redis
  /** False from the moment the socket is gone or is being dropped. */
  readonly open: boolean
  /** Resolves when the socket is gone, with why; never rejects. */
  readonly lost: Promise<SluiceError>
  /** What Redis last answered to a PING in place of PONG: it loads its data, or is busy. Null when it answered well. */
  readonly unwilling: SluiceError | null
  /** Resolves when Redis answered, willing or not; drops the socket and throws when it did not in `timeoutMs`. */
  ping(timeoutMs: number): Promise<void>
  /** Cuts the socket now; what is in flight is rejected. `reason` is what `lost` tells. */
  drop(reason?: SluiceError): void
}

/** A command for the client. Upper case, because the client turns the replies of some lower-case names into objects. */
export function commandOf(name: string, args: readonly Arg[]): Command {
  return new Command(name.toUpperCase(), [...args], { replyEncoding: null })
}

/**
 * Opens a socket: connects, logs in, selects the database and sees one PING answered, all within `timeoutMs`. Throws a
 * SluiceError for the first thing that failed. Any error before the PING fails the whole attempt: the client itself
 * would go on after a failed SELECT, in database 0. A Redis that answers, but does not serve yet, gives a link that is
 * `unwilling`.
 */
export async function openLink(
  target: Target,
  purpose: Purpose,
  name?: string,
  timeoutMs = connectTimeoutMs,
): Promise<Link> {
  const state = { opened: false, dropped: false, reason: null as SluiceError | null, step: 'connect' as StreamStep }
  let unwilling: SluiceError | null = null
  const client = new Redis(clientOptions(target, purpose, name, (step) => (state.step = step)))
  const sluiceError = (thrown: unknown) => {
    const error = redisError(thrown, state.opened ? 'read' : 'connect')
    // A server may say anything in an error reply, so also the password that it just got.
    return target.password && error.message.includes(target.password) ? new SluiceError(error.code) : error
  }

  const leave = () => link.drop(asSluiceError(target.superseded?.reason))
  const lost = new Promise<SluiceError>((resolve) => {
    client.once('end', () => {
      state.dropped = true
      target.superseded?.removeEventListener('abort', leave)
      resolve(state.reason ?? sluiceError(new Error('Connection is closed.')))
    })
  })
  client.on('error', (error) => {
    state.reason ??= sluiceError(error)
  })

  const link: Link = {
    client,
    lost,
    get open() {
      return !state.dropped && client.status === 'ready'
    },
    get unwilling() {
      return unwilling
    },
    async ping(ms) {
      try {
        const command = commandOf('PING', [])
        command.setTimeout(ms)
        client.sendCommand(command)
        if (!isPong(await command.promise)) throw new SluiceError('NOT_REDIS')
        unwilling = null
      } catch (error) {
        const problem = sluiceError(error)
        unwilling = notServing.includes(problem.code) ? problem : null
        if (unwilling !== null) return
        // A user who may not PING got an answer all the same; and one that cannot save to its disk refuses even that.
        if (problem.code === 'NO_PERMISSION' || problem.code === 'REDIS_FULL') return
        link.drop(problem)
        throw problem
      }
    },
    drop(reason) {
      if (state.dropped) return
      state.dropped = true
      state.reason ??= reason ?? null
      client.disconnect()
    },
  }

  // A plain Redis often takes the TLS greeting for the beginning of a long command, and waits for its end.
  const tooLate = () =>
    state.step === 'tls' ? new SluiceError('TLS_FAILED', noHandshake) : new SluiceError('CONNECT_TIMEOUT')
  const deadline = setTimeout(() => link.drop(tooLate()), timeoutMs)
  target.superseded?.addEventListener('abort', leave)
  try {
    target.superseded?.throwIfAborted()
    await client.connect()
    if (state.reason) throw state.reason
    await link.ping(timeoutMs)
    state.opened = true
    return link
  } catch (error) {
    link.drop(error instanceof SluiceError ? error : undefined)
    const problem = await lost
    throw (problem.code === 'CONNECTION_LOST' ? await firstWord(target) : null) ?? problem
  } finally {
    clearTimeout(deadline)
  }
}

const noHandshake =
  'No answer to the TLS handshake: the server may not speak TLS at that port (try redis:// in place of rediss://).'

/** Redis itself says these, over a socket that is well: they pass. */
const notServing: readonly ErrorCode[] = ['REDIS_LOADING', 'REDIS_BUSY', 'REDIS_UNAVAILABLE']

/** A subscriber gets its PONG as the first of an array. */
function isPong(reply: unknown): boolean {
  const pong = Array.isArray(reply) ? reply[0] : reply
  return Buffer.isBuffer(pong) && pong.toString().toLowerCase() === 'pong'
}
