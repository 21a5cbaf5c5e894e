import { Duplex } from 'node:stream'
import type { ClientChannel } from 'ssh2'

/**
 * A stream through an SSH session, with the manners of a TCP socket that is connected already. The channel of the
 * library itself has none: after its session is gone it calls no write back, and it says "close" only to who read it to
 * its end.
 */
export class TunnelStream extends Duplex {
  readonly connecting = false
  readonly #channel: ClientChannel
  #ended = false
  #closed = false
  /** What to call when the channel took what was written. */
  #written: () => void = () => {}
  #idleMs = 0
  #idle: NodeJS.Timeout | undefined

  constructor(channel: ClientChannel) {
    super({ allowHalfOpen: false })
    this.#channel = channel
    channel.on('data', (chunk: Buffer) => {
      this.#moved()
      if (!this.push(chunk)) channel.pause()
    })
    channel.once('end', () => {
      this.#ended = true
      this.push(null)
    })
    channel.once('close', () => {
      // What came before the end is still to be read: the stream closes by itself after that. What is still to be
      // written goes nowhere.
      if (!this.#ended) return void this.destroy()
      this.#closed = true
      this.#wrote()
    })
    channel.on('error', (error: Error) => this.destroy(error))
    channel.stderr.resume()
    this.on('error', () => {}) // a session that is lost reaches all its streams, also one that nobody listens to yet
  }

  override _read(): void {
    this.#channel.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#moved()
    if (this.#closed) return void done()
    this.#written = done
    this.#channel.write(chunk, () => this.#wrote())
  }

  #wrote(): void {
    const written = this.#written
    this.#written = () => {}
    written()
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#channel.end()
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#idle)
    this.#channel.destroy()
    this.#channel.resume() // it ends only when what it still got was taken
    done(error)
  }

  /** Emits `timeout` when no byte moved in either direction for `ms`; 0 switches it off. */
  setTimeout(ms: number, listener?: () => void): this {
    this.#idleMs = ms
    if (listener) this.once('timeout', listener)
    this.#moved()
    return this
  }

  #moved(): void {
    clearTimeout(this.#idle)
    if (this.#idleMs > 0 && !this.destroyed) this.#idle = setTimeout(() => this.emit('timeout'), this.#idleMs)
  }

  /** The session as a whole is kept alive, and sends at once: these are here for clients that ask for it. */
  setKeepAlive(_on?: boolean, _delayMs?: number): this {
    return this
  }
  setNoDelay(_on?: boolean): this {
    return this
  }
  ref(): this {
    return this
  }
  unref(): this {
    return this
  }
}
