import { SluiceError } from '../../../domain/errors.ts'
import type { JobSummary } from '../../../domain/job.ts'
import type { QueueRef } from '../../../domain/queue.ts'
import type { Reader } from '../../handles.ts'
import type { ScannedJob, ScanRequest, ScanStep } from '../../system.ts'
import { momentOf, type StoredJob, stampOf, summaryOf, timeIn } from './decode.ts'
import { isEnded } from './freeze.ts'
import { baseOf, isMarker, keyOfState, type Layout, placeOf } from './layout.ts'
import { previewBytes } from './lua.ts'
import { scanOrphans } from './orphans.ts'
import { markOf, refOf } from './refs.ts'
import { numberOf } from './replies.ts'
import { rowFields } from './rows.ts'
import { walk } from './walk.ts'
import type { WalkedRow, WalkSource } from './walk-source.ts'

/** Bytes of an error that a walk tells. */
const errorBytes = 64 * 1024

/**
 * 1 round trip a step, as `walk` says, from the job that runs next or ended first. Of stalled jobs it walks `active` and
 * tells those without a lock; orphans are looked for as `scanOrphans` says.
 */
export async function* scan(
  layout: Layout,
  reader: Reader,
  queue: QueueRef,
  state: string,
  request: ScanRequest,
): AsyncGenerator<ScanStep, void, void> {
  if (state === 'orphans') return yield* scanOrphans(layout, reader, queue, request.chunk, request.payloads)
  const stalled = state === 'stalled'
  const place = placeOf(layout, stalled ? 'active' : state)
  if (place === null) throw new SluiceError('INVALID_INPUT', `${layout.label} has no state ${state}.`)
  const source: WalkSource = {
    key: keyOfState(layout, queue, stalled ? 'active' : state),
    from: place.type === 'list' ? 'tail' : 'lowest',
    base: baseOf(queue),
    payload: 'data',
    fields: rowFields(layout).map(([name, bytes]) => [name, name === 'failedReason' ? errorBytes : bytes]),
    locks: stalled || state === 'active',
    skips: (id) => isMarker(layout, id),
  }
  const names = source.fields.map(([name]) => name)
  for await (const { rows, behind, total, now } of walk(reader, source, request)) {
    const told = stalled ? rows.filter(({ locked }) => !locked) : rows
    yield { jobs: told.map((row) => new ScannedHash({ layout, state, names, now }, row)), behind, total }
  }
}

/** What all jobs of a walk have in common. */
export interface Walked {
  readonly layout: Layout
  readonly state: string
  /** Names of the fields, in the order of a row's values. */
  readonly names: readonly string[]
  readonly now: number
}

/** A job of a walk; what it is asked for is made then. */
export class ScannedHash implements ScannedJob {
  readonly bytes: number
  readonly #walked: Walked
  readonly #row: WalkedRow
  #stored: StoredJob | null = null

  constructor(walked: Walked, row: WalkedRow) {
    this.#walked = walked
    this.#row = row
    this.bytes = Math.max(0, row.size)
  }

  get ref(): string {
    const { state } = this.#walked
    const stored = this.#whole()
    return refOf({ state, stamp: stampOf(stored, state), mark: stored.mark, id: stored.id })
  }

  payload(): Buffer {
    return this.#row.payload ?? Buffer.alloc(0)
  }

  error(): string | null {
    if (this.#walked.state === 'completed') return null
    return this.#value('failedReason')?.toString('utf8') || null
  }

  at(): number | null {
    const { state } = this.#walked
    if (state === 'delayed') return null // its score is when it is due
    if (state === 'waiting-children') return Number(this.#row.score)
    if (isEnded(state)) return numberOf(this.#value('finishedOn') ?? undefined) ?? Number(this.#row.score)
    const stored = this.#whole()
    return momentOf(stored, state) ?? (state === 'orphans' ? timeIn(stored, 'timestamp') : null)
  }

  summary(): JobSummary {
    const { layout, state, now } = this.#walked
    return summaryOf(layout, this.#whole(), state, now)
  }

  #value(name: string): Buffer | null {
    return this.#row.values[this.#walked.names.indexOf(name)] ?? null
  }

  #whole(): StoredJob {
    if (this.#stored !== null) return this.#stored
    const { id, score, size, locked, payload, values } = this.#row
    const fields = new Map<string, Buffer>()
    for (const [i, name] of this.#walked.names.entries()) {
      const value = values[i]
      if (value) fields.set(name, value)
    }
    this.#stored = {
      id,
      score: score === null ? null : Number(score),
      wrongType: size < 0,
      locked,
      fields,
      size: this.bytes,
      mark: payload === null ? '' : markOf(payload),
      data: payload === null ? null : payload.subarray(0, previewBytes),
    }
    return this.#stored
  }
}
