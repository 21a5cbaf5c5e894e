import type { TrackedRequest } from '../../../domain/request.ts'
import { type Phase, phaseOf, phases, UpdateMeter } from './requests.model.ts'

/** A request as it is known, and since when (epoch ms): its estimate counts down from there. */
export interface Entry {
  readonly request: TrackedRequest
  readonly receivedAt: number
  /** Redis has it no more; it is kept while its row may be in sight. */
  readonly gone: boolean
}

export type RequestsEvent =
  | { type: 'snapshot'; requests: TrackedRequest[]; partial: string | null }
  | { type: 'changes'; changed: TrackedRequest[]; gone: string[]; updates: number }

/** Which requests there are; the same object until that, or the phase of one, changed. */
export interface Outline {
  /** Newest first. */
  readonly hashes: readonly string[]
  readonly counts: Readonly<Record<Phase, number>>
  readonly partial: string | null
  /** Nothing arrived yet. */
  readonly waiting: boolean
}

const none = (): Record<Phase, number> => ({ running: 0, otp: 0, completed: 0, failed: 0, cancelled: 0 })
/** How long a request that is gone is still known. */
const rememberMs = 60_000

/**
 * The live requests, outside of React: however many updates arrive, each frame tells each row at most once, and only
 * rows whose request changed. `schedule` runs the telling at the next frame.
 */
export class RequestStore {
  readonly meter = new UpdateMeter()
  readonly #entries = new Map<string, Entry>()
  readonly #goneAt = new Map<string, number>()
  readonly #listeners = new Map<string, Set<() => void>>()
  readonly #outlineListeners = new Set<() => void>()
  readonly #dirty = new Set<string>()
  #outline: Outline = { hashes: [], counts: none(), partial: null, waiting: true }
  #outlineStale = false
  #partial: string | null = null
  #scheduled = false

  constructor(
    private readonly schedule: (tell: () => void) => void,
    private readonly now: () => number = Date.now,
  ) {}

  apply(event: RequestsEvent): void {
    const now = this.now()
    if (event.type === 'snapshot') {
      for (const hash of this.#entries.keys()) this.#dirty.add(hash)
      this.#entries.clear()
      this.#goneAt.clear()
      for (const request of event.requests) this.#put(request, now)
      this.#partial = event.partial
      this.#outlineStale = true
    } else {
      this.meter.add(event.updates, now)
      for (const request of event.changed) this.#put(request, now)
      for (const hash of event.gone) this.#lose(hash, now)
      this.#forget(now)
    }
    if (this.#scheduled) return
    this.#scheduled = true
    this.schedule(() => this.#tell())
  }

  get(hash: string): Entry | undefined {
    return this.#entries.get(hash)
  }

  readonly outline = (): Outline => this.#outline

  subscribe(hash: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(hash) ?? new Set()
    this.#listeners.set(hash, listeners.add(listener))
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0) this.#listeners.delete(hash)
    }
  }

  readonly subscribeOutline = (listener: () => void): (() => void) => {
    this.#outlineListeners.add(listener)
    return () => this.#outlineListeners.delete(listener)
  }

  #put(request: TrackedRequest, receivedAt: number): void {
    const before = this.#entries.get(request.hash)
    if (before === undefined || before.gone || phaseOf(before.request) !== phaseOf(request)) this.#outlineStale = true
    this.#goneAt.delete(request.hash)
    this.#entries.set(request.hash, { request, receivedAt, gone: false })
    this.#dirty.add(request.hash)
  }

  #lose(hash: string, now: number): void {
    const before = this.#entries.get(hash)
    if (before === undefined || before.gone) return
    this.#entries.set(hash, { ...before, gone: true })
    this.#goneAt.set(hash, now)
    this.#dirty.add(hash)
    this.#outlineStale = true
  }

  #forget(now: number): void {
    for (const [hash, at] of this.#goneAt) {
      if (now - at < rememberMs) return
      this.#goneAt.delete(hash)
      this.#entries.delete(hash)
      this.#dirty.add(hash)
    }
  }

  #tell(): void {
    this.#scheduled = false
    const changed = [...this.#dirty]
    this.#dirty.clear()
    for (const hash of changed) for (const listener of this.#listeners.get(hash) ?? []) listener()
    if (!this.#outlineStale) return
    this.#outlineStale = false
    this.#outline = this.#makeOutline()
    for (const listener of this.#outlineListeners) listener()
  }

  #makeOutline(): Outline {
    const counts = none()
    const present: { hash: string; born: number }[] = []
    for (const { request, gone } of this.#entries.values()) {
      if (gone) continue
      counts[phaseOf(request)]++
      present.push({ hash: request.hash, born: request.startedAt ?? request.updatedAt })
    }
    present.sort((one, other) => other.born - one.born || (one.hash < other.hash ? -1 : 1))
    return { hashes: present.map(({ hash }) => hash), counts, partial: this.#partial, waiting: false }
  }
}

/** All requests of an outline. */
export function countAll({ counts }: Outline): number {
  return phases.reduce((sum, phase) => sum + counts[phase], 0)
}
