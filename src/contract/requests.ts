import { z } from 'zod'
import { outcomeSchema } from '../domain/operation.ts'
import { newRequestSchema, requestChangeSchema, trackedRequestSchema } from '../domain/request.ts'
import { command, query, stream } from './procedure.ts'
import { nothing, onConnection } from './questions.ts'

/* Tracked requests, and the HTTP API that serves them to other programs. */

export const requests = {
  /** Live requests of one connection: all of them, then changes in batches, at most 10 a second. */
  watch: stream(
    onConnection,
    z.discriminatedUnion('type', [
      z.object({
        type: z.literal('snapshot'),
        requests: z.array(trackedRequestSchema),
        partial: z.string().nullable(),
      }),
      z.object({
        type: z.literal('changes'),
        changed: z.array(trackedRequestSchema),
        gone: z.array(z.string()),
        updates: z.number(),
      }),
    ]),
  ),
  /** Marks a request as cancelled and tells its channel, as the first seed's cancel endpoint does. */
  cancel: command(onConnection.extend({ hash: z.string().max(500) }), outcomeSchema),
  /** Begins a request, as the first seed's createRequest does; its hash is new. */
  create: command(onConnection.extend({ request: newRequestSchema }), z.object({ hash: z.string() })),
  /** Progress, end, one-time code: one change of one request, atomic against every other writer. */
  change: command(onConnection.extend({ hash: z.string().max(500), change: requestChangeSchema }), outcomeSchema),
  /** Takes the hashes of requests that expired out of the list of requests. */
  cleanUp: command(onConnection, outcomeSchema),
}

export const api = {
  /** The HTTP API on loopback: where it listens, with which token; `address` is null while it is off. */
  status: query(
    nothing,
    z.object({ address: z.string().nullable(), token: z.string().nullable(), connectionId: z.string().nullable() }),
  ),
  /** Port 0: any free one. `origins` may call it from a page. */
  start: command(
    onConnection.extend({
      port: z.number().int().min(0).max(65_535),
      origins: z.array(z.string().max(500)).max(50),
    }),
    z.object({ address: z.string(), token: z.string() }),
  ),
  stop: command(nothing, z.object({})),
}
