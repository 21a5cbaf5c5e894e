import type { OtherWorker, Settlement, StepReply } from '../../src/engine/pool/lists/ledger.ts'
import { Multiset } from './multiset.ts'

/** What a queue holds, as plain bags: all lists, delayed jobs and suspects are one bag, since time moves them. */
export class QueueModel {
  readonly pushed = new Multiset()
  readonly open = new Multiset()
  readonly dead = new Multiset()
  readonly done = new Multiset()
  readonly held = new Map<string, Map<number, Buffer>>()
  readonly claims = new Map<string, Buffer[]>()
  /** Workers whose jobs were given back: they are heard no more. */
  readonly #gone = new Set<string>()

  push(payloads: readonly Buffer[]): void {
    this.pushed.addAll(payloads)
    this.open.addAll(payloads)
  }

  /** What worker `name` holds. */
  hands(name: string): Map<number, Buffer> {
    const known = this.held.get(name)
    if (known !== undefined) return known
    const hands = new Map<number, Buffer>()
    this.held.set(name, hands)
    return hands
  }

  /** A late or an early BLMOVE of a worker. */
  claim(name: string, payload: Buffer): void {
    this.open.remove(payload)
    this.claims.set(name, [...(this.claims.get(name) ?? []), payload])
  }

  /** A step that was done once, however often it was sent. */
  step(name: string, settlement: Settlement, reply: StepReply): void {
    if ((reply.kind === 'fenced') !== this.#gone.has(name)) throw new Error(`${name} was answered ${reply.kind}`)
    if (reply.kind === 'fenced') return
    const hands = this.hands(name)
    for (const [seqs, to] of [
      [settlement.acks, this.done],
      [settlement.completions.map(({ seq }) => seq), this.done],
      [settlement.retries.map(({ seq }) => seq), this.open],
      [settlement.deads.map(({ seq }) => seq), this.dead],
      [settlement.backs, this.open],
    ] as const) {
      for (const seq of seqs) {
        const payload = hands.get(seq)
        if (payload === undefined) continue
        hands.delete(seq)
        to.add(payload)
      }
    }
    const { adopted, taken } = reply.jobs()
    for (const { raw } of adopted) {
      const expected = this.claims.get(name)?.shift()
      if (expected === undefined || !expected.equals(raw)) throw new Error(`adopted ${raw}, which was not claimed`)
    }
    for (const { raw } of taken) this.open.remove(raw)
    for (const { seq, raw } of [...adopted, ...taken]) {
      if (hands.has(seq)) throw new Error(`gave out seq ${seq} twice`)
      hands.set(seq, raw)
    }
  }

  /** All that a worker had is open again. Returns how many jobs that were. */
  giveBack(name: string): number {
    const back = [...(this.held.get(name)?.values() ?? []), ...(this.claims.get(name) ?? [])]
    this.held.delete(name)
    this.claims.delete(name)
    this.#gone.add(name)
    this.open.addAll(back)
    return back.length
  }

  /** A sweep of one worker, as another one saw it before. */
  recover({ worker, state }: OtherWorker): number {
    return state === 'alive' ? 0 : this.giveBack(worker)
  }
}
