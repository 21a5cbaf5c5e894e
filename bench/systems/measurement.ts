import type { QueueRef } from '../../src/domain/queue.ts'

/** Who does it: Sluice, or one of the libraries with its own API. */
export type Side = 'sluice' | 'bullmq 5' | 'bullmq 6'

/** Counts all states of many queues, again and again. */
export interface CountsMeasurement {
  readonly kind: 'counts'
  readonly side: Side
  readonly queues: number
}

/** Retries or removes all failed jobs of a queue. */
export interface EmptyMeasurement {
  readonly kind: 'retry' | 'remove'
  readonly side: Side
  readonly jobs: number
}

/** Reads a page of failed jobs, again and again. */
export interface PageMeasurement {
  readonly kind: 'page'
  readonly side: Side
  readonly offset: number
}

/** Reads all failed jobs. */
export interface WalkMeasurement {
  readonly kind: 'walk'
  readonly side: Side
  readonly jobs: number
}

/** Retries all failed jobs, and says after each step how many are behind it. */
export interface StepsMeasurement {
  readonly kind: 'steps'
}

/** What one process measures, or does until it is killed. */
export type Measurement = CountsMeasurement | EmptyMeasurement | PageMeasurement | WalkMeasurement | StepsMeasurement

/** The queue that is measured; the warm-up has another one. */
export const measured: QueueRef = { system: 'bullmq', prefix: 'bull', name: 'measured' }
export const warmUp: QueueRef = { system: 'bullmq', prefix: 'bull', name: 'warm-up' }
export const warmUpJobs = 2000

/** The n-th of the queues that are counted. */
export function countedQueue(n: number): QueueRef {
  return { system: 'bullmq', prefix: 'bull', name: `queue-${n}` }
}

/** Jobs of a page. */
export const pageSize = 100
