import type { Redis } from 'ioredis'
import type { ChaosJob, Fate } from './job.ts'
import { idOf } from './job.ts'

/** What became of the jobs of one queue, after all faults and all work are over. */
export interface Outcome {
  /** Jobs that Redis has confirmed, and those where nobody knows whether it took them. */
  readonly pushed: number
  readonly unsure: number
  /** Confirmed jobs of which nothing is left: not done, not dead. With their ids, the first few. */
  readonly lost: number
  readonly lostIds: readonly string[]
  /** Runs that went well beyond the first of each job. */
  readonly duplicates: number
  /** Dead letters beyond one for each job that was pushed, and ids that nobody pushed. */
  readonly surplus: number
  readonly dead: number
  /** Tries of all jobs. */
  readonly tries: number
}

interface Entry {
  readonly fate: Fate
  confirmed: number
  unsure: number
  ok: number
  failed: number
  dead: number
}

/** Counts by id what was pushed, what the handlers noted, and what is dead; the law is that it adds up. */
export class Tally {
  readonly #entries = new Map<string, Entry>()
  #strangers = 0

  confirmed(jobs: readonly ChaosJob[]): void {
    for (const job of jobs) this.#of(job).confirmed++
  }

  /** Of these the push was not answered. */
  unsure(jobs: readonly ChaosJob[]): void {
    for (const job of jobs) this.#of(job).unsure++
  }

  /** Takes the handlers' notes out of their list, so that it never gets long. */
  async drainNotes(notes: Redis, key: string): Promise<void> {
    for (;;) {
      const taken = await notes.lpop(key, 5000)
      if (taken === null) return
      for (const note of taken) {
        const blank = note.indexOf(' ')
        const entry = this.#entries.get(note.slice(blank + 1))
        if (entry === undefined) this.#strangers++
        else if (note.startsWith('ok')) entry.ok++
        else entry.failed++
      }
    }
  }

  /** Counts dead letters; to be called once, with all of them. */
  countDead(letters: readonly Buffer[]): void {
    for (const letter of letters) {
      const entry = this.#entries.get(idOf(letter))
      if (entry === undefined) this.#strangers++
      else entry.dead++
    }
  }

  /** Runs of one job so far. */
  triesOf(id: string): number {
    const entry = this.#entries.get(id)
    return entry === undefined ? 0 : entry.ok + entry.failed
  }

  outcome(): Outcome {
    let [pushed, unsure, lost, duplicates, surplus, dead, tries] = [0, 0, 0, 0, this.#strangers, 0, 0]
    const lostIds: string[] = []
    for (const [id, entry] of this.#entries) {
      const missing = Math.max(0, entry.confirmed - entry.ok - entry.dead)
      if (missing > 0 && lostIds.length < 20) lostIds.push(`${id} (${entry.fate})`)
      lost += missing
      pushed += entry.confirmed
      unsure += entry.unsure
      dead += entry.dead
      tries += entry.ok + entry.failed
      surplus += Math.max(0, entry.dead - entry.confirmed - entry.unsure)
      duplicates += Math.max(0, entry.ok + entry.dead - entry.confirmed - entry.unsure)
    }
    return { pushed, unsure, lost, lostIds, duplicates, surplus, dead, tries }
  }

  #of({ id, fate }: ChaosJob): Entry {
    const known = this.#entries.get(id)
    if (known !== undefined) return known
    const entry: Entry = { fate, confirmed: 0, unsure: 0, ok: 0, failed: 0, dead: 0 }
    this.#entries.set(id, entry)
    return entry
  }
}
