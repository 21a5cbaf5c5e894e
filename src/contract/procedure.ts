import { eventIterator, oc } from '@orpc/contract'
import type { z } from 'zod'

/**
 * query: no effect, may be cached and repeated. command: has effect, never repeated by a machine. stream: snapshot, then
 * events. Any of them may fail with a code of the closed list in domain/errors.ts and `{ retryable, remedy }` as its data.
 */
export interface ProcedureMeta extends Record<string, unknown> {
  kind: 'query' | 'command' | 'stream'
}

const base = oc.$meta<ProcedureMeta>({ kind: 'query' })

/** Answers a question; may be asked again at will. */
export function query<I extends z.ZodType, O extends z.ZodType>(input: I, output: O) {
  return base.meta({ kind: 'query' }).input(input).output(output)
}

/** Does something once. */
export function command<I extends z.ZodType, O extends z.ZodType>(input: I, output: O) {
  return base.meta({ kind: 'command' }).input(input).output(output)
}

/** Starts with a snapshot, then sends events until it is cancelled. */
export function stream<I extends z.ZodType, E extends z.ZodType>(input: I, event: E) {
  return base.meta({ kind: 'stream' }).input(input).output(eventIterator(event))
}
