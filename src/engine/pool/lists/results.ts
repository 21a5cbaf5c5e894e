import type { Settlement } from './ledger.ts'

interface Lists {
  acks: number[]
  completions: { seq: number; entry: Buffer }[]
  retries: { seq: number; payload: Buffer; delayMs: number }[]
  deads: { seq: number; entry: Buffer }[]
  backs: number[]
}

/** Ends of one kind that one step tells at most: a script has only so much room. */
const mostInStep = 1000
/** Bytes of payloads that one step tells at most, give or take one. */
const mostBytes = 8 * 1024 * 1024

/** How jobs ended that Redis does not know of yet. */
export class Results {
  #lists: Lists = none()
  #size = 0

  get size(): number {
    return this.#size
  }

  ack(seq: number): void {
    this.#lists.acks.push(seq)
    this.#size++
  }

  complete(seq: number, entry: Buffer): void {
    this.#lists.completions.push({ seq, entry })
    this.#size++
  }

  retry(seq: number, payload: Buffer, delayMs: number): void {
    this.#lists.retries.push({ seq, payload, delayMs })
    this.#size++
  }

  dead(seq: number, entry: Buffer): void {
    this.#lists.deads.push({ seq, entry })
    this.#size++
  }

  back(seq: number): void {
    this.#lists.backs.push(seq)
    this.#size++
  }

  /** What one step can tell; the rest stays for the next. */
  take(): Settlement {
    const { acks, completions, retries, deads, backs } = this.#lists
    let bytes = 0
    const some = <T>(list: T[], bytesOf: (entry: T) => number): T[] => {
      let count = 0
      while (count < list.length && count < mostInStep && bytes < mostBytes) bytes += bytesOf(list[count++] as T)
      return list.splice(0, count)
    }
    const taken: Settlement = {
      acks: some(acks, () => 0),
      backs: some(backs, () => 0),
      completions: some(completions, ({ entry }) => entry.length),
      retries: some(retries, ({ payload }) => payload.length),
      deads: some(deads, ({ entry }) => entry.length),
    }
    this.#size = acks.length + completions.length + retries.length + deads.length + backs.length
    return taken
  }
}

const none = (): Lists => ({ acks: [], completions: [], retries: [], deads: [], backs: [] })
