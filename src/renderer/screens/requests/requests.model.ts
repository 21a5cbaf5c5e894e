import type { TrackedRequest } from '../../../domain/request.ts'

/** What a stored status means to an operator, whatever word its service uses. */
export const phases = ['running', 'otp', 'completed', 'failed', 'cancelled'] as const
export type Phase = (typeof phases)[number]

/** What the list shows: one phase, or all. */
export type Tab = Phase | 'all'

const words: readonly [Phase, RegExp][] = [
  ['completed', /^(completed?|success|succeeded|done)$/],
  ['failed', /^(failed|error|timeout)$/],
  ['cancelled', /^cancell?ed$/],
  ['otp', /otp/],
]

/** The phase of a request; a status that nobody knows counts as running, because it has not ended. */
export function phaseOf({ status, requiresOtp }: Pick<TrackedRequest, 'status' | 'requiresOtp'>): Phase {
  const word = status.trim().toLowerCase()
  const known = words.find(([, pattern]) => pattern.test(word))?.[0]
  if (known !== undefined) return known
  return requiresOtp ? 'otp' : 'running'
}

export function isOver(phase: Phase): boolean {
  return phase === 'completed' || phase === 'failed' || phase === 'cancelled'
}

/** Whether a request has all words of a filter in what it says of itself. */
export function matches(request: TrackedRequest, filterWords: readonly string[]): boolean {
  if (filterWords.length === 0) return true
  const { hash, service, status, step, message, userId, error } = request
  const text = [hash, service, status, step, message, userId, error].join('\n').toLocaleLowerCase()
  return filterWords.every((word) => text.includes(word))
}

/** What keeps its place while somebody looks: rows that are shown stay, and new ones wait to be asked for. */
export function heldRows(shown: readonly string[], wanted: readonly string[]): { waiting: number } {
  const known = new Set(shown)
  return { waiting: wanted.reduce((count, hash) => count + (known.has(hash) ? 0 : 1), 0) }
}

/** Keys and channels of a tracker by the prefix that its profile has, for a person to check. */
export function trackerKeys(trackedPrefix: string): { request: string; list: string; channel: string } {
  const base = trackedPrefix.replace(/:$/, '')
  return { request: `${base}:HASH`, list: `${base}s_list`, channel: `${base}_updates:HASH` }
}

const second = 1_000
const kept = 60

/** Updates by the second, over the last minute. */
export class UpdateMeter {
  readonly #seconds = new Map<number, number>()

  add(updates: number, now: number): void {
    const at = Math.floor(now / second)
    this.#seconds.set(at, (this.#seconds.get(at) ?? 0) + updates)
    for (const known of this.#seconds.keys()) if (known < at - kept) this.#seconds.delete(known)
  }

  /** Of the last whole second, so that the number does not begin at nothing each second. */
  perSecond(now: number): number {
    return this.#seconds.get(Math.floor(now / second) - 1) ?? 0
  }

  /** One value a second, oldest first. */
  course(now: number): number[] {
    const last = Math.floor(now / second) - 1
    return Array.from({ length: kept }, (_, place) => this.#seconds.get(last - kept + 1 + place) ?? 0)
  }
}
