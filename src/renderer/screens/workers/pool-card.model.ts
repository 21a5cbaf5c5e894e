import type { PoolConfig, PoolStatus, SavedPool } from '../../../domain/pool.ts'
import { queueKey } from '../../../domain/queue.ts'
import { formatCounted } from '../../ui/format.ts'

export interface PoolSentence {
  readonly id: 'problem' | 'paused' | 'suspects' | 'recovered'
  readonly tone: 'warn' | 'quiet'
  readonly text: string
}

/** What a person should know of a pool beyond its numbers, the most pressing first. */
export function poolSentences(pool: PoolStatus): PoolSentence[] {
  const { problem, suspects, recovered } = pool
  const sentences: PoolSentence[] = []
  if (problem !== null) sentences.push({ id: 'problem', tone: 'warn', text: problem })
  if (isPaused(pool)) {
    sentences.push({ id: 'paused', tone: 'quiet', text: 'The queue is paused for all pools: its jobs wait.' })
  }
  if (suspects > 0) {
    const [are, them] = suspects === 1 ? ['waits', 'it'] : ['wait', 'them']
    const text = `${formatCounted(suspects, 'job')} ${are} to be run alone: workers died twice while they held ${them}.`
    sentences.push({ id: 'suspects', tone: 'warn', text })
  }
  if (recovered > 0) {
    const text = `${formatCounted(recovered, 'job')} of dead workers went back to the queue.`
    sentences.push({ id: 'recovered', tone: 'quiet', text })
  }
  return sentences
}

/** Whether it rests because somebody paused its queue; one that has stopped knows nothing of that any more. */
export function isPaused({ paused, state }: PoolStatus): boolean {
  return paused && state === 'running'
}

/** A worker that Redis has not heard of for so long may be about to lose its jobs to others: two beats of 5 s. */
const staleLeaseMs = 10_000

export function leaseIsStale({ leaseAgeMs, state }: PoolStatus): boolean {
  return state === 'running' && leaseAgeMs !== null && leaseAgeMs > staleLeaseMs
}

/** The saved pools that do not run: neither as such, nor as workers of the same queue that were started by hand. */
export function restingPools(saved: readonly SavedPool[], pools: readonly PoolStatus[]): SavedPool[] {
  return saved.filter(
    ({ id, config }) => !pools.some((pool) => pool.savedId === id || worksOn(pool.config) === worksOn(config)),
  )
}

/** The queue that a pool works on, and over which connection. */
function worksOn({ connectionId, system, queuePrefix, queueName }: PoolConfig): string {
  return `${connectionId} ${queueKey({ system, prefix: queuePrefix, name: queueName })}`
}
