import type { JobDetail, JobPage } from '../domain/job.ts'
import type { Outcome } from '../domain/operation.ts'
import type { Action, Kind, QueueRef, SystemId } from '../domain/queue.ts'
import type { Command, Reader, Reply, Writer } from './handles.ts'

/** A state as the system names it. `actions` holds, for each action it cannot do here, the reason in a sentence. */
export interface State {
  readonly id: string
  readonly label: string
  readonly kind: Kind
  readonly cannot: Partial<Record<Action, string>>
}

/** A key that discovery saw: its name and type. */
export interface SeenKey {
  readonly key: string
  readonly type: string
}

/** What a person set by hand for this connection, where discovery cannot know. */
export interface Hints {
  readonly queues: readonly { system: string; prefix: string; name: string }[]
  readonly trackedPrefix: string
}

/** A queue that was found, and why we believe it. */
export interface Found {
  readonly queue: QueueRef
  /** What was seen, in words: "list queue:email, list queue:email:dlq". */
  readonly evidence: string
}

/**
 * What one tick says of one queue. `head` tells the age of the job that runs next; null when nothing waits, and
 * undefined where a system of many queues looks at some heads each tick and it was not this one's turn.
 */
export interface Reading {
  readonly queue: QueueRef
  /** Jobs by state id. */
  readonly states: Readonly<Record<string, number>>
  readonly head: { readonly createdAt: number | null; readonly fingerprint: string | null } | null | undefined
  /** Counters that only grow, where the system keeps them: jobs ever added, jobs ever finished (well or badly). */
  readonly totals: { added: number | null; finished: number | null }
  readonly workers: number | null
  readonly paused: boolean
  readonly problem: string | null
}

/** Commands of one tick for many queues, and how to read their replies: the sampler joins all systems in one pipeline. */
export interface SamplePlan {
  readonly commands: readonly Command[]
  /** `replies` holds exactly one reply a command, in order. `now` is epoch ms. Never throws: bad replies become `problem`. */
  read(replies: readonly Reply[], now: number): Reading[]
}

/** A client connection as CLIENT LIST shows it. */
export interface ClientInfo {
  readonly id: string
  readonly name: string
  readonly address: string
  readonly ageSeconds: number
  readonly idleSeconds: number
  readonly command: string
  readonly db: number
}

/** A worker that serves queues, seen in CLIENT LIST or in keys. */
export interface WorkerInfo {
  readonly queue: QueueRef
  readonly id: string
  readonly address: string | null
  readonly since: number | null
}

export interface PageRequest {
  readonly offset: number
  /** At most 200. */
  readonly limit: number
}

/** A key of a queue and the state it holds, for memory figures; `jobs` names a sample of per-job keys where there are such. */
export interface QueueKey {
  readonly key: string
  readonly state: string
}

/**
 * A queue library's way of keeping jobs in Redis. What a system cannot do it leaves out; presence is the capability.
 * The first line of each method's doc in an implementation says its Redis cost, and the conformance suite counts it.
 */
export interface QueueSystem {
  readonly id: SystemId
  readonly label: string
  readonly states: readonly State[]
  /**
   * Whether `detect` could make anything of this key: discovery forgets the others at once, so that a database of
   * millions of jobs is walked in little memory. Pure, called for every key. Left out, discovery guesses (it forgets
   * strings and hashes that are named like single jobs).
   */
  wants?(key: SeenKey, hints: Hints): boolean
  /** Names the queues among the keys of one scan. Confirms doubtful ones with at most one pipeline. */
  detect(keys: readonly SeenKey[], hints: Hints, reader: Reader): Promise<Found[]>
  /** The commands that count all states of all given queues, O(1) each. `now` is epoch ms, by default the present. */
  sample(queues: readonly QueueRef[], now?: number): SamplePlan
  /** Jobs of one state, a page of them; never reads more than the page. */
  page(reader: Reader, queue: QueueRef, state: string, request: PageRequest): Promise<JobPage>
  /** All of one job, payload up to 256 KiB unless `full`; null when it is no longer there. */
  job(reader: Reader, queue: QueueRef, state: string, ref: string, full: boolean): Promise<JobDetail | null>
  /** Workers among the server's clients. Pure: CLIENT LIST is read once for all systems. */
  workers?(clients: readonly ClientInfo[], queues: readonly QueueRef[], now: number): WorkerInfo[]
  /** The keys that hold a queue, for memory figures. Pure. */
  keysOf(queue: QueueRef): QueueKey[]
  /** Key pattern and sample of per-job keys (hash a job), for memory figures; O(page). */
  jobKeys?(reader: Reader, queue: QueueRef, sampleSize: number): Promise<{ keys: string[]; total: number }>
  readonly write?: WriteActions
}

/** Where removed bytes go: the trash entry is written by the same script that removes. */
export interface TrashSlot {
  /** Key prefix of the entry, `sluice:trash:<id>`. */
  readonly key: string
  readonly ttlMs: number
}

export type StepOutcome = Omit<Outcome, 'journalId'>

/**
 * The write actions; each is one atomic script a chunk. `refs` come from the page that the operator saw: a job that
 * changed since is refused, one that left is counted as missing.
 */
export interface WriteActions {
  retry?(writer: Writer, queue: QueueRef, state: string, refs: readonly string[]): Promise<StepOutcome>
  /** Retries all jobs that were in the state when it began; later arrivals are not touched. */
  retryAll?(writer: Writer, queue: QueueRef, state: string, trash: TrashSlot): Promise<StepOutcome>
  /** Puts the edited payload (exact text) to run in place of the job. */
  editAndRetry?(writer: Writer, queue: QueueRef, state: string, ref: string, payload: string): Promise<StepOutcome>
  remove?(
    writer: Writer,
    queue: QueueRef,
    state: string,
    refs: readonly string[],
    trash: TrashSlot,
  ): Promise<StepOutcome>
  /** Moves a whole state into the trash in O(1); nothing, and CHANGED, when it holds more than `expected` by now. */
  purge?(writer: Writer, queue: QueueRef, state: string, expected: number, trash: TrashSlot): Promise<StepOutcome>
  move?(writer: Writer, from: QueueRef, state: string, refs: readonly string[], to: QueueRef): Promise<StepOutcome>
  add?(writer: Writer, queue: QueueRef, payload: string): Promise<StepOutcome>
  /** Puts back what `remove` or `purge` put into the trash. `exact` is false where the queue moved on and the place is near. */
  restore?(writer: Writer, queue: QueueRef, state: string, trash: TrashSlot): Promise<StepOutcome & { exact: boolean }>
}
