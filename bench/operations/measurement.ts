/** What one process measures. */
export type Measurement =
  /** Reads the whole list as the client library gives it. */
  | { readonly kind: 'raw' }
  /** Groups all dead letters. */
  | { readonly kind: 'group'; readonly budget: number }
  /** Looks for the one job of a user among all. */
  | { readonly kind: 'search'; readonly user: number }
  | RetryMeasurement
  /** Retries dead letters one by one, by index, as the second seed does: those that somebody chose, or always the first. */
  | { readonly kind: 'by-index'; readonly jobs: number; readonly which: 'chosen' | 'first' }
  /** Asks for hardly anything as often as that, over so many ms, as something asks that reads. */
  | { readonly kind: 'as-often'; readonly asks: number; readonly overMs: number }
  /** Another client that asks for little, again and again, until it is told to stop. */
  | { readonly kind: 'neighbour' }

/** Retries all dead letters: by a run over all of them, by a run over each of them, or by the system's own method. */
export interface RetryMeasurement {
  readonly kind: 'retry'
  readonly by: 'all' | 'each' | 'method'
}
