import type { QueueRef } from '../../../domain/queue.ts'
import type { Command, Reply } from '../../handles.ts'
import type { Reading } from '../../system.ts'

/**
 * Bull and BullMQ keep a job as a hash `P:Q:ID`, and its id in the list or sorted set of its state, all under keys that
 * begin with `P:Q:`. P is the `prefix` option, `bull` by default in both; Q the queue's name. What is the same in both
 * is here; what differs is a `Layout`, and the keys.ts of each draws all of its keys.
 */
export const defaultPrefix = 'bull'

/** Where a state keeps its ids, and the end at which a page begins: the job that runs next, or that ended last. */
export interface Place {
  readonly suffix: string
  readonly type: 'list' | 'zset'
  readonly first: 'tail' | 'lowest' | 'highest'
}

/** How a library keeps its jobs, as far as libraries differ. */
export interface Layout {
  /** The library's name, for sentences. */
  readonly label: string
  /** The states that hold ids; `active`, `delayed`, `failed` and `completed` are called so in every layout. */
  readonly places: Readonly<Record<string, Place>>
  /** The name of jobs that were given none; null where every job has one. */
  readonly unnamed: string | null
  /** Fields that count the attempts that ended: the one of today, then those of old versions. */
  readonly attempts: readonly string[]
  /** Fields that the detail shows under a label, in this order. */
  readonly labels: ReadonlyMap<string, string>
  /** Whether the tail of a list may be the marker of an old version, `0:<ms>`, which is no job. */
  readonly markers: boolean
  /** Whether jobs have parents and children, under four keys beside the hash. */
  readonly flows: boolean
  /** Keys that are no state but grow with the queue. */
  readonly others: readonly string[]
  readonly heads: {
    /**
     * The jobs that run next: [id, time of birth] of each queue, nothing where none waits. ARGV: what each queue's keys
     * begin with. KEYS: for each queue the keys of the states in `from`.
     */
    readonly lua: string
    readonly from: readonly string[]
    /** Lists of these whose tails are read by plain commands too. */
    readonly tails: readonly string[]
  }
  /** One O(1) command that tells whether a queue is paused, and what else the reply says. */
  readonly status: {
    command(base: string): Command
    /** `marker` is true where an id at a tail was the marker of an old version. */
    read(reply: Reply | undefined, marker: boolean): Pick<Reading, 'paused' | 'version' | 'readOnly'>
  }
}

/** Views that hold no ids of their own: jobs in `active` without a lock, and hashes of jobs whose id is in no state. */
const views: readonly string[] = ['stalled', 'orphans']

export function placeOf(layout: Layout, state: string): Place | null {
  return Object.hasOwn(layout.places, state) ? (layout.places[state] ?? null) : null
}

/** Whether jobs can be seen in this state: it holds ids, or is a view. */
export function isState(layout: Layout, state: string): boolean {
  return placeOf(layout, state) !== null || views.includes(state)
}

/** The states that hold ids, in the layout's order. */
export function statesOf(layout: Layout): string[] {
  return Object.keys(layout.places)
}

/** The states whose ids are in lists, and those in sorted sets. */
export function placesByType(layout: Layout): { lists: string[]; sets: string[] } {
  const of = (type: Place['type']) => statesOf(layout).filter((state) => layout.places[state]?.type === type)
  return { lists: of('list'), sets: of('zset') }
}

/** What all keys of a queue begin with; no prefix means the library's default. */
export function baseOf({
  prefix,
  name,
}: {
  readonly prefix: string
  readonly name: string
  readonly system?: string
}): string {
  return `${prefix === '' ? defaultPrefix : prefix}:${name}:`
}

export function keyOfState(layout: Layout, queue: QueueRef, state: string): string {
  return baseOf(queue) + (placeOf(layout, state)?.suffix ?? state)
}

/** Keys beside the hash of a parent: children that wait, ended, failed but are ignored, and failed. */
const childSuffixes = [':dependencies', ':processed', ':failed', ':unsuccessful']

/** The keys of one job, in the order in which `jobLua` wants them; an id is any bytes, so the keys are bytes. */
export interface JobKeys {
  readonly hash: Buffer
  readonly lock: Buffer
  readonly logs: Buffer
  /** None where the layout has no flows. */
  readonly children: readonly Buffer[]
}

export function keysOfJob(layout: Layout, queue: QueueRef, id: Buffer): JobKeys {
  const side = (suffix: string) => Buffer.concat([Buffer.from(baseOf(queue)), id, Buffer.from(suffix)])
  return {
    hash: side(''),
    lock: side(':lock'),
    logs: side(':logs'),
    children: layout.flows ? childSuffixes.map(side) : [],
  }
}

/** Ms at which a member of the delayed set is due. Scores stay below 2^53, so that a double holds them exactly. */
export function dueOf(score: number): number {
  return Math.floor(score / 4096)
}

/** Whether an id is the marker of an old version rather than a job. */
export function isMarker(layout: Layout, id: unknown): boolean {
  return layout.markers && Buffer.isBuffer(id) && /^0:\d+$/.test(id.toString('latin1'))
}

/** What a person reads where the key of a state holds something else. */
export function misplaced(layout: Layout, key: string, { type }: Place): string {
  return `The key ${key} is not the ${type} that ${layout.label} keeps there.`
}
