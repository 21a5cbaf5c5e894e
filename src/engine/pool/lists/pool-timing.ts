/** All times in ms. The defaults suit production; tests shorten them. */
export interface PoolTiming {
  /** How long a worker counts as alive after its last sign of life. */
  readonly leaseMs: number
  /** An idle worker gives a sign of life this often. */
  readonly beatMs: number
  /** How often workers look for others that died. */
  readonly sweepMs: number
  /** How often they look for what old workers left in the view. */
  readonly orphanSweepMs: number
  /** What an old worker left goes back after this time, seen unowned all along, while others are connected. */
  readonly orphanAfterMs: number
  /** The same while no client but Sluice's is connected: only one that lost its connection could still have it. */
  readonly aloneAfterMs: number
  /** How long one try of a job may take. */
  readonly jobTimeoutMs: number
  /** No job waits in the hands of a worker for longer: it goes back, so that another may take it. */
  readonly hoardMs: number
}

export const defaultTiming: PoolTiming = {
  leaseMs: 12_000,
  beatMs: 4_000,
  sweepMs: 2_500,
  orphanSweepMs: 10_000,
  orphanAfterMs: 30 * 60_000,
  aloneAfterMs: 10_000,
  jobTimeoutMs: 300_000,
  hoardMs: 40,
}
