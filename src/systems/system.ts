import type { AttemptsChoice, JobDetail, JobPage, JobPlace, JobSummary, NewJob } from '../domain/job.ts'
import type { LiveEvent } from '../domain/live.ts'
import type { Outcome } from '../domain/operation.ts'
import type { Action, Kind, QueueRef, SystemId, SystemInfo } from '../domain/queue.ts'
import type { Schedule, ScheduleChange } from '../domain/schedule.ts'
import type { Command, Reader, Reply, Writer } from './handles.ts'

/** A state as the system names it. `actions` holds, for each action it cannot do here, the reason in a sentence. */
export interface State {
  readonly id: string
  readonly label: string
  readonly kind: Kind
  /** True for a view that is looked for when it is opened: `sample` does not count it. */
  readonly uncounted?: true
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
  /** Version of the library that wrote here last, where it says. */
  readonly version?: string | null
  /** Why nothing can be written to this queue, in a sentence; null or absent when it can. In a cluster the engine adds its own. */
  readonly readOnly?: string | null
  readonly problem: string | null
}

/** Commands of one tick for many queues, and how to read their replies: the sampler joins all systems in one pipeline. */
export interface SamplePlan {
  readonly commands: readonly Command[]
  /** `replies` holds exactly one reply a command, in order. `now` is epoch ms. Never throws: bad replies become `problem`. */
  read(replies: readonly Reply[], now: number): Reading[]
  /** The same without scripts, for a user who may not run them: made when the first reply is such a refusal. */
  plain?(): SamplePlan
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
  /** How it says it does: "running", "paused". */
  readonly status?: string
  /** What else it tells, in a few words: "3 processes, balance auto". */
  readonly detail?: string
  /** What it can be told. */
  readonly commands?: readonly WorkerCommand[]
}

export type WorkerCommand = 'pause' | 'continue'

/** Where a library tells what happens: channels, or a stream that can be read without taking anything from it. */
export type LiveSource =
  | {
      readonly type: 'channels'
      /** For PSUBSCRIBE: glob characters of the queue's own name are escaped. */
      readonly pattern: string
      /** Pure; null for what is not about jobs. `now` is epoch ms. Never throws. */
      read(channel: string, message: Buffer, now: number): LiveEvent | null
    }
  | {
      readonly type: 'stream'
      readonly key: string
      /** Pure; `id` is the entry's id, `fields` its names and values in turn. Never throws. */
      read(id: string, fields: readonly Buffer[]): LiveEvent | null
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

/** A job that a walk came by. It is decoded only as far as it is asked: a walk over a million jobs asks little of most. */
export interface ScannedJob {
  /** Names the job for actions, as the `ref` of a page does. */
  readonly ref: string
  /** Size of the whole payload. */
  readonly bytes: number
  /** The payload as stored, whole. */
  payload(): Buffer
  /** The error as stored, where the state has one. Cheap. */
  error(): string | null
  /** Epoch ms at which it entered its state; null when that is unknown. Cheap. */
  at(): number | null
  summary(): JobSummary
}

/** What one round trip of a walk brought. `total` is how many jobs there were when it began, `behind` how many were walked. */
export interface ScanStep {
  readonly jobs: readonly ScannedJob[]
  readonly behind: number
  readonly total: number
}

export interface ScanRequest {
  /** Jobs a round trip, about: fewer where they are large, so that no reply is much above 1 MB. */
  readonly chunk: number
  /** False where nobody asks for payloads: a system that keeps them apart then leaves them out. */
  readonly payloads: boolean
}

/** Which jobs are in a state at one moment, for an action on all of them; `mark` says to the system where they end. */
export interface Frozen {
  readonly count: number
  readonly mark: string
}

/** What became of jobs that an action let run: they wait or run, ended well (or are gone), or failed again. */
export interface Fates {
  readonly waiting: number
  readonly succeeded: number
  readonly failed: number
}

/**
 * A queue library's way of keeping jobs in Redis. What a system cannot do it leaves out; presence is the capability.
 * The first line of each method's doc in an implementation says its Redis cost, and the conformance suite counts it.
 */
export interface QueueSystem {
  readonly id: SystemId
  readonly label: string
  readonly states: readonly State[]
  /** Whether `retry` can give a job all its attempts again. */
  readonly resetsAttempts?: true
  /** The methods that keep in the trash what they change, so that `restore` can undo them; `remove` and `purge` always do. */
  readonly undoes?: readonly (keyof WriteActions)[]
  /** What `add` takes besides a payload, and what a new payload begins as; a payload alone where it is left out. */
  readonly adds?: SystemInfo['adds']
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
  /**
   * Walks all jobs that are in a state when it begins, in constant memory, one bounded round trip a step. A job that stays
   * in the state meanwhile is told exactly once, whatever arrives and leaves; one that leaves may be missed.
   */
  scan(reader: Reader, queue: QueueRef, state: string, request: ScanRequest): AsyncGenerator<ScanStep, void, void>
  /** What is in a state at this moment: 1 round trip, O(1) or O(log n). */
  freeze(reader: Reader, queue: QueueRef, state: string): Promise<Frozen>
  /** Where the job with this id is now; null when it is nowhere. */
  find?(reader: Reader, queue: QueueRef, id: string): Promise<JobPlace | null>
  /** Where the library tells of this queue's jobs the moment something happens. Pure. */
  live?(queue: QueueRef): LiveSource
  /** What makes jobs again and again in this queue; at most 500. */
  schedules?(reader: Reader, queue: QueueRef): Promise<Schedule[]>
  /** Workers among the server's clients. Pure: CLIENT LIST is read once for all systems. */
  workers?(clients: readonly ClientInfo[], queues: readonly QueueRef[], now: number): WorkerInfo[]
  /** Workers that keep keys of their own. `now` is epoch ms. */
  workersInKeys?(reader: Reader, queues: readonly QueueRef[], now: number): Promise<WorkerInfo[]>
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

/** What a step did; `gone` names those that are `missing`, where it knows. */
export type StepOutcome = Omit<Outcome, 'journalId'> & { readonly gone?: readonly string[] }

/** A long action while it runs. */
export interface Run {
  /** Aborted when the operator cancels: the action stops after the chunk in hand and returns what it did. */
  readonly signal: AbortSignal
  /** Tells how many jobs are behind it, and of how many once that is known. */
  progress(done: number, total: number): void
  /**
   * How many jobs the next step may take, from 1 to `most`; 0 when it is to end. Waits while the operator has paused it,
   * while its pace says so, and while a canary is watched. Asked before each step that takes jobs.
   */
  next(most: number): Promise<number>
}

/**
 * The write actions; each is one atomic script a chunk. `refs` come from the page that the operator saw: a job that
 * changed since is refused, one that left is counted as missing. Every method throws UNSUPPORTED, with the reason, for
 * a queue that `Reading.readOnly` names. The engine may run a method once more with the same arguments after it was cut
 * off: scripts that were done answer as they did (see engine/operations), so a method must ask Redis for the same things in
 * the same order when it gets the same answers.
 */
export interface WriteActions {
  retry?(
    writer: Writer,
    queue: QueueRef,
    state: string,
    refs: readonly string[],
    attempts: AttemptsChoice,
    trash: TrashSlot,
  ): Promise<StepOutcome>
  /**
   * Retries the jobs that were in the state when it was frozen; later arrivals are not touched. Called again with the same
   * trash after it was cut off, at whatever point, it goes on: the outcome is always that of the whole.
   */
  retryAll?(
    writer: Writer,
    queue: QueueRef,
    state: string,
    frozen: Frozen,
    trash: TrashSlot,
    attempts: AttemptsChoice,
    run: Run,
  ): Promise<StepOutcome>
  /** Puts the edited payload (exact text) to run in place of the job; a job that has yet to run keeps its place. */
  editAndRetry?(
    writer: Writer,
    queue: QueueRef,
    state: string,
    ref: string,
    payload: string,
    trash: TrashSlot,
  ): Promise<StepOutcome>
  remove?(
    writer: Writer,
    queue: QueueRef,
    state: string,
    refs: readonly string[],
    trash: TrashSlot,
  ): Promise<StepOutcome>
  /**
   * Moves what was in a state when it was frozen into the trash; what arrived since stays, in its order. O(1) and the
   * arrivals where the state is one key; else in chunks. Where a state does not tell what is new (sorted by the time that
   * jobs are due), nothing, and CHANGED, when it holds more than `frozen.count` by now. Goes on after a cut as `retryAll`.
   */
  purge?(
    writer: Writer,
    queue: QueueRef,
    state: string,
    frozen: Frozen,
    trash: TrashSlot,
    run: Run,
  ): Promise<StepOutcome>
  move?(
    writer: Writer,
    from: QueueRef,
    state: string,
    refs: readonly string[],
    to: QueueRef,
    trash: TrashSlot,
  ): Promise<StepOutcome>
  /** Throws INVALID_INPUT for options that the library would not take, CHANGED for an id that is taken. */
  add?(writer: Writer, queue: QueueRef, job: NewJob): Promise<StepOutcome>
  /** Runs delayed jobs now. */
  promote?(writer: Writer, queue: QueueRef, state: string, refs: readonly string[]): Promise<StepOutcome>
  /** Makes delayed jobs due at another time, epoch ms. */
  reschedule?(writer: Writer, queue: QueueRef, state: string, refs: readonly string[], at: number): Promise<StepOutcome>
  /** Adds a copy of each job under a new id, to run as a new one. */
  duplicate?(writer: Writer, queue: QueueRef, state: string, refs: readonly string[]): Promise<StepOutcome>
  /** Adds a line to the job's log. */
  log?(writer: Writer, queue: QueueRef, state: string, ref: string, line: string): Promise<StepOutcome>
  /** `done` is 1, or 0 where it was so already. */
  pause?(writer: Writer, queue: QueueRef): Promise<StepOutcome>
  resume?(writer: Writer, queue: QueueRef): Promise<StepOutcome>
  /** Changes a schedule; its next job is made anew. Throws NOT_FOUND, INVALID_INPUT for a pattern that is none. */
  saveSchedule?(writer: Writer, queue: QueueRef, change: ScheduleChange): Promise<StepOutcome>
  /** Ends a schedule, and removes its next job. Throws NOT_FOUND. */
  removeSchedule?(writer: Writer, queue: QueueRef, id: string): Promise<StepOutcome>
  /** Adds a job now, as the schedule would, and leaves the schedule as it is. Throws NOT_FOUND. */
  runSchedule?(writer: Writer, queue: QueueRef, id: string): Promise<StepOutcome>
  /** Tells a worker something through Redis. Throws NOT_FOUND when it is not there any more. */
  tellWorker?(writer: Writer, queue: QueueRef, worker: string, command: WorkerCommand): Promise<StepOutcome>
  /**
   * Undoes what a trash entry is of. Removed jobs go back to their places; retried, moved and edited ones are taken from
   * where they went, if they still wait there, and go back as they were: those that began to run are `missing`. `exact` is
   * false where the queue moved on and the place is near.
   */
  restore?(
    writer: Writer,
    queue: QueueRef,
    state: string,
    trash: TrashSlot,
    run: Run,
  ): Promise<StepOutcome & { exact: boolean }>
  /** What became of the jobs that a retry of this trash entry let run: of at most `most` of them, spread over all. */
  fates?(reader: Reader, queue: QueueRef, state: string, trash: TrashSlot, most: number): Promise<Fates>
  /** All keys of a trash entry, chunk by chunk, the entry itself last: to move it to another place. */
  trashKeys?(reader: Reader, queue: QueueRef, trash: TrashSlot): AsyncGenerator<string[], void, void>
}
