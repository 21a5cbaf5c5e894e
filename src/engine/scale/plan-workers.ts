import type { Scale } from '../../domain/scale.ts'

/** What waits for one worker or several, as it was last seen. */
export interface Load {
  /** Jobs that could begin now. */
  readonly waiting: number
  /** How long a job takes, in ms; null where that cannot be known. */
  readonly averageJobMs: number | null
  /** For how long the oldest of them has waited; null where that cannot be known. */
  readonly oldestWaitMs: number | null
}

/** What one line of workers serves, and how many there are now. */
export interface Part {
  readonly weight: number
  /** null while nothing is known: then it keeps what it has. */
  readonly load: Load | null
  readonly now: number
}

export interface PlanInput {
  readonly scale: Scale
  /** How workers are shared out between several parts; with one part both mean the same. */
  readonly share: 'strict' | 'weighted'
  /** Most urgent first. */
  readonly parts: readonly Part[]
  /** Since the last change, in ms; null before the first. */
  readonly sinceChangeMs: number | null
}

/** How long a job is taken to last where nobody knows. */
export const assumedJobMs = 1000

/**
 * How many workers each part should have now.
 *
 * What a part asks for: by `size`, one worker for each `jobsPerWorker` waiting jobs; by `wait`, as many as clear what
 * waits within `clearMs` (a job of unknown length is taken to last one second), and one more than there are when its
 * oldest job has waited longer than that. Never less than `min` for each part, never more than `max` for all of them.
 *
 * What they get when they ask for more than `max`: each its `min` first. Then `strict` fills the parts in their order,
 * and `weighted` gives every part that asks for any one worker, then shares out by weight among those that still ask,
 * until nobody asks or none is left. With fewer workers than parts that ask, `weighted` prefers what has waited longest,
 * times its weight, so that each has its turn.
 *
 * How fast: at most `step` more and `step` fewer at a time, `cooldownMs` apart. Bounds hold at once. A fixed number is
 * shared out by weight, or evenly when `strict`, and has no speed.
 *
 * After Horizon's auto-scaler (its `size` and `time`, balanceMaxShift, balanceCooldown); but Horizon always hands out
 * all of its processes as soon as anything waits, and this only what is asked for.
 */
export function planWorkers({ scale, share, parts, sinceChangeMs }: PlanInput): number[] {
  if (parts.length === 0) return []
  if (scale.by === 'fixed') {
    const even = parts.map(({ weight }) => ({ ask: scale.count, weight: share === 'strict' ? 1 : weight, urgency: 0 }))
    return shareOut(even, 'weighted', scale.count, 0)
  }
  const asks = parts.map((part) => ({
    ask: part.load === null ? part.now : Math.min(scale.max, Math.max(scale.min, asked(scale, part, part.load))),
    weight: part.weight,
    urgency: (part.load?.oldestWaitMs ?? 0) * part.weight,
  }))
  const wanted = shareOut(asks, share, scale.max, scale.min)
  // What there is, made to fit the bounds: as if each asked for just what it has.
  const have = parts.map((part, at) => ({ ...asks[at], ask: part.now }) as Ask)
  const now = shareOut(have, share, scale.max, scale.min)
  const cooled = sinceChangeMs === null || sinceChangeMs >= scale.cooldownMs
  return cooled ? stepTowards(now, wanted, asks, { share, step: scale.step, max: scale.max }) : now
}

interface Ask {
  readonly ask: number
  readonly weight: number
  readonly urgency: number
}

function asked(scale: Exclude<Scale, { by: 'fixed' }>, part: Part, load: Load): number {
  if (scale.by === 'size') return Math.ceil(load.waiting / scale.jobsPerWorker)
  if (load.waiting === 0) return 0
  const toClear = Math.ceil((load.waiting * (load.averageJobMs ?? assumedJobMs)) / scale.clearMs)
  const late = (load.oldestWaitMs ?? 0) > scale.clearMs
  return Math.max(1, toClear, late ? part.now + 1 : 0)
}

/** Shares out up to `max` workers: nobody gets more than it asks for, or than `min` where that is more. */
function shareOut(asks: readonly Ask[], share: PlanInput['share'], max: number, min: number): number[] {
  const given = asks.map(() => 0)
  let left = max
  const give = (at: number, upTo: number) => {
    const more = Math.max(0, Math.min(left, upTo - (given[at] ?? 0)))
    given[at] = (given[at] ?? 0) + more
    left -= more
  }
  const order = asks.map((_, at) => at)
  if (share === 'strict') {
    for (const at of order) give(at, min)
    for (const at of order) give(at, asks[at]?.ask ?? 0)
    return given
  }
  const urgent = order.toSorted((a, b) => rank(asks[b]) - rank(asks[a]) || weightOf(asks[b]) - weightOf(asks[a]))
  for (const at of urgent) if ((asks[at]?.ask ?? 0) > 0) give(at, 1)
  for (let round = 1; round <= min && left > 0; round++) for (const at of order) give(at, round)
  while (left > 0) {
    const next = lowest(order, (at) => ((given[at] ?? 0) < (asks[at]?.ask ?? 0) ? fill(given[at], asks[at]) : null))
    if (next === null) break
    give(next, (given[next] ?? 0) + 1)
  }
  return given
}

const rank = (ask: Ask | undefined) => ask?.urgency ?? 0
const weightOf = (ask: Ask | undefined) => ask?.weight ?? 1

/** How well served a part would be with one more, for its weight: whoever is lowest is next. */
const fill = (given = 0, ask: Ask | undefined) => (given + 1) / weightOf(ask)

/** The first of those with the least value; null when none has any. */
function lowest(order: readonly number[], value: (at: number) => number | null): number | null {
  let best: number | null = null
  let least = Number.POSITIVE_INFINITY
  for (const at of order) {
    const found = value(at)
    if (found !== null && found < least) {
      least = found
      best = at
    }
  }
  return best
}

/** Goes from one sharing to another by at most `step` fewer and `step` more; the least urgent go, the most urgent come. */
function stepTowards(
  from: readonly number[],
  to: readonly number[],
  asks: readonly Ask[],
  { share, step, max }: { share: PlanInput['share']; step: number; max: number },
): number[] {
  const result = [...from]
  const order = result.map((_, at) => at)
  const gap = (at: number) => (to[at] ?? 0) - (result[at] ?? 0)
  const change = (at: number, by: number) => {
    result[at] = (result[at] ?? 0) + by
  }
  for (let fewer = 0; fewer < step; fewer++) {
    const at = lowest(order, (part) => {
      if (gap(part) >= 0) return null
      return share === 'strict' ? -part : -((result[part] ?? 0) / weightOf(asks[part]))
    })
    if (at === null) break
    change(at, -1)
  }
  let room = max - result.reduce((sum, count) => sum + count, 0)
  for (let more = 0; more < step && room > 0; more++, room--) {
    const at = lowest(order, (part) => {
      if (gap(part) <= 0) return null
      if (share === 'strict') return part
      return result[part] === 0 ? -1 : fill(result[part], asks[part])
    })
    if (at === null) break
    change(at, 1)
  }
  return result
}
