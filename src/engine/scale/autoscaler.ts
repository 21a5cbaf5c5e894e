import type { QueueRef } from '../../domain/queue.ts'
import type { Scale } from '../../domain/scale.ts'
import { sumLoads } from './load-in.ts'
import { type Load, planWorkers } from './plan-workers.ts'

/** Something whose workers follow what waits: a pool, or a worker command. */
export interface ScaleTarget {
  readonly connectionId: string
  readonly scale: Scale
  readonly share: 'strict' | 'weighted'
  /** Lines of workers, most urgent first; may change from one look to the next. One that serves several queues goes by the sum of what waits in them. */
  readonly parts: readonly { readonly queues: readonly QueueRef[]; readonly weight: number }[]
  /** How many workers each part is meant to have now; those that are about to end do not count. */
  counts(): readonly number[]
  set(counts: readonly number[]): void
}

export interface AutoscalerOptions {
  /** What waits in a queue, as last seen; null while that is unknown. Asked often: it must not cost a round trip. */
  loads(connectionId: string, queue: QueueRef): Load | null
  /** Keeps `loads` fresh while anything is scaled; returns how to let go. */
  hold(): () => void
  readonly everyMs?: number
  /** A clock that never goes back, in ms. */
  readonly now?: () => number
  readonly log?: (line: string) => void
}

/** Gives each target as many workers as its plan says, by one timer for all of them. */
export interface Autoscaler {
  /**
   * Sets the number of workers at once, then follows what waits. Returns how to stop that; the workers stay. A fixed
   * scale is set once.
   */
  add(target: ScaleTarget): () => void
  /** Looks at all targets now, as the timer does. */
  tick(): void
  close(): void
}

export function createAutoscaler(options: AutoscalerOptions): Autoscaler {
  const { everyMs = 500, now = () => performance.now(), log = () => {} } = options
  const targets = new Map<ScaleTarget, { changedAt: number | null }>()
  let working: { timer: NodeJS.Timeout; release: () => void } | null = null

  function look(target: ScaleTarget, state: { changedAt: number | null }): void {
    const counts = target.counts()
    const next = planWorkers({
      scale: target.scale,
      share: target.share,
      parts: target.parts.map(({ queues, weight }, at) => ({
        weight,
        load: sumLoads(queues.map((queue) => options.loads(target.connectionId, queue))),
        now: counts[at] ?? 0,
      })),
      sinceChangeMs: state.changedAt === null ? null : now() - state.changedAt,
    })
    if (next.every((count, at) => count === counts[at])) return
    state.changedAt = now()
    target.set(next)
  }

  function tick(): void {
    for (const [target, state] of targets) {
      try {
        look(target, state)
      } catch (error) {
        // One that cannot be scaled must not keep the others from it.
        log(`A number of workers could not be set: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
  }

  function remove(target: ScaleTarget): void {
    targets.delete(target)
    if (targets.size > 0 || working === null) return
    clearInterval(working.timer)
    working.release()
    working = null
  }

  return {
    add(target) {
      const state = { changedAt: null }
      look(target, state)
      if (target.scale.by === 'fixed') return () => {}
      working ??= { timer: setInterval(tick, everyMs), release: options.hold() }
      targets.set(target, state)
      return () => remove(target)
    },
    tick,
    close() {
      for (const target of [...targets.keys()]) remove(target)
    },
  }
}
