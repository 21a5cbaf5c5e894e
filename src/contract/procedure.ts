import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { type ErrorCode, errorCodes } from '../domain/errors.ts'

/** query: no effect, may be cached and repeated. command: has effect, never repeated by a machine. stream: snapshot, then events. */
export interface ProcedureMeta extends Record<string, unknown> {
  kind: 'query' | 'command' | 'stream'
}

const errors = Object.fromEntries(
  Object.entries(errorCodes).map(([code, { sentence }]) => [
    code,
    { message: sentence, data: z.object({ retryable: z.boolean() }) },
  ]),
) as Record<ErrorCode, { message: string; data: z.ZodObject<{ retryable: z.ZodBoolean }> }>

const base = oc.$meta<ProcedureMeta>({ kind: 'query' }).errors(errors)

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
