/** All times in ms. The defaults suit production; tests shorten them. */
export interface RequestTiming {
  /** How long a request stays with a worker after its last sign of life. */
  readonly leaseMs: number
  /** How often a pool renews its leases and looks whether there is something new. */
  readonly beatMs: number
  /** How often it looks through the newest of the list, for what was put there in no usual way. */
  readonly lookMs: number
  /** Progress of one request is written this often at most. */
  readonly progressMs: number
}

export const defaultTiming: RequestTiming = { leaseMs: 12_000, beatMs: 1000, lookMs: 30_000, progressMs: 200 }
