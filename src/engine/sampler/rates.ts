import { backlog, type Kind, noKinds, type QueueRef } from '../../domain/queue.ts'
import type { QueueSample } from '../../domain/sample.ts'
import type { QueueSystem, Reading } from '../../systems/system.ts'

/** Rates are taken over the last minute. */
const windowMs = 60_000
/** Under this span a rate would be a guess: it stays unknown. */
const leastSpanMs = 3000

/** What must be kept of a queue's past readings to make the next sample. */
export interface RateMemory {
  readonly kinds: Record<Kind, number>
  readonly totals: Reading['totals']
  /** Jobs that came in and went out since the first reading, at each reading of the last minute and one before. */
  readonly flow: readonly { readonly at: number; readonly in: number; readonly out: number }[]
  readonly exact: boolean
  /** The job at the head as it was last read, and since when it is there; null when the queue was empty. */
  readonly head: {
    readonly createdAt: number | null
    readonly fingerprint: string | null
    readonly since: number
  } | null
}

/** Jobs by kind, from jobs by the system's own states. */
export function kindCounts(
  known: QueueSystem['states'],
  states: Readonly<Record<string, number>>,
): Record<Kind, number> {
  const kinds = noKinds()
  for (const { id, kind } of known) kinds[kind] += states[id] ?? 0
  return kinds
}

/**
 * The sample of a queue at one tick, from its reading and what was kept of the readings before. Pure.
 *
 * Jobs in and out come from the system's counters where it keeps both (exact). Else they come from how depths changed
 * between two ticks, so that a job which came and went between them is not seen: lower bounds, `ratesExact` false.
 * @param at epoch ms of the reading
 * @param workers workers seen in CLIENT LIST; null where that is not known
 */
export function reduceReading(
  memory: RateMemory | undefined,
  reading: Reading,
  system: QueueSystem,
  at: number,
  workers: number | null,
): { memory: RateMemory | undefined; sample: QueueSample } {
  const kinds = kindCounts(system.states, reading.states)
  // Counts of a spoiled queue are holes, not departures: the past is kept for when it is whole again.
  const next = reading.problem === null ? step(memory, reading, kinds, at) : memory
  const rates = reading.problem === null && next ? perMinute(next.flow) : null
  const oldest = oldestAge(next?.head ?? null, at)
  const toRun = backlog(kinds)
  const shrinking = rates !== null && rates.out > rates.in && toRun > 0
  const sample: QueueSample = {
    queue: reading.queue,
    kinds,
    states: { ...reading.states },
    inPerMinute: rates?.in ?? null,
    outPerMinute: rates?.out ?? null,
    ratesExact: next?.exact ?? false,
    oldestAgeMs: oldest.ageMs,
    oldestAtLeast: oldest.atLeast,
    drainMs: shrinking ? Math.round((toRun / (rates.out - rates.in)) * 60_000) : null,
    workers: workers === null && reading.workers === null ? null : (workers ?? 0) + (reading.workers ?? 0),
    paused: reading.paused,
    version: reading.version ?? null,
    readOnly: reading.readOnly ?? null,
    problem: reading.problem,
  }
  return { memory: next, sample }
}

function step(before: RateMemory | undefined, reading: Reading, kinds: Record<Kind, number>, at: number): RateMemory {
  const { totals } = reading
  const exact = totals.added !== null && totals.finished !== null
  const head = nextHead(before?.head ?? null, reading.head, at)
  const last = before?.flow.at(-1)
  // The first reading, a clock set back, a minute in which nobody looked, counters that came or went: it begins anew.
  if (!before || !last || at <= last.at || at - last.at > windowMs || exact !== before.exact) {
    return { kinds, totals, exact, head, flow: [{ at, in: 0, out: 0 }] }
  }
  const moved = movement(before, totals, kinds)
  const flow = [...before.flow, { at, in: last.in + moved.in, out: last.out + moved.out }]
  // One reading older than the window stays as the base that the rate is measured from.
  while (flow.length > 2 && (flow[1] as { at: number }).at <= at - windowMs) flow.shift()
  return { kinds, totals, exact, head, flow }
}

/** Jobs that came in and went out between two readings. */
function movement(
  before: RateMemory,
  totals: Reading['totals'],
  kinds: Record<Kind, number>,
): { in: number; out: number } {
  const added = growth(before.totals.added, totals.added)
  const finished = growth(before.totals.finished, totals.finished)
  if (added !== null && finished !== null) return { in: added, out: finished }
  const live = alive(kinds) - alive(before.kinds)
  // What came in and did not stay went out, and the other way round: one side tells the least of the other.
  if (added !== null) {
    const came = Math.max(added, live)
    return { in: came, out: came - live }
  }
  const out = Math.max(0, finished ?? ended(kinds) - ended(before.kinds), -live)
  return { in: out + live, out }
}

/** How far a counter went; 0 when it fell (it was reset, its key was deleted), null where there is none. */
function growth(before: number | null, now: number | null): number | null {
  return before === null || now === null ? null : Math.max(0, now - before)
}

const alive = (kinds: Record<Kind, number>) => backlog(kinds) + kinds.active
const ended = (kinds: Record<Kind, number>) => kinds.completed + kinds.failed

function perMinute(flow: RateMemory['flow']): { in: number; out: number } | null {
  const first = flow[0]
  const last = flow.at(-1)
  if (!first || !last || last.at - first.at < leastSpanMs) return null
  const minutes = (last.at - first.at) / 60_000
  return { in: (last.in - first.in) / minutes, out: (last.out - first.out) / minutes }
}

function nextHead(before: RateMemory['head'], head: Reading['head'], at: number): RateMemory['head'] {
  if (head === undefined) return before
  if (head === null) return null
  const same = before !== null && before.fingerprint !== null && before.fingerprint === head.fingerprint
  return { ...head, since: same ? before.since : at }
}

function oldestAge(head: RateMemory['head'], at: number): { ageMs: number | null; atLeast: boolean } {
  if (head === null) return { ageMs: null, atLeast: false }
  if (head.createdAt !== null) return { ageMs: Math.max(0, at - head.createdAt), atLeast: false }
  return { ageMs: head.fingerprint === null ? null : Math.max(0, at - head.since), atLeast: head.fingerprint !== null }
}

/** A sample of a queue that could not be read at all, with the reason in a sentence. */
export function unreadable(queue: QueueRef, problem: string): Reading {
  return {
    queue,
    states: {},
    head: null,
    totals: { added: null, finished: null },
    workers: null,
    paused: false,
    problem,
  }
}
