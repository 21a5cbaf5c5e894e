import type { Canary, JournalAction } from '../../domain/operation.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Place } from '../../domain/selection.ts'
import type { TrashPlace } from '../../domain/trash.ts'
import type { Writer } from '../../systems/handles.ts'
import type { Fates, Run, StepOutcome, TrashSlot } from '../../systems/system.ts'
import type { Connection } from '../redis/connection.ts'

/** What a step of a long run gets. */
export interface StepTools {
  /** Exactly-once (numbered-writer.ts). A step makes the same calls in the same order when it gets the same answers. */
  readonly writer: Writer
  /** The open connection that the run acts on. */
  readonly connection: Connection
  readonly trash: TrashSlot
  readonly run: Run
  /** Does other work (reads from elsewhere) and writes down its JSON answer, which a replay of the chunk gets again. */
  remember<T>(work: () => Promise<T>): Promise<T>
}

/** Jobs of one place, which get one journal entry. */
export interface BulkPlace {
  readonly queue: QueueRef
  /** '' where it is no state: what is added to a queue. */
  readonly state: string
  readonly stateLabel: string
  readonly count: number
  /** More about it, for the journal's sentence. */
  readonly detail: string
  /** Whether the trash entry keeps what an Undo needs. */
  readonly undoable: boolean
  /**
   * By `chunks`: what names the jobs (refs, line numbers) from `skip` on, the same in the same order each time; and what
   * does one chunk of them. `whole`: all at once; called again after a cut it goes on, and its outcome is that of the
   * whole. `replayed`: all at once; called again after a cut it gets the answers that it had.
   */
  readonly how:
    | {
        readonly type: 'chunks'
        items(size: number, skip: number): AsyncGenerator<string[], void, void>
        step(items: readonly string[], tools: StepTools): Promise<StepOutcome>
        /** Items a chunk has at most; 100 by default. */
        readonly most?: number
      }
    | { readonly type: 'whole' | 'replayed'; work(tools: StepTools): Promise<StepOutcome> }
  /** What became of what ran; left out where nobody can tell. */
  fates?(connection: Connection, trash: TrashSlot, most: number): Promise<Fates>
  /** Before anything is done, and again after each restart. */
  begin?(): Promise<void>
  /** After the journal has its end; may be called once more after a restart. */
  end?(
    outcome: { readonly done: number; readonly missing: number; readonly refused: number },
    complete: boolean,
  ): Promise<void>
}

/** A run as it can be carried on. */
export interface BulkWork {
  readonly places: readonly BulkPlace[]
  /** It ended, or the app does; `over` says that it will not be carried on. */
  close?(over: boolean): Promise<void>
}

/** What a run is, as it is written down: plain JSON. `kind` names who can make its work from `spec`. */
export interface BulkQuestion {
  readonly kind: string
  readonly spec: unknown
  readonly action: JournalAction
  readonly connectionId: string
  /** One queue, or null where there are several. */
  readonly queue: QueueRef | null
  readonly stateLabel: string
  /** The places that it acts on, in the order of its work: for its report. */
  readonly places: readonly Place[]
  readonly total: number | null
  readonly reason: string | null
  readonly pace: number | null
  readonly canary: Canary | null
  readonly trash: TrashPlace
  readonly steerable: boolean
}

/** Makes the work of a run: at its start and after a restart. `id` is that of the run. */
export type BulkKind = (spec: unknown, id: string) => Promise<BulkWork>
