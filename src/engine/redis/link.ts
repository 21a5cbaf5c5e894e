import { Command, Redis } from 'ioredis'
import { SluiceError } from '../../domain/errors.ts'
import type { Arg } from '../../systems/handles.ts'
import { clientOptions, connectTimeoutMs, type Purpose, type Target } from './client-options.ts'
import { redisError } from './redis-error.ts'

/** One socket to Redis, logged in and answering. It never reconnects: when it is lost, its owner opens another. */
export interface Link {
  readonly client: Redis
  /** False from the moment the socket is gone or is being dropped. */
  readonly open: boolean
  /** Resolves when the socket is gone, with why; never rejects. */
  readonly lost: Promise<SluiceError>
  /** Resolves when Redis answered; drops the socket and throws when it did not in `timeoutMs`. */
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
 * would go on after a failed SELECT, in database 0.
 */
export async function openLink(
  target: Target,
  purpose: Purpose,
  name?: string,
  timeoutMs = connectTimeoutMs,
): Promise<Link> {
  const client = new Redis(clientOptions(target, purpose, name))
  const state = { opened: false, dropped: false, reason: null as SluiceError | null }
  const sluiceError = (thrown: unknown) => {
    const error = redisError(thrown, state.opened ? 'read' : 'connect')
    // A server may say anything in an error reply, so also the password that it just got.
    return target.password && error.message.includes(target.password) ? new SluiceError(error.code) : error
  }

  const lost = new Promise<SluiceError>((resolve) => {
    client.once('end', () => {
      state.dropped = true
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
    async ping(ms) {
      try {
        const command = commandOf('PING', [])
        command.setTimeout(ms)
        client.sendCommand(command)
        if (!isPong(await command.promise)) throw new SluiceError('NOT_REDIS')
      } catch (error) {
        const problem = sluiceError(error)
        if (problem.code === 'NO_PERMISSION') return // a user who may not PING got an answer all the same
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
  const inHandshake = () =>
    target.address.transport === 'tls' && client.status === 'connecting' && client.stream?.connecting === false
  const tooLate = () =>
    inHandshake() ? new SluiceError('TLS_FAILED', noHandshake) : new SluiceError('CONNECT_TIMEOUT')
  const deadline = setTimeout(() => link.drop(tooLate()), timeoutMs)
  try {
    await client.connect()
    if (state.reason) throw state.reason
    await link.ping(timeoutMs)
    state.opened = true
    return link
  } catch {
    link.drop()
    throw await lost
  } finally {
    clearTimeout(deadline)
  }
}

const noHandshake =
  'No answer to the TLS handshake: the server may not speak TLS at that port (try redis:// in place of rediss://).'

/** A subscriber gets its PONG as the first of an array. */
function isPong(reply: unknown): boolean {
  const pong = Array.isArray(reply) ? reply[0] : reply
  return Buffer.isBuffer(pong) && pong.toString().toLowerCase() === 'pong'
}
