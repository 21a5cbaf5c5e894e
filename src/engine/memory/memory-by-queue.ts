import { isRefused, SluiceError } from '../../domain/errors.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Command, Reader, Reply } from '../../systems/handles.ts'
import type { QueueSystem } from '../../systems/system.ts'
import { inParallel } from '../in-parallel.ts'
import type { Master } from '../redis/connection.ts'
import { readTick } from '../sampler/tick.ts'

/** Elements of a collection that Redis weighs: 5, its own number, is a third off where the ends differ from the rest. */
const samples = 200
/** Job keys weighed of each queue that keeps one key a job. */
const jobsWeighed = 50
/** Queues whose job keys are weighed, those with the most jobs first; of the others only the lists count. */
const mostQueuesWeighed = 500
/** Commands sent together. */
const chunk = 2000

export interface QueueMemory {
  readonly queue: QueueRef
  readonly bytes: number
  readonly jobs: number
  /** True when only some of the jobs' own keys were weighed and the rest reckoned from them. */
  readonly estimated: boolean
}

/**
 * Memory of each queue. Cost: the commands of one tick, one MEMORY USAGE (SAMPLES 200) for each key of a queue, in one
 * pipeline for every 2,000; then, for systems with one key a job, 2 round trips a queue for 50 of them. Throws
 * NO_PERMISSION where MEMORY USAGE is refused. `masters` are those of a cluster.
 */
export async function memoryByQueue(
  reader: Reader,
  queues: readonly QueueRef[],
  systems: readonly QueueSystem[],
  masters?: readonly Master[],
): Promise<QueueMemory[]> {
  const byId = new Map(systems.map((system) => [system.id, system]))
  const { readings } = await readTick(reader, systems, queues, masters && { masters })
  const keys = readings.map(({ queue }) => byId.get(queue.system)?.keysOf(queue) ?? [])
  const usage = await memoryUsage(
    reader,
    keys.flatMap((own) => own.map(({ key }) => key)),
  )
  let from = 0
  const memory = readings.map(({ queue, states }, i): QueueMemory => {
    const to = from + (keys[i]?.length ?? 0)
    const bytes = sum(usage.slice(from, to))
    from = to
    return { queue, bytes, jobs: sum(Object.values(states)), estimated: false }
  })
  const withJobKeys = [...memory.keys()]
    .filter((i) => byId.get(memory[i]?.queue.system as QueueRef['system'])?.jobKeys && (memory[i]?.jobs ?? 0) > 0)
    .sort((a, b) => (memory[b]?.jobs ?? 0) - (memory[a]?.jobs ?? 0))
  await inParallel(withJobKeys, async (i, nth) => {
    const entry = memory[i] as QueueMemory
    const jobs = nth < mostQueuesWeighed ? await jobMemory(reader, byId.get(entry.queue.system), entry.queue) : null
    memory[i] = { ...entry, bytes: entry.bytes + (jobs?.bytes ?? 0), estimated: jobs?.estimated ?? true }
  })
  return memory
}

/** The jobs' own keys: a sample of them weighed, and the rest taken to be alike. */
async function jobMemory(
  reader: Reader,
  system: QueueSystem | undefined,
  queue: QueueRef,
): Promise<{ bytes: number; estimated: boolean } | null> {
  const jobs = await system?.jobKeys?.(reader, queue, jobsWeighed)
  if (!jobs || jobs.keys.length === 0) return null
  const weighed = sum(await memoryUsage(reader, jobs.keys))
  return {
    bytes: Math.round((weighed / jobs.keys.length) * Math.max(jobs.total, jobs.keys.length)),
    estimated: jobs.total > jobs.keys.length,
  }
}

/** Bytes of each key, 0 for one that is gone. */
async function memoryUsage(reader: Reader, keys: readonly string[]): Promise<number[]> {
  const replies: Reply[] = []
  for (let from = 0; from < keys.length; from += chunk) {
    const commands = keys.slice(from, from + chunk).map((key): Command => ['MEMORY', 'USAGE', key, 'SAMPLES', samples])
    replies.push(...(await reader.pipeline(commands)))
  }
  if (replies.length > 0 && replies.every(isRefused)) {
    throw new SluiceError('NO_PERMISSION', 'This Redis user may not run MEMORY USAGE.')
  }
  return replies.map((reply) => (typeof reply === 'number' ? reply : 0))
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, n) => total + n, 0)
