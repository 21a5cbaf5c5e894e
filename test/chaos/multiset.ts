/** A bag of payloads: how often each is in it, blanks at their ends not counted. */
export class Multiset {
  readonly #counts = new Map<string, number>()
  #size = 0

  constructor(payloads: Iterable<Buffer> = []) {
    for (const payload of payloads) this.add(payload)
  }

  get size(): number {
    return this.#size
  }

  add(payload: Buffer): void {
    this.#put(nameOf(payload), 1)
  }

  addAll(payloads: Iterable<Buffer>): void {
    for (const payload of payloads) this.add(payload)
  }

  /** Throws when it is not there: somebody made a job out of nothing. */
  remove(payload: Buffer): void {
    const key = nameOf(payload)
    const count = this.#counts.get(key) ?? 0
    if (count === 0) throw new Error(`took ${key}, which is not there`)
    if (count === 1) this.#counts.delete(key)
    else this.#counts.set(key, count - 1)
    this.#size--
  }

  #put(key: string, count: number): void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + count)
    this.#size += count
  }

  /** Both in one bag. */
  plus(other: Multiset): Multiset {
    const sum = new Multiset()
    for (const [key, count] of [...this.#counts, ...other.#counts]) sum.#put(key, count)
    return sum
  }

  /** In a form that two bags with the same payloads share. */
  toJSON(): Record<string, number> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)))
  }
}

function nameOf(payload: Buffer): string {
  return payload.toString('latin1').trimEnd()
}
