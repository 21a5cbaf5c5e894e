import type { EngineName } from './engines/open-engine.ts'

/** Jobs wait; a worker starts and runs them all. */
export interface DrainMeasurement {
  readonly kind: 'drain'
  readonly engine: EngineName
  readonly concurrency: number
  readonly jobs: number
  /** How long the handler takes; 0 for one that returns at once. */
  readonly handlerMs: number
}

/** Jobs are added, by calls of their own (100 at a time are not answered yet) or 1,000 with each call. */
export interface AddMeasurement {
  readonly kind: 'add'
  readonly engine: EngineName
  readonly way: 'single' | 'bulk'
  readonly jobs: number
}

/** One job each five milliseconds comes to a worker that has nothing else to do. */
export interface IdleMeasurement {
  readonly kind: 'idle'
  readonly engine: EngineName
  readonly jobs: number
}

/** Jobs wait, and nobody works. */
export interface MemoryMeasurement {
  readonly kind: 'memory'
  readonly engine: EngineName
  readonly jobs: number
}

/** A worker that says when it began a job, and never ends one. */
export interface HoldMeasurement {
  readonly kind: 'hold'
  readonly engine: EngineName
  /** Puts the job there first. */
  readonly add: boolean
  /** Takes itself for a process of another computer. */
  readonly elsewhere: boolean
}

/** One of several workers: warms up, and then does what it is told, order by order. */
export interface ShareMeasurement {
  readonly kind: 'share'
  readonly engine: EngineName
}

/** What one of several workers is told. */
export type ShareOrder =
  | { readonly kind: 'open'; readonly queue: string }
  | { readonly kind: 'work'; readonly concurrency: number; readonly handlerMs: number }
  | { readonly kind: 'close' }

/** What one process measures, or does while others measure. */
export type Measurement =
  | DrainMeasurement
  | AddMeasurement
  | IdleMeasurement
  | MemoryMeasurement
  | HoldMeasurement
  | ShareMeasurement

/** What a process found out, by name. */
export type Found = Readonly<Record<string, number>>

/** The queue that is measured; warm-ups have another one. */
export const measuredQueue = 'measured'
