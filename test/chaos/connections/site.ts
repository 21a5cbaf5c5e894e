import type { Topology } from '../../../src/domain/profile.ts'
import type { Random } from '../../../src/engine/demo/random.ts'

/** Something that goes wrong for a while. */
export interface Fault {
  readonly name: string
  /** While it lasts nothing gets an answer, so that the status may not say `ready` for long. */
  readonly away?: true
  /** A server that knew all may be replaced by one that knows a little less, as Redis does it. */
  readonly loses?: true
  begin(): Promise<unknown> | unknown
  /** What does not end at once by itself. */
  end?(): Promise<unknown> | unknown
}

/** One way to have a Redis, and what can go wrong with it. */
export interface Site {
  readonly name: string
  readonly draft: { readonly url: string; readonly topology: Topology }
  faults(random: Random): readonly [Fault, ...Fault[]]
  /** All of a list, straight from whoever has it now. */
  list(key: string): Promise<string[]>
  stop(): Promise<void>
}
