import { asSluiceError, SluiceError } from '../../../domain/errors.ts'
import type { Arg, Command, Reply, Script, Writer } from '../../../systems/handles.ts'
import type { Dedicated } from '../../redis/connection.ts'

const longestPauseMs = 3000

/**
 * A connection of the pool that does not give up: what it is asked to send is sent again until Redis has answered. Only
 * for scripts that may run twice, and for reads. A Dedicated that was cut opens anew with the next command.
 */
export class Link {
  #dedicated: Promise<Dedicated> | null = null
  readonly #closing = new AbortController()

  constructor(
    private readonly connect: () => Promise<Dedicated>,
    /** Called with what is wrong when a try fails, and with null when Redis answered. */
    private readonly onTrouble: (error: SluiceError | null) => void,
  ) {}

  /** Sends once; throws what went wrong. */
  async once<T>(send: (writer: Writer) => Promise<T>): Promise<T> {
    if (this.#closing.signal.aborted) throw new SluiceError('CONNECTION_LOST', 'The pool has stopped.')
    this.#dedicated ??= this.connect()
    const opening = this.#dedicated
    try {
      const dedicated = await opening.catch((error: unknown) => {
        if (this.#dedicated === opening) this.#dedicated = null
        throw error
      })
      const reply = await send(dedicated)
      this.onTrouble(null)
      return reply
    } catch (thrown) {
      throw asSluiceError(thrown)
    }
  }

  /** Sends until Redis has answered; throws only when the link is closed, or when `until` aborts between two tries. */
  async again<T>(send: (writer: Writer) => Promise<T>, until?: AbortSignal): Promise<T> {
    for (let tries = 0; ; tries++) {
      try {
        return await this.once(send)
      } catch (thrown) {
        const error = asSluiceError(thrown)
        if (this.#closing.signal.aborted || until?.aborted) throw error
        // What it asks a person to look at is known here: the script knows by itself what it did.
        this.onTrouble(error.code === 'OUTCOME_UNKNOWN' ? new SluiceError('CONNECTION_LOST') : error)
        await this.#pause(Math.min(longestPauseMs, 50 * 2 ** tries), until)
      }
    }
  }

  run(script: Script, keys: readonly string[], args: readonly Arg[], until?: AbortSignal): Promise<Reply> {
    return this.again((writer) => writer.run(script, keys, args), until)
  }

  pipeline(commands: readonly Command[]): Promise<Reply[]> {
    return this.again((writer) => writer.pipeline(commands))
  }

  close(): void {
    this.#closing.abort()
    this.#dedicated?.then(
      (dedicated) => dedicated.close(),
      () => {}, // it never opened
    )
    this.#dedicated = null
  }

  #pause(ms: number, until?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer)
        this.#closing.signal.removeEventListener('abort', end)
        until?.removeEventListener('abort', end)
        resolve()
      }
      const timer = setTimeout(end, ms * (0.75 + Math.random() / 2))
      this.#closing.signal.addEventListener('abort', end)
      until?.addEventListener('abort', end)
    })
  }
}
