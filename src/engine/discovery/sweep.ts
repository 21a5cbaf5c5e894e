import { isUtf8 } from 'node:buffer'
import { isRefused, SluiceError } from '../../domain/errors.ts'
import type { Command, Reader, Reply } from '../../systems/handles.ts'
import type { SeenKey } from '../../systems/system.ts'

/** How much one pass may look at before it stops; the next pass goes on from there. */
export interface Budget {
  readonly keys: number
  readonly ms: number
}

/** Keys asked for at once: one to two ms of Redis time, and 1,000 times fewer round trips than one by one. */
const batch = 1000
const ownPrefix = Buffer.from('sluice:')

/**
 * ARGV: cursor, how many. Returns the next cursor, keys, and their types in one text ("list hash -", `-` where the user
 * may not know it): the types come with the keys, in one command where there would be a thousand. Reads only.
 */
const scanLua = `
local reply = redis.call('SCAN', ARGV[1], 'COUNT', ARGV[2])
local types = {}
for i, key in ipairs(reply[2]) do types[i] = redis.pcall('TYPE', key).ok or '-' end
return { reply[1], reply[2], table.concat(types, ' ') }`

/** How the keys of a Redis can be walked, found out once: by the script, or by SCAN and TYPE where it is refused. */
export interface Way {
  scripted: boolean
}

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

  constructor(
    private readonly wants: (key: SeenKey) => boolean,
    private readonly way: Way,
  ) {}

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
   * One round trip for every 1,000 keys, never KEYS: one script that scans and tells the types; where scripts are
   * refused, SCAN together with a TYPE for each key of the trip before. Rejects as the reader does; what was seen until
   * then stays, and the next pass goes on from there.
   */
  async pass(reader: Reader, budget: Budget): Promise<void> {
    const began = performance.now()
    const stop = this.looked + budget.keys
    while (!this.done) {
      const spent = this.looked >= stop || performance.now() - began >= budget.ms
      if (spent && this.#started && this.#untyped.length === 0) return
      if (this.way.scripted) await this.#scriptedTrip(reader)
      else await this.#plainTrip(reader, !this.#started || (!spent && this.#cursor !== '0'))
    }
  }

  async #scriptedTrip(reader: Reader): Promise<void> {
    const commands: Command[] = [['EVAL', scanLua, 0, this.#cursor, batch]]
    const [reply, size] = await reader.pipeline(this.#started ? commands : [...commands, ['DBSIZE']])
    if (reply instanceof SluiceError && reply.retryable) throw reply
    if (!Array.isArray(reply)) {
      // Scripts are refused, or SCAN inside them: the plain way finds out which.
      this.way.scripted = false
      return
    }
    const types = String(reply[2]).split(' ')
    const keys = this.#arrived(reply, size)
    for (const [i, key] of keys.entries()) this.#typed(key, types[i] ?? 'none')
  }

  async #plainTrip(reader: Reader, scan: boolean): Promise<void> {
    const typing = this.#untyped.slice(0, batch)
    const commands = typing.map((key): Command => ['TYPE', key])
    if (scan) commands.push(['SCAN', this.#cursor, 'COUNT', batch])
    if (!this.#started) commands.push(['DBSIZE'])
    const replies = await reader.pipeline(commands)
    this.#untyped = this.#untyped.slice(typing.length)
    for (const [i, key] of typing.entries()) {
      const type = replies[i] ?? null
      if (isRefused(type)) this.forbidden++
      else if (Buffer.isBuffer(type)) this.#typed(key, type.toString())
    }
    if (!scan) return
    const reply = replies[typing.length] ?? null
    if (isRefused(reply)) this.refused = true
    else if (reply instanceof Error) throw reply
    for (const key of this.#arrived(reply, replies[typing.length + 1])) this.#untyped.push(key)
  }

  /** Takes the reply of a scan; gives its keys. */
  #arrived(reply: Reply, size: Reply | undefined): Buffer[] {
    if (!this.#started && typeof size === 'number') this.size = size
    this.#started = true
    const [cursor, keys] = Array.isArray(reply) ? reply : []
    if (!Array.isArray(keys)) return []
    this.#cursor = String(cursor)
    this.looked += keys.length
    return keys.filter((key) => Buffer.isBuffer(key))
  }

  #typed(bytes: Buffer, type: string): void {
    if (ownPrefix.equals(bytes.subarray(0, ownPrefix.length))) return
    if (type === '-') this.forbidden++
    const seen = { key: bytes.toString(), type }
    if (type === '-' || type === 'none' || !this.wants(seen)) return
    if (isUtf8(bytes)) this.#seen.set(seen.key, type)
    else if (type !== 'string' && type !== 'hash') this.unreadable++
  }
}
