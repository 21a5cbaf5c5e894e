/** What was told of each numbered write, and whether that is what the list says. */
export class Ledger {
  readonly #told: ('done' | 'unknown' | 'refused')[] = []

  /** Notes the next number; gives it. */
  next(): number {
    return this.#told.push('refused') - 1
  }

  tell(number: number, outcome: 'done' | 'unknown' | 'refused'): void {
    this.#told[number] = outcome
  }

  count(outcome: 'done' | 'unknown' | 'refused'): number {
    return this.#told.filter((told) => told === outcome).length
  }

  /** What does not agree with the numbers that are there; `mayLose` where Redis itself may have lost what it had taken. */
  breaches(there: readonly number[], mayLose: boolean): string[] {
    const times = new Map<number, number>()
    for (const number of there) times.set(number, (times.get(number) ?? 0) + 1)
    const found: string[] = []
    for (const [number, count] of times) {
      if (count > 1) found.push(`write ${number} was done ${count} times`)
      if (this.#told[number] === undefined) found.push(`write ${number} was never asked for`)
      if (this.#told[number] === 'refused') found.push(`write ${number} was told as not done, and is done`)
    }
    if (mayLose) return found
    for (const [number, told] of this.#told.entries()) {
      if (told === 'done' && !times.has(number)) found.push(`write ${number} was told as done, and is not there`)
    }
    return found
  }
}
