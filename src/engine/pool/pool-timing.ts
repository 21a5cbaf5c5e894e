/** All times in ms. The defaults suit production; tests shorten them. */
export interface PoolTiming {
  /** How long a worker counts as alive after its last sign of life. */
  readonly leaseMs: number
  readonly beatMs: number
  readonly sweepMs: number
  readonly orphanSweepMs: number
  /** After how long what an old worker left in the view goes back to the queue while others are connected. */
  readonly orphanAfterMs: number
  /** How long one try of a job may take. */
  readonly jobTimeoutMs: number
}

export const defaultTiming: PoolTiming = {
  leaseMs: 15_000,
  beatMs: 5_000,
  sweepMs: 5_000,
  orphanSweepMs: 30_000,
  orphanAfterMs: 30 * 60_000,
  jobTimeoutMs: 300_000,
}
