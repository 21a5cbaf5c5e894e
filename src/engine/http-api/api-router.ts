import { implement, ORPCError } from '@orpc/server'
import { httpApiContract, type RequestStatus } from '../../contract/http-api.ts'
import { asSluiceError, type ErrorCode, SluiceError } from '../../domain/errors.ts'
import { readFields, scalarText } from '../../domain/json-text.ts'
import type { Outcome } from '../../domain/operation.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { RequestChange } from '../../domain/request.ts'
import { rawMember } from '../../systems/request-tracker/edit.ts'
import { requestKey, trackerOf } from '../../systems/request-tracker/keys.ts'
import { deadLetters, queueStats, retryDeadLetter } from '../api/old-answers.ts'
import type { Operations } from '../operations/operations.ts'
import type { Connection } from '../redis/connection.ts'
import { changeRequest } from '../requests/change-request.ts'
import { createRequest } from '../requests/create-request.ts'
import { requestStatus } from './request-status.ts'

/** What the API is served from. */
export interface ApiParts {
  /** The connection that it is about; null or a SluiceError while that is not open. */
  connection(): Connection | null
  /** The queues that are known of it. */
  queues(): Promise<readonly QueueRef[]>
  readonly operations: Operations
}

/** What comes with each call: its body as it was sent, and where to say which procedure answers. */
export interface ApiContext {
  readonly body: string
  readonly seen: { route: string }
}

/** Every code that is not here means that Redis cannot be used at the moment: 503. */
const errors = {
  NOT_FOUND: 'NOT_FOUND',
  CHANGED: 'CONFLICT',
  WRONG_TYPE: 'CONFLICT',
  UNSUPPORTED: 'CONFLICT',
  CONFIRMATION_NEEDED: 'FORBIDDEN',
  READ_ONLY: 'FORBIDDEN',
  NO_PERMISSION: 'FORBIDDEN',
  INVALID_INPUT: 'BAD_REQUEST',
  INTERNAL: 'INTERNAL_SERVER_ERROR',
  DISK_FAILED: 'INTERNAL_SERVER_ERROR',
} as const satisfies Partial<Record<ErrorCode, string>>

const statusOf = {
  NOT_FOUND: 404,
  CONFLICT: 409,
  FORBIDDEN: 403,
  BAD_REQUEST: 400,
  INTERNAL_SERVER_ERROR: 500,
  SERVICE_UNAVAILABLE: 503,
} as const

/** One handler for each line of the contract. A status is one GET through the connection's reader. */
export function createApiRouter(parts: ApiParts) {
  const on = implement(httpApiContract)
    .$context<ApiContext>()
    .use(async ({ context, path, next }) => {
      context.seen.route = path.join('.')
      try {
        return await next()
      } catch (error) {
        throw error instanceof ORPCError ? error : apiError(error)
      }
    })

  function open(): Connection {
    const connection = parts.connection()
    if (connection === null) throw new SluiceError('NOT_OPEN', 'Sluice has no connection to Redis open.')
    return connection
  }

  async function status(connection: Connection, hash: string): Promise<RequestStatus> {
    const bytes = await connection.reader.call('GET', requestKey(trackerOf(connection.profile), hash))
    if (!Buffer.isBuffer(bytes)) throw notThere()
    const told = requestStatus(hash, bytes, Date.now())
    if (typeof told === 'string') throw new SluiceError('INTERNAL', told)
    return told
  }

  async function change(hash: string, what: RequestChange): Promise<RequestStatus> {
    const connection = open()
    const outcome = await changeRequest(connection.writer(), [trackerOf(connection.profile)], hash, what)
    demandDone(outcome)
    return status(connection, hash)
  }

  return on.router({
    requests: {
      create: on.requests.create.handler(async ({ input, context }) => {
        const connection = open()
        const { hash } = await createRequest(connection.writer(), trackerOf(connection.profile), {
          service: input.service_slug,
          serviceId: input.service_id,
          // As it was sent: what was parsed has lost digits, and the order of numbered members.
          data: rawMember(context.body, 'request_data') ?? '{}',
          estimatedDuration: input.estimated_duration,
          userId: scalarText(readFields(context.body, ['user_id']).user_id),
          sessionId: input.session_id,
        })
        return status(connection, hash)
      }),
      status: on.requests.status.handler(({ input }) => status(open(), input.hash)),
      cancel: on.requests.cancel.handler(({ input }) => change(input.hash, { type: 'cancel' })),
      otp: on.requests.otp.handler(({ input }) => change(input.hash, { type: 'submit-otp', otp: input.otp })),
      resendOtp: on.requests.resendOtp.handler(({ input }) => change(input.hash, { type: 'resend-otp' })),
    },
    queues: {
      stats: on.queues.stats.handler(async () => queueStats(open().reader, await parts.queues())),
      deadLetters: on.queues.deadLetters.handler(async ({ input: { name, start, limit } }) => {
        const { total, entries } = await deadLetters(open().reader, name, start, limit)
        return { total, jobs: entries }
      }),
      retryDeadLetter: on.queues.retryDeadLetter.handler(async ({ input: { name, index } }) => {
        const { id, reader } = open()
        const outcome = await retryDeadLetter(reader, parts.operations, id, name, { index })
        demandDone(outcome)
        return { retried: outcome.done }
      }),
    },
  })
}

const notThere = () => new SluiceError('NOT_FOUND', 'There is no such request, or it has expired.')

/** Throws what kept the one thing from being done. */
function demandDone({ done, refused: [refusal] }: Outcome): void {
  if (refusal !== undefined) throw new SluiceError('UNSUPPORTED', refusal.reason)
  if (done === 0) throw notThere()
}

function apiError(thrown: unknown): ORPCError<string, { retryable: boolean }> {
  const error = asSluiceError(thrown)
  const known: Partial<Record<ErrorCode, (typeof errors)[keyof typeof errors]>> = errors
  const code = known[error.code] ?? 'SERVICE_UNAVAILABLE'
  return new ORPCError(code, {
    status: statusOf[code],
    message: error.message,
    data: { retryable: error.retryable },
    cause: error,
  })
}
