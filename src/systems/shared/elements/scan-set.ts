import type { Reader } from '../../handles.ts'
import { digestOf } from './digest.ts'
import { ReplySize } from './scan-size.ts'
import { buffersOf, numberOf } from './seen.ts'

export interface SetStep {
  readonly members: readonly Buffer[]
  readonly behind: number
  readonly total: number
}

/**
 * Walks a set, in replies of about 1 MB (SSCAN, no script). Redis gives each member that stays at least once, and some
 * twice where the set was made smaller meanwhile, so the walk remembers what it told: 16 bytes a member.
 */
export async function* scanSet(reader: Reader, key: string, chunk: number): AsyncGenerator<SetStep, void, void> {
  const size = new ReplySize(chunk)
  const total = numberOf(await reader.call('SCARD', key))
  const told = new ToldDigests()
  let cursor = '0'
  let behind = 0
  do {
    const reply = await reader.call('SSCAN', key, cursor, 'COUNT', size.count)
    const [next, found] = Array.isArray(reply) ? reply : []
    cursor = next instanceof Buffer ? next.toString('latin1') : '0'
    const read = buffersOf(found ?? null)
    const members = read.filter((bytes) => told.add(digestOf(bytes)))
    size.saw(read)
    behind += members.length
    if (members.length > 0) yield { members, behind, total: Math.max(total, behind) }
  } while (cursor !== '0')
}

/** Digests that were told, by their first 64 bits: two alike among a million are one in ten million walks. */
export class ToldDigests {
  #slots = new BigUint64Array(1024)
  #count = 0

  /** Remembers a digest (hex); false when it was there already. */
  add(digest: string): boolean {
    if (this.#count * 2 >= this.#slots.length) this.#grow()
    if (!this.#put(BigInt(`0x${digest.slice(0, 16)}`) || 1n)) return false
    this.#count++
    return true
  }

  #put(print: bigint): boolean {
    const mask = this.#slots.length - 1
    let at = Number(print & BigInt(mask))
    while (this.#slots[at] !== 0n) {
      if (this.#slots[at] === print) return false
      at = (at + 1) & mask
    }
    this.#slots[at] = print
    return true
  }

  #grow(): void {
    const old = this.#slots
    this.#slots = new BigUint64Array(old.length * 2)
    for (const print of old) if (print !== 0n) this.#put(print)
  }
}
