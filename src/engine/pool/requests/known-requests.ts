import type { Candidate } from './claims.ts'

/** Requests that are known to wait to be begun and were not read yet, each once, in the order of their turn. */
export class KnownRequests {
  readonly #known = new Map<string, Candidate>()
  #overflowed = false

  constructor(private readonly most = 10_000) {}

  /** Whether some found no room, so that Redis has to be asked again once the rest is done. */
  get overflowed(): boolean {
    return this.#overflowed && this.#known.size === 0
  }

  /** Out of the list, oldest first. */
  add(hashes: readonly string[]): void {
    for (const hash of hashes) this.#put({ hash, worker: null })
  }

  /** What was taken before, or is to be tried again: its turn comes before all that only waits in the list. */
  addFirst(candidates: readonly Candidate[]): void {
    if (candidates.length === 0) return
    const others = [...this.#known.values()]
    this.#known.clear()
    for (const candidate of [...candidates, ...others]) this.#put(candidate)
  }

  /** The next one; undefined when there is none. */
  take(): Candidate | undefined {
    const [first] = this.#known.values()
    if (first !== undefined) this.#known.delete(first.hash)
    return first
  }

  /** Forgets all, to learn anew. */
  clear(): void {
    this.#known.clear()
    this.#overflowed = false
  }

  #put(candidate: Candidate): void {
    if (this.#known.has(candidate.hash)) return
    if (this.#known.size < this.most) this.#known.set(candidate.hash, candidate)
    else this.#overflowed = true
  }
}
