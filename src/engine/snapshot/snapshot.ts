import type { Kind } from '../../domain/queue.ts'
import type { RedisStats } from '../../domain/sample.ts'
import type { Reader } from '../../systems/handles.ts'
import type { Hints, QueueSystem } from '../../systems/system.ts'
import { discoverOnce } from '../discovery/discover.ts'
import type { Budget } from '../discovery/sweep.ts'
import { kindCounts } from '../sampler/rates.ts'
import { readTick, type Tick } from '../sampler/tick.ts'

/** What `npm start -- --snapshot URL` prints: a contract with scripts and monitors, so names stay as they are. */
export interface SnapshotDocument {
  /** Null where this user may not run INFO. */
  readonly redis: RedisStats | null
  readonly queues: {
    readonly system: string
    /** What the queue's keys have before its name. */
    readonly prefix: string
    readonly queue: string
    readonly kinds: Record<Kind, number>
    readonly states: Record<string, number>
    /** Age of the job that runs next; null for an empty queue, or where jobs carry no time of birth. */
    readonly oldestAgeMs: number | null
    /** What is wrong with the queue's keys, in a sentence; null when nothing is. */
    readonly problem: string | null
  }[]
  /** True when something could not be looked at, so that there may be more queues than these. */
  readonly partial: boolean
  /** Why, in a sentence; null when nothing is missing. */
  readonly partialReason: string | null
}

/** A million keys take some 3 s; a monitor rather waits than misses a queue. */
const generous: Budget = { keys: Number.POSITIVE_INFINITY, ms: 60_000 }

/** Queues counted together: few enough that every system looks at all their heads, and not at some in turn. */
const together = 200

/**
 * Everything found in one Redis, now. Writes nothing. Cost: one round trip for every 1,000 keys, at most one a system to
 * tell doubtful keys apart, then one for every 200 queues, and INFO with the first. Rejects as the reader does.
 */
export async function takeSnapshot(
  reader: Reader,
  systems: readonly QueueSystem[],
  hints: Hints,
  budget = generous,
): Promise<SnapshotDocument> {
  const { queues, partial } = await discoverOnce(reader, systems, hints, budget)
  const { info, ...first } = await readTick(reader, systems, queues.slice(0, together), { info: true })
  const ticks: Pick<Tick, 'readings' | 'at'>[] = [first]
  for (let from = together; from < queues.length; from += together) {
    ticks.push(await readTick(reader, systems, queues.slice(from, from + together)))
  }
  const byId = new Map(systems.map((system) => [system.id, system]))
  const readings = ticks.flatMap((tick) => tick.readings.map((reading) => ({ ...reading, at: tick.at })))
  return {
    redis: info?.stats ?? null,
    queues: readings.map(({ queue, states, head, problem, at }) => ({
      system: queue.system,
      prefix: queue.prefix,
      queue: queue.name,
      kinds: kindCounts(byId.get(queue.system)?.states ?? [], states),
      states: { ...states },
      oldestAgeMs: head?.createdAt == null ? null : Math.max(0, at - head.createdAt),
      problem,
    })),
    partial: partial !== null,
    partialReason: partial,
  }
}
