import { backlog, parseQueueKey, queueKey } from '../../domain/queue.ts'
import type { HistoryPoint, MemoryPoint, Sample } from '../../domain/sample.ts'
import type { Remembered } from '../discovery/discover.ts'

/** A point a queue every 5 s, 120 of them: ten minutes. */
const slotMs = 5000
const pointsPerQueue = 120
/** The memory chart draws at most 500 points, of the last hour: one a tick at first, one every 8 s in the end. */
const memoryPoints = 500
const finestMs = 1000
const memoryMs = 3_600_000
/** Queues beyond this get no history: what is kept has a fixed size. */
const mostQueues = 2000

/** What a history looks like in a file. */
export interface StoredHistory {
  readonly version: 1
  readonly queues: readonly {
    readonly key: string
    readonly seenAt: number
    readonly points: readonly HistoryPoint[]
  }[]
  readonly memory: readonly MemoryPoint[]
}

/** The past of one connection, in fixed size: a line a queue for sparklines, and the server's memory over time. */
export class History {
  readonly #queues = new Map<string, PointRing>()
  #memory: MemoryPoint[] = []
  /** Memory readings inside one slot of this length make one point. */
  #memorySlotMs = finestMs

  /** Adds what one tick told. Readings inside one slot of 5 s make one point, the newest of them. */
  record(sample: Sample, rssBytes: number | null): void {
    if (this.#queues.size > sample.queues.length) this.#keepOnly(sample.queues.map(({ queue }) => queueKey(queue)))
    for (const { queue, kinds, states, problem } of sample.queues) {
      if (problem !== null && Object.values(states).every((count) => count === 0)) continue // not read at all
      const key = queueKey(queue)
      let ring = this.#queues.get(key)
      if (!ring) {
        if (this.#queues.size >= mostQueues) continue
        ring = new PointRing()
        this.#queues.set(key, ring)
      }
      ring.put([sample.at, backlog(kinds), kinds.failed])
    }
    const { redis } = sample
    if (redis === null) return
    this.#putMemory({
      at: sample.at,
      usedMemoryBytes: redis.usedMemoryBytes,
      rssBytes: rssBytes ?? 0,
      keys: redis.keys,
      clients: redis.clients,
      opsPerSecond: redis.opsPerSecond,
    })
  }

  #putMemory(point: MemoryPoint): void {
    const old = this.#memory.findIndex(({ at }) => at > point.at - memoryMs)
    if (old !== 0) this.#memory = old < 0 ? [] : this.#memory.slice(old)
    if (this.#memory.length === 0) this.#memorySlotMs = finestMs
    this.#memory = onePerSlot([...this.#memory, point], this.#memorySlotMs)
    while (this.#memory.length > memoryPoints) {
      this.#memorySlotMs *= 2
      this.#memory = onePerSlot(this.#memory, this.#memorySlotMs)
    }
  }

  get empty(): boolean {
    return this.#queues.size === 0 && this.#memory.length === 0
  }

  /** Points by queue key, oldest first. */
  points(): Record<string, HistoryPoint[]> {
    return Object.fromEntries(Array.from(this.#queues, ([key, ring]) => [key, ring.points()]))
  }

  /** At most 500 points of the last hour, oldest first, evenly spaced. */
  memory(): MemoryPoint[] {
    return [...this.#memory]
  }

  /** Lets go of the lines of queues that are no longer known. */
  #keepOnly(known: readonly string[]): void {
    const names = new Set(known)
    for (const key of this.#queues.keys()) if (!names.has(key)) this.#queues.delete(key)
  }

  /** Takes over what a file kept of an earlier run; what was recorded since stays behind it. */
  load(stored: StoredHistory): Remembered[] {
    const remembered: Remembered[] = []
    for (const { key, seenAt, points } of stored.queues.slice(0, mostQueues)) {
      const queue = parseQueueKey(key)
      if (queue === null) continue
      if (seenAt > 0) remembered.push({ queue, seenAt })
      if (points.length === 0) continue
      const ring = new PointRing()
      for (const point of [...points, ...(this.#queues.get(key)?.points() ?? [])]) ring.put(point)
      this.#queues.set(key, ring)
    }
    const recorded = this.#memory
    this.#memory = []
    for (const point of [...stored.memory.slice(-memoryPoints), ...recorded]) this.#putMemory(point)
    return remembered
  }

  /** What a file should keep. */
  stored(remembered: readonly Remembered[]): StoredHistory {
    // Queues named by hand have a line, but are not remembered: the profile knows them.
    const seenAt = new Map(Array.from(this.#queues.keys(), (key) => [key, 0]))
    for (const entry of remembered) seenAt.set(queueKey(entry.queue), entry.seenAt)
    const queues = Array.from(seenAt, ([key, at]) => ({
      key,
      seenAt: at,
      points: this.#queues.get(key)?.points() ?? [],
    }))
    return { version: 1, queues: queues.slice(0, mostQueues), memory: this.#memory }
  }
}

/** The newest point of each slot. */
function onePerSlot(points: readonly MemoryPoint[], slotMs: number): MemoryPoint[] {
  const slot = (point: MemoryPoint | undefined) => (point ? Math.floor(point.at / slotMs) : Number.NaN)
  return points.filter((point, i) => slot(point) !== slot(points[i + 1]))
}

/** The last 120 points of a line, in a fixed piece of memory. */
class PointRing {
  readonly #values = new Float64Array(pointsPerQueue * 3)
  #length = 0
  /** Where the newest point stands. */
  #head = -1

  put([at, waiting, failed]: HistoryPoint): void {
    const sameSlot = this.#length > 0 && Math.floor(this.#at(this.#head) / slotMs) === Math.floor(at / slotMs)
    if (!sameSlot) {
      this.#head = (this.#head + 1) % pointsPerQueue
      this.#length = Math.min(this.#length + 1, pointsPerQueue)
    }
    this.#values.set([at, waiting, failed], this.#head * 3)
  }

  points(): HistoryPoint[] {
    const first = this.#head - this.#length + 1 + pointsPerQueue
    return Array.from({ length: this.#length }, (_, i) => {
      const at = ((first + i) % pointsPerQueue) * 3
      return [this.#values[at] ?? 0, this.#values[at + 1] ?? 0, this.#values[at + 2] ?? 0]
    })
  }

  #at(slot: number): number {
    return this.#values[slot * 3] ?? 0
  }
}
