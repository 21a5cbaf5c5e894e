import { SluiceError } from '../../domain/errors.ts'
import type { Reply } from '../../systems/handles.ts'
import { type PoolKeys, scriptKeys } from './keys.ts'
import type { Link } from './link.ts'
import {
  ackScript,
  beatScript,
  deadScript,
  openScript,
  orphansScript,
  recoverScript,
  reserveScript,
  retryLaterScript,
} from './scripts.ts'

/** What one try to take a job gave. */
export type Reserved =
  | { readonly kind: 'job'; readonly seq: number; readonly raw: Buffer }
  /** Nothing waits; `dueMs` until the next retry is due, null when there is none. */
  | { readonly kind: 'empty'; readonly dueMs: number | null }
  /** The lease is gone: others may have these jobs, and this ledger is worth nothing more. */
  | { readonly kind: 'fenced' }

/** The largest payload that a worker takes; what is larger goes to the dead letters as it is. */
const largestPayload = 64 * 1024 * 1024

/**
 * One worker's entries in the keys of a queue: each method is one atomic script, sent until Redis has answered, and true
 * to its word even when it ran twice.
 */
export class Ledger {
  #seq = 0

  constructor(
    private readonly link: Link,
    private readonly keys: PoolKeys,
    readonly worker: string,
    private readonly leaseMs: number,
  ) {}

  /** One script, O(1), sent once: announces the worker. Throws WRONG_TYPE when a key is not what this layout has there. */
  async open(): Promise<void> {
    const reply = await this.link.once((writer) =>
      writer.run(openScript, this.#keysOf(this.worker), [this.worker, this.leaseMs]),
    )
    if (!Array.isArray(reply)) return
    const [key, kind] = reply
    throw new SluiceError('WRONG_TYPE', `${key} is a ${kind}: workers of this layout cannot use it.`)
  }

  /** One script, O(1) plus due retries: takes the next job. */
  async reserve(): Promise<Reserved> {
    for (;;) {
      const seq = ++this.#seq
      const args = [this.worker, this.leaseMs, seq, largestPayload]
      const reply = await this.link.run(reserveScript, this.#keysOf(this.worker), args)
      const [word, value] = Array.isArray(reply) ? reply : []
      switch (String(word)) {
        case 'job':
          return { kind: 'job', seq, raw: value as Buffer }
        case 'empty':
          return { kind: 'empty', dueMs: Number(value) < 0 ? null : Number(value) }
        case 'fenced':
          return { kind: 'fenced' }
      }
    }
  }

  /** One script, O(1). False when this worker no longer holds the job, or was not heard the first time. */
  ack(seq: number): Promise<boolean> {
    return this.#settle(ackScript, [seq])
  }

  /** One script, O(log retries). */
  retryLater(seq: number, payload: Buffer, delayMs: number): Promise<boolean> {
    return this.#settle(retryLaterScript, [seq, payload, delayMs])
  }

  /** One script, O(1). */
  dead(seq: number, entry: Buffer): Promise<boolean> {
    return this.#settle(deadScript, [seq, entry])
  }

  /** One script, O(1): false when the lease is gone. */
  async beat(): Promise<boolean> {
    return (await this.link.run(beatScript, this.#keysOf(this.worker), [this.worker, this.leaseMs])) === 1
  }

  /** One script, O(what is held): gives everything back and ends the lease. Gives up when
   * `until` aborts. */
  async release(until?: AbortSignal): Promise<number> {
    return Number(await this.link.run(recoverScript, this.#keysOf(this.worker), [this.worker, '1'], until))
  }

  /** One round trip, O(workers): all other workers of the queue, and whether their lease has run out. */
  async others(): Promise<{ worker: string; expired: boolean }[]> {
    const [time, leases] = await this.link.pipeline([['TIME'], ['ZRANGE', this.keys.leases, 0, -1, 'WITHSCORES']])
    if (!Array.isArray(time) || !Array.isArray(leases)) return []
    const now = Number(time[0]) * 1000 + Number(time[1]) / 1000
    const all: { worker: string; expired: boolean }[] = []
    for (let i = 0; i < leases.length; i += 2) {
      all.push({ worker: String(leases[i]), expired: Number(leases[i + 1]) <= now })
    }
    return all.filter(({ worker }) => worker !== this.worker)
  }

  /** One script, O(what it held): gives another worker's jobs back. 0 when its lease runs again. */
  async recover(worker: string, knownDead: boolean): Promise<number> {
    const reply = await this.link.run(recoverScript, this.#keysOf(worker), [worker, knownDead ? '1' : '0'])
    return Math.max(0, Number(reply))
  }

  /** One script a 200 members of the view, and one ZREM: gives back what old workers left behind. */
  async orphans(atOnce: boolean, afterMs: number): Promise<number> {
    let cursor = '0'
    let returned = 0
    const waiting = new Set<string>()
    do {
      const args = [atOnce ? '1' : '0', afterMs, cursor, this.keys.workers]
      const reply = await this.link.run(orphansScript, this.#keysOf(this.worker), args)
      const [next, back, digests] = Array.isArray(reply) ? reply : []
      cursor = String(next ?? '0')
      returned += Number(back ?? 0)
      for (const digest of Array.isArray(digests) ? digests : []) waiting.add(String(digest))
    } while (cursor !== '0')
    await this.#forgetOrphans(waiting)
    return returned
  }

  /** Members that are owned again, or gone, must start anew when they are seen unowned another time. */
  async #forgetOrphans(stillWaiting: ReadonlySet<string>): Promise<void> {
    const [known] = await this.link.pipeline([['ZRANGE', this.keys.orphans, 0, -1]])
    const stale = Array.isArray(known) ? known.filter((digest) => !stillWaiting.has(String(digest))) : []
    if (stale.length > 0) await this.link.pipeline([['ZREM', this.keys.orphans, ...stale.map(String)]])
  }

  async #settle(script: typeof ackScript, args: (number | Buffer)[]): Promise<boolean> {
    const reply: Reply = await this.link.run(script, this.#keysOf(this.worker), args)
    return reply === 1
  }

  #keysOf(worker: string): string[] {
    return scriptKeys(this.keys, worker)
  }
}
