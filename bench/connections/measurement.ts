/** What one process measures. */
export type Measurement =
  /** Kills all connections of the one server again and again, and waits for fresh numbers. */
  | { readonly kind: 'reconnect'; readonly kills: number }
  /** Opens a profile for each server, and then does as it is told: is looked at, lies there, is hidden. */
  | { readonly kind: 'fleet'; readonly ports: readonly number[]; readonly queuesEach: number }

/** How long it took from each kill to the first numbers read after it, ms. */
export interface Reconnected {
  readonly ms: readonly number[]
}

/** How long it took to open all, ms: until the last was reachable, and until the last had its numbers. */
export interface Opened {
  readonly reachableMs: number
  readonly numbersMs: number
}

/** What the process did for some seconds. */
export interface Spent {
  readonly seconds: number
  readonly cpuMs: number
  readonly rssBytes: number
}

/** An order to a fleet. */
export interface Order {
  readonly attention: 'watching' | 'idle' | 'hidden'
  readonly seconds: number
}
