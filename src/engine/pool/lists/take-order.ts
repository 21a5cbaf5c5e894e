import type { Priorities } from '../../../domain/pool.ts'
import { sources } from './layout.ts'

const { waiting, high, low } = sources
const strict = `${high}${waiting}${low}`
const orders: Readonly<Record<Priorities, readonly string[]>> = {
  off: [`${waiting}`],
  strict: [strict],
  // Spread over the ten, so that no list waits long for its turn.
  weighted: Array.from({ length: 10 }, (_, turn) =>
    turn === 9 ? `${low}${high}${waiting}` : turn === 2 || turn === 6 ? `${waiting}${high}${low}` : strict,
  ),
}

/** In which order each take looks at the lists of a queue; see the schema of Priorities. */
export class TakeOrder {
  #turn = 0

  constructor(private readonly priorities: Priorities) {}

  /** Sources as digits. */
  next(): string {
    const all = orders[this.priorities]
    return all[this.#turn++ % all.length] as string
  }
}
