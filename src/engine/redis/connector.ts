import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { AbstractConnector, type RedisOptions } from 'ioredis'
import { SluiceError } from '../../domain/errors.ts'
import type { Target } from './client-options.ts'
import { openStream, type StreamStep } from './open-stream.ts'

/** How long the client waits for a goodbye after it has ended a stream; `clientOptions` says it to the client too. */
export const disconnectTimeoutMs = 100

export interface ConnectorOptions {
  /** Asked at each attempt: the master may be another one by now. */
  target(): Promise<Target>
  /** How long an attempt may take; without it, as long as the client leaves it running. */
  readonly timeoutMs?: number
  onStep?(step: StreamStep): void
}

/**
 * A class for the client's option `Connector`, of ioredis 5 and 6 alike: it makes the streams of a client in place of the
 * client's own connectors. A stream is handed over only when it is open; ioredis starts its log-in at the next tick then.
 * A promise that rejects would end the client for good, without asking its `retryStrategy`. So an attempt that failed
 * hands over a stream that is destroyed already, with why in `firstError`: the client then emits that error and closes
 * as after any cut.
 */
export function connectorOf({ target, timeoutMs, onStep }: ConnectorOptions): NonNullable<RedisOptions['Connector']> {
  return class extends AbstractConnector {
    #attempt = new AbortController()

    constructor() {
      super(disconnectTimeoutMs)
    }

    override async connect(): Promise<Socket> {
      this.connecting = true
      delete this.firstError
      const attempt = new AbortController()
      this.#attempt = attempt
      const late = () => attempt.abort(new SluiceError('CONNECT_TIMEOUT'))
      const timer = timeoutMs === undefined ? undefined : setTimeout(late, timeoutMs)
      try {
        this.stream = asSocket(await unlessAborted(open(attempt.signal), attempt.signal))
      } catch (error) {
        this.firstError = error instanceof Error ? error : new SluiceError('CONNECTION_LOST')
        this.stream = new Socket().destroy()
      } finally {
        clearTimeout(timer)
      }
      return this.stream
    }

    override disconnect(): void {
      this.#attempt.abort(new SluiceError('CONNECTION_LOST'))
      super.disconnect()
    }
  }

  async function open(signal: AbortSignal): Promise<Duplex> {
    const to = await target()
    const stream = await openStream(to, signal, onStep)
    // The client hears the first error only, and one that nobody hears would end the process.
    stream.on('error', () => {})
    const { superseded } = to
    if (superseded) {
      const drop = () => stream.destroy()
      superseded.addEventListener('abort', drop)
      stream.once('close', () => superseded.removeEventListener('abort', drop))
      if (superseded.aborted) drop()
    }
    if (signal.aborted) stream.destroy()
    return stream
  }
}

/** The client calls it a socket, and uses no more of it than what streams through SSH have too. */
function asSocket(stream: Duplex): Socket {
  return stream as Socket
}

/** What `work` brings; throws the reason of the signal at once when that comes first, whatever `work` still does. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  work.catch(() => {})
  let stop = () => {}
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason)
    signal.addEventListener('abort', stop)
  })
  return Promise.race([work, aborted]).finally(() => signal.removeEventListener('abort', stop))
}
