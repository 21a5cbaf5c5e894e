import { isUtf8 } from 'node:buffer'
import { isRefused } from '../../domain/errors.ts'
import type { Command, Reader, Reply } from '../../systems/handles.ts'
import type { SeenKey } from '../../systems/system.ts'

/** How much one pass may look at before it stops; the next pass goes on from there. */
export interface Budget {
  readonly keys: number
  readonly ms: number
}

/** Keys asked for in one SCAN: about 0.75 ms of Redis time, and 1,000 times fewer round trips than one by one. */
const batch = 1000
const ownPrefix = Buffer.from('sluice:')

/**
 * One walk over all keys of a database by SCAN, in as many passes as its budget makes of it. It keeps the names and
 * types of the keys that somebody wants, and forgets the others. The console's own keys (trash entries) are skipped.
 */
export class Sweep {
  #cursor = '0'
  #started = false
  #untyped: Buffer[] = []
  readonly #seen = new Map<string, string>()
  /** Keys looked at so far. */
  looked = 0
  /** All keys of the database when the sweep began; null where DBSIZE is refused. */
  size: number | null = null
  /** SCAN is refused to this user: nothing can be found by looking. */
  refused = false
  /** Keys that this user may not read. */
  forbidden = 0
  /** Lists and the like under names that are not UTF-8 text, which no screen can name. */
  unreadable = 0

  constructor(private readonly wants: (key: SeenKey) => boolean) {}

  get done(): boolean {
    return this.refused || (this.#started && this.#cursor === '0' && this.#untyped.length === 0)
  }

  /** The wanted keys seen since the last `forget`, with their types. */
  get seen(): SeenKey[] {
    return Array.from(this.#seen, ([key, type]) => ({ key, type }))
  }

  get kept(): number {
    return this.#seen.size
  }

  /** Lets go of the keys seen so far; the walk goes on behind them. */
  forget(): void {
    this.#seen.clear()
  }

  /**
   * One round trip for every 1,000 keys: SCAN COUNT 1000, together with the TYPE of the keys of the trip before.
   * Never KEYS. Rejects as the reader does; what was seen until then stays, and the next pass goes on from there.
   */
  async pass(reader: Reader, budget: Budget): Promise<void> {
    const began = performance.now()
    const stop = this.looked + budget.keys
    while (!this.done) {
      const spent = this.looked >= stop || performance.now() - began >= budget.ms
      if (spent && this.#started && this.#untyped.length === 0) return
      await this.#trip(reader, !this.#started || (!spent && this.#cursor !== '0'))
    }
  }

  async #trip(reader: Reader, scan: boolean): Promise<void> {
    const typing = this.#untyped.slice(0, batch)
    const commands: Command[] = typing.map((key) => ['TYPE', key])
    if (scan) commands.push(['SCAN', this.#cursor, 'COUNT', batch])
    if (!this.#started) commands.push(['DBSIZE'])
    const replies = await reader.pipeline(commands)
    this.#untyped = this.#untyped.slice(typing.length)
    for (const [i, key] of typing.entries()) this.#typed(key, replies[i] ?? null)
    if (!scan) return
    const size = replies[typing.length + 1]
    if (!this.#started && typeof size === 'number') this.size = size
    this.#started = true
    this.#scanned(replies[typing.length] ?? null)
  }

  #typed(bytes: Buffer, reply: Reply): void {
    if (isRefused(reply)) this.forbidden++
    if (!Buffer.isBuffer(reply)) return
    const seen = { key: bytes.toString(), type: reply.toString() }
    if (seen.type === 'none' || !this.wants(seen)) return
    if (isUtf8(bytes)) this.#seen.set(seen.key, seen.type)
    else if (seen.type !== 'string' && seen.type !== 'hash') this.unreadable++
  }

  #scanned(reply: Reply): void {
    if (isRefused(reply)) this.refused = true
    else if (reply instanceof Error) throw reply
    if (!Array.isArray(reply)) return
    const [cursor, keys] = reply
    this.#cursor = String(cursor)
    if (!Array.isArray(keys)) return
    this.looked += keys.length
    for (const key of keys) {
      if (Buffer.isBuffer(key) && !ownPrefix.equals(key.subarray(0, ownPrefix.length))) this.#untyped.push(key)
    }
  }
}
