import { type FailureGroup, rememberedSignatures } from '../../domain/failure.ts'
import { filterText } from '../../domain/job-filter/print.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { ScannedJob } from '../../systems/system.ts'
import { Trend, type TrendSpan } from './trend.ts'

/** A failed state of a queue, as groups name it. */
interface FailurePlace {
  readonly connectionId: string
  readonly queue: QueueRef
  readonly state: string
}

/** Groups that are counted one by one; errors of further ones are only counted together. */
const mostGroups = 5000
/** Jobs to open, kept of a group, and of all groups together; beyond that each has a few. */
const mostSamples = 50
const mostSamplesInAll = 25_000
const fewSamples = 3
/** Characters of an example error. */
const longestExample = 2000
/** Further groups that are told apart to be counted. */
const mostOthers = 100_000

/** A group as it grows. */
interface Growing {
  readonly signature: string
  readonly example: string
  count: number
  firstAt: number | null
  lastAt: number | null
  readonly places: Map<FailurePlace, number>
  readonly trend: Trend
  readonly samples: FailureGroup['samples']
}

/** Failed jobs by the signature of their error, in bounded memory however many there are. */
export class FailureTally {
  count = 0
  readonly #groups = new Map<string, Growing>()
  readonly #others = new Set<number>()
  readonly #signatureOf = rememberedSignatures()
  #samples = 0

  /** @param now epoch ms to which the trend goes */
  constructor(private readonly now: number) {}

  /** Groups there are; at least, where more than 100,000 were not kept. */
  get groupCount(): number {
    return this.#groups.size + this.#others.size
  }

  add(place: FailurePlace, job: ScannedJob): void {
    this.count++
    const error = job.error() ?? ''
    const signature = this.#signatureOf(error)
    const group = this.#groups.get(signature) ?? this.#begin(signature, error)
    if (group === null) return
    group.count++
    const at = job.at()
    if (at !== null) {
      if (group.firstAt === null || at < group.firstAt) group.firstAt = at
      if (group.lastAt === null || at > group.lastAt) group.lastAt = at
      group.trend.add(at)
    }
    group.places.set(place, (group.places.get(place) ?? 0) + 1)
    if (group.samples.length < (this.#samples < mostSamplesInAll ? mostSamples : fewSamples))
      this.#keep(group, place, job, at)
  }

  /** The largest groups first, at most `limit` of them with `samples` jobs each, and the span of their trends. */
  result(limit: number, samples: number): { groups: FailureGroup[]; span: TrendSpan } {
    const all = new Trend(this.now)
    for (const { trend } of this.#groups.values()) all.addAll(trend)
    const span = all.span()
    const largest = [...this.#groups.values()]
      .sort((a, b) => b.count - a.count || (b.lastAt ?? 0) - (a.lastAt ?? 0))
      .slice(0, limit)
    const groups = largest.map(({ places, trend, ...group }) => ({
      ...group,
      queues: Array.from(places, ([place, count]) => ({ ...place, count })).sort((a, b) => b.count - a.count),
      trend: trend.counts(span),
      filter: filterOfGroup(group.signature),
      samples: [...group.samples].sort((a, b) => (b.at ?? 0) - (a.at ?? 0)).slice(0, samples),
    }))
    return { groups, span }
  }

  #begin(signature: string, error: string): Growing | null {
    if (this.#groups.size >= mostGroups) {
      if (this.#others.size < mostOthers) this.#others.add(hashOf(signature))
      return null
    }
    const group: Growing = {
      signature,
      example: copyOf(error.slice(0, longestExample)),
      count: 0,
      firstAt: null,
      lastAt: null,
      places: new Map(),
      trend: new Trend(this.now),
      samples: [],
    }
    this.#groups.set(copyOf(signature), group)
    return group
  }

  #keep({ samples }: Growing, place: FailurePlace, job: ScannedJob, at: number | null): void {
    const { ref, id, name } = job.summary()
    samples.push({ ...place, ref, id: id && copyOf(id), name: name && copyOf(name), at })
    this.#samples++
  }
}

/** A filter that finds exactly the failed jobs of a signature. */
export function filterOfGroup(signature: string): string {
  const is = { kind: 'compare', operator: '=' } as const
  return filterText({
    kind: 'all',
    of: [
      { ...is, path: ['kind'], value: 'failed', quoted: false },
      { ...is, path: ['signature'], value: signature, quoted: true },
    ],
  })
}

/** The same text in memory of its own: a part of a string keeps all of it from being freed. */
const copyOf = (text: string) => Buffer.from(text).toString()

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}
